import { withConflicts } from '../../../shared/database/postgres-errors';
import { notFound } from '../../../shared/errors/coded-error';
import { changedFields } from '../../../shared/input/changed-fields';
import { parseInput, parseUuid } from '../../../shared/input/parse-input';
import { assertWritable } from '../../../shared/tenancy/tenant-directory';
import type { Context } from '../context';
import type { UpdateClubInput } from '../graphql.generated';
import { clubConflicts } from './add-club';
import { Club } from './club.entity';
import { UpdateClubRules } from './club-input';
import { lockClub } from './club-store';
import { movedMeanwhile } from './move-club';

/**
 * Changes what is given; a club that is so already stays untouched. Throws `BAD_USER_INPUT`, `NOT_FOUND`, `CONFLICT`
 * when the code is taken or the club is given to another tenant meanwhile, and what `assertWritable` throws when the club's
 * tenant cannot have clubs.
 */
export async function updateClub(context: Context, id: string, input: UpdateClubInput): Promise<Club> {
  const { database, resolveTenant, clubs } = context;
  const clubId = parseUuid(id, 'id');
  const changes = parseInput(UpdateClubRules, input);

  const current = await clubs.findById(clubId);
  if (current === null) throw notFound('id', 'club');
  const tenant = await resolveTenant({ id: current.tenantId });
  assertWritable(tenant, 'teetime', 'id');

  return withConflicts(clubConflicts, () =>
    database.transaction(async (transaction) => {
      const club = await lockClub(database, transaction, clubId);
      if (club === null) throw notFound('id', 'club');
      if (club.tenantId !== current.tenantId) throw movedMeanwhile();
      const names = changedFields(club, changes);
      if (names.length === 0) return club;
      const stamped = { ...changes, updatedAt: new Date(), updatedBy: context.viewer.subject };
      await transaction.manager.update(Club, { id: clubId }, stamped);
      const changed = { ...club, ...stamped };
      await transaction.record({
        action: 'updateClub',
        tenantKey: club.tenantId,
        recordType: 'Club',
        recordId: clubId,
        before: club,
        after: changed,
      });
      await transaction.publish({
        type: 'teetime.club.updated',
        tenantKey: club.tenantId,
        tenant,
        payload: { clubId, clubCode: changed.clubCode, changed: names },
      });
      return changed;
    }),
  );
}
