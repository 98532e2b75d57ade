import { withConflicts } from '../../../shared/database/postgres-errors';
import { newId } from '../../../shared/input/new-id';
import { parseInput } from '../../../shared/input/parse-input';
import { DEFAULT_TIMEZONE } from '../../../shared/input/timezone';
import { assertWritable } from '../../../shared/tenancy/tenant-directory';
import type { Context } from '../context';
import type { CreateClubInput } from '../graphql.generated';
import { Club } from './club.entity';
import { CreateClubRules } from './club-input';

/** The unique constraints that a club's row can meet, and what the caller learns of them. */
export const clubConflicts = {
  club_club_code_key: { path: 'input.clubCode', message: 'another club has this code' },
  club_pkey: { path: 'input.id', message: 'another club has this id' },
};

/**
 * Creates a club of a tenant. Throws `BAD_USER_INPUT`, `CONFLICT` when the code or the id is taken, and what
 * `assertWritable` throws when the tenant cannot have one.
 */
export async function createClub(context: Context, input: CreateClubInput): Promise<Club> {
  const { database, resolveTenant, viewer } = context;
  const values = parseInput(CreateClubRules, input);
  const tenantId = values.tenantId.toLowerCase();
  const tenant = await resolveTenant({ id: tenantId });
  assertWritable(tenant, 'teetime', 'input.tenantId');

  return withConflicts(clubConflicts, () =>
    database.transaction(async (transaction) => {
      const { manager } = transaction;
      const club = manager.create(Club, {
        id: newId(viewer, values.id),
        clubCode: values.clubCode,
        name: values.name,
        tenantId,
        status: values.status ?? 'ACTIVE',
        location: values.location ?? null,
        timezone: values.timezone ?? DEFAULT_TIMEZONE,
        createdBy: viewer.subject,
        updatedBy: viewer.subject,
      });
      await manager.insert(Club, club);
      await transaction.record({
        action: 'createClub',
        tenantKey: tenantId,
        recordType: 'Club',
        recordId: club.id,
        before: null,
        after: club,
      });
      await transaction.publish({
        type: 'teetime.club.created',
        tenantKey: tenantId,
        tenant,
        payload: { clubId: club.id, clubCode: club.clubCode },
      });
      return club;
    }),
  );
}
