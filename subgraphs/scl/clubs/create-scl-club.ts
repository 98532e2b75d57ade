import { withConflicts } from '../../../shared/database/postgres-errors';
import { badInput, notFound } from '../../../shared/errors/coded-error';
import { newId } from '../../../shared/input/new-id';
import { parseInput } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { CreateSclClubInput } from '../graphql.generated';
import { assertCodeWritable } from '../tenants/assert-code-writable';
import { lockSclTenant } from '../tenants/scl-tenant-store';
import { SclClub } from './scl-club.entity';
import { CreateSclClubRules } from './scl-club-input';
import { countClubsOfSclTenant, MAX_CLUBS_OF_SCL_TENANT } from './scl-club-store';

/** The unique constraints that a club's row can meet, and what the caller learns of them. */
export const sclClubConflicts = {
  scl_club_scl_tenant_id_name_key: {
    path: 'input.name',
    message: 'another club of this SCL tenant has this name',
  },
  scl_club_pkey: { path: 'input.id', message: 'another club has this id' },
};

/**
 * Creates a club of an SCL tenant. Throws `BAD_USER_INPUT`, also when the SCL tenant has as many clubs as it can have,
 * `NOT_FOUND` for the SCL tenant, `CONFLICT` when the name or the id is taken, and what `assertCodeWritable` throws.
 */
export async function createSclClub(context: Context, input: CreateSclClubInput): Promise<SclClub> {
  const { database, sclTenants, sclClubs, viewer } = context;
  const { id, name, ...values } = parseInput(CreateSclClubRules, input);
  const sclTenantId = values.sclTenantId.toLowerCase();
  const current = await sclTenants.findById(sclTenantId);
  if (current === null) throw notFound('input.sclTenantId', 'SCL tenant');
  const tenant = await assertCodeWritable(context, current.code, 'input.sclTenantId');

  const created = await withConflicts(sclClubConflicts, () =>
    database.transaction(async (transaction) => {
      // The SCL tenant is locked, so no other call adds a club between the count and the insert.
      const sclTenant = await lockSclTenant(database, transaction, sclTenantId);
      if (sclTenant === null) throw notFound('input.sclTenantId', 'SCL tenant');
      if ((await countClubsOfSclTenant(transaction, sclTenantId)) >= MAX_CLUBS_OF_SCL_TENANT) {
        const message = `an SCL tenant has at most ${MAX_CLUBS_OF_SCL_TENANT} clubs`;
        throw badInput('input.sclTenantId', 'maxClubs', message);
      }
      const club = transaction.manager.create(SclClub, {
        id: newId(viewer, id),
        sclTenantId,
        name,
        createdBy: viewer.subject,
        updatedBy: viewer.subject,
      });
      await transaction.manager.insert(SclClub, club);
      await transaction.record({
        action: 'createSclClub',
        tenantKey: sclTenant.code,
        recordType: 'SclClub',
        recordId: club.id,
        before: null,
        after: club,
      });
      await transaction.publish({
        type: 'scl.club.created',
        tenantKey: sclTenant.code,
        tenant,
        payload: { clubId: club.id, sclTenantCode: sclTenant.code },
      });
      return club;
    }),
  );
  sclClubs.forget();
  return created;
}
