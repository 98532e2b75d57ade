import sql, { raw } from 'sql-template-tag';
import { parseInput } from '../../../shared/input/parse-input';
import { RunOfTenantRules } from '../../../shared/provisioning/run-input';
import { CHANGED_SINCE, idsMadeByRun, wasChanged } from '../../../shared/provisioning/taking-back';
import { findTenantOfRun } from '../../../shared/provisioning/tenant-of-run';
import { Club } from '../clubs/club.entity';
import { tellOfRemovedClub } from '../clubs/tell-of-removed-club';
import type { Context } from '../context';
import type { TakeBackInTeeTimeInput, TakenBack } from '../graphql.generated';
import { clubOfRun, PATH, SET_UP } from './club-of-run';

const TAKE_BACK = 'takeBackInTeeTime';

/**
 * Removes the clubs that a run made for the tenant; one that was changed since stays. Safe to repeat. Throws
 * `BAD_USER_INPUT`, and what `findTenantOfRun` throws.
 */
export async function takeBackInTeeTime(context: Context, input: TakeBackInTeeTimeInput): Promise<TakenBack> {
  const { runId, tenantId } = parseInput(RunOfTenantRules, input, PATH);
  const tenant = await findTenantOfRun(context.tenants, tenantId, context);
  const { database } = context;

  return database.transaction(async (transaction) => {
    const made = await idsMadeByRun<Club>(transaction, {
      system: 'teetime',
      tenantKey: tenantId,
      action: SET_UP,
      recordType: 'Club',
      idOfRun: ({ clubCode }) => clubOfRun(runId, clubCode),
    });
    const clubs = await transaction.rows<Club>(sql`
      SELECT ${raw(database.columns(Club, 'c'))} FROM teetime.club c
      WHERE c.tenant_id = ${tenantId} AND c.id = ANY (${[...made]}::uuid[]) ORDER BY c.name, c.id FOR UPDATE`);
    const unchanged = clubs.filter((club) => !wasChanged(club));
    const removed = unchanged.map(({ id }) => id);
    await transaction.rows(sql`DELETE FROM teetime.club WHERE id = ANY (${removed}::uuid[])`);

    for (const club of unchanged) await tellOfRemovedClub(transaction, TAKE_BACK, { club, tenant });
    return {
      removed,
      kept: clubs.filter(wasChanged).map(({ id }) => ({ id, reason: CHANGED_SINCE })),
    };
  });
}
