import sql, { raw } from 'sql-template-tag';
import type { Database, SqlRunner, Transaction } from '../../../shared/database/database';
import { parseInput } from '../../../shared/input/parse-input';
import {
  CHANGED_SINCE,
  idsMadeByRun,
  type KeptRecord,
  wasChanged,
} from '../../../shared/provisioning/taking-back';
import { findTenantOfRun, isKeyOfAnother } from '../../../shared/provisioning/tenant-of-run';
import type { DirectoryTenant } from '../../../shared/tenancy/tenant-directory';
import { SclClub } from '../clubs/scl-club.entity';
import type { Context } from '../context';
import type { TakeBackInSclInput, TakenBack } from '../graphql.generated';
import type { SclTenant } from '../tenants/scl-tenant.entity';
import { TakeBackInSclRules } from './provisioning-input';
import { lockByCode, PATH, SET_UP, sclClubOfRun, sclTenantOfRun } from './run-in-scl';

const TAKE_BACK = 'takeBackInScl';

/**
 * Removes the clubs and the SCL tenant that a run made under a code. Clubs that were changed since stay; so does an SCL
 * tenant that has clubs left, was changed, or is another tenant's by now. Safe to repeat. Throws `BAD_USER_INPUT`, and
 * what `findTenantOfRun` throws.
 */
export async function takeBackInScl(context: Context, input: TakeBackInSclInput): Promise<TakenBack> {
  const { runId, tenantId, code } = parseInput(TakeBackInSclRules, input, PATH);
  const tenant = await findTenantOfRun(context.tenants, tenantId, context);
  const key = { sclTenantCode: code };
  const isAnothers = await isKeyOfAnother(context.tenants, { tenantId, key }, context);
  const database = context.databaseOfCode(code);

  return database.transaction(async (transaction) => {
    const sclTenant = await lockByCode(database, transaction, code);
    if (sclTenant === null) return { removed: [], kept: [] };
    const made = await idsMadeByRun<SclClub>(transaction, {
      system: 'scl',
      tenantKey: code,
      action: SET_UP,
      recordType: 'SclClub',
      idOfRun: ({ name }) => sclClubOfRun(runId, code, name),
    });
    const clubs = await lockClubs(database, transaction, sclTenant.id);
    const own = clubs.filter(({ id }) => made.has(id));
    const unchanged = own.filter((club) => !wasChanged(club));
    const kept: KeptRecord[] = own.filter(wasChanged).map(({ id }) => ({ id, reason: CHANGED_SINCE }));
    await removeClubs(transaction, unchanged);
    const removed = unchanged.map(({ id }) => id);

    const isOwn = sclTenant.id === sclTenantOfRun(runId, code);
    const reason = isAnothers
      ? 'the registry maps its code to another tenant'
      : reasonToKeep(sclTenant, clubs.length - unchanged.length);
    if (isOwn && reason !== null) kept.push({ id: sclTenant.id, reason });
    if (isOwn && reason === null) {
      await transaction.rows(sql`DELETE FROM scl.scl_tenant WHERE id = ${sclTenant.id}`);
      removed.push(sclTenant.id);
    }

    for (const club of unchanged) await tellOfRemovedClub(transaction, { club, sclTenant, tenant });
    if (isOwn && reason === null) await recordRemovedTenant(transaction, sclTenant);
    return { removed, kept };
  });
}

function reasonToKeep(sclTenant: SclTenant, clubsLeft: number): string | null {
  if (clubsLeft > 0) return 'it has clubs that stay';
  return wasChanged(sclTenant) ? CHANGED_SINCE : null;
}

function lockClubs(database: Database, transaction: SqlRunner, sclTenantId: string): Promise<SclClub[]> {
  return transaction.rows<SclClub>(sql`
    SELECT ${raw(database.columns(SclClub, 'c'))} FROM scl.scl_club c
    WHERE c.scl_tenant_id = ${sclTenantId} ORDER BY c.name FOR UPDATE`);
}

async function removeClubs(transaction: SqlRunner, clubs: readonly SclClub[]): Promise<void> {
  await transaction.rows(sql`DELETE FROM scl.scl_club WHERE id = ANY (${clubs.map(({ id }) => id)}::uuid[])`);
}

async function tellOfRemovedClub(
  transaction: Transaction,
  { club, sclTenant, tenant }: { club: SclClub; sclTenant: SclTenant; tenant: DirectoryTenant | null },
): Promise<void> {
  await transaction.record({
    action: TAKE_BACK,
    tenantKey: sclTenant.code,
    recordType: 'SclClub',
    recordId: club.id,
    before: club,
    after: null,
  });
  await transaction.publish({
    type: 'scl.club.removed',
    tenantKey: sclTenant.code,
    tenant,
    payload: { clubId: club.id, sclTenantCode: sclTenant.code },
  });
}

async function recordRemovedTenant(transaction: Transaction, sclTenant: SclTenant): Promise<void> {
  await transaction.record({
    action: TAKE_BACK,
    tenantKey: sclTenant.code,
    recordType: 'SclTenant',
    recordId: sclTenant.id,
    before: sclTenant,
    after: null,
  });
}
