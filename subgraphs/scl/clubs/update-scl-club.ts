import { withConflicts } from '../../../shared/database/postgres-errors';
import { notFound } from '../../../shared/errors/coded-error';
import { changedFields } from '../../../shared/input/changed-fields';
import { parseInput, parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { UpdateSclClubInput } from '../graphql.generated';
import { assertCodeWritable } from '../tenants/assert-code-writable';
import { sclClubConflicts } from './add-scl-club';
import { SclClub } from './scl-club.entity';
import { UpdateSclClubRules } from './scl-club-input';
import { lockSclClub } from './scl-club-store';

/**
 * Changes what is given; a club that is so already stays untouched. Throws `BAD_USER_INPUT`, `NOT_FOUND`, `CONFLICT`
 * when the name is taken, and what `assertCodeWritable` throws for the code of its SCL tenant.
 */
export async function updateSclClub(
  context: Context,
  id: string,
  input: UpdateSclClubInput,
): Promise<SclClub> {
  const { database, sclTenants, sclClubs, viewer } = context;
  const clubId = parseUuid(id, 'id');
  const changes = parseInput(UpdateSclClubRules, input);
  const current = await sclClubs.findById(clubId);
  const sclTenant = current && (await sclTenants.findById(current.sclTenantId));
  if (sclTenant === null) throw notFound('id', 'SCL club');
  const tenant = await assertCodeWritable(context, sclTenant.code, 'id');

  const updated = await withConflicts(sclClubConflicts, () =>
    database.transaction(async (transaction) => {
      const club = await lockSclClub(database, transaction, clubId);
      if (club === null) throw notFound('id', 'SCL club');
      const names = changedFields(club, changes);
      if (names.length === 0) return club;
      const stamped = { ...changes, updatedAt: new Date(), updatedBy: viewer.subject };
      await transaction.manager.update(SclClub, { id: clubId }, stamped);
      const changed = { ...club, ...stamped };
      await transaction.record({
        action: 'updateSclClub',
        tenantKey: sclTenant.code,
        recordType: 'SclClub',
        recordId: clubId,
        before: club,
        after: changed,
      });
      await transaction.publish({
        type: 'scl.club.updated',
        tenantKey: sclTenant.code,
        tenant,
        payload: { clubId, sclTenantCode: sclTenant.code, changed: names },
      });
      return changed;
    }),
  );
  sclClubs.forget();
  return updated;
}
