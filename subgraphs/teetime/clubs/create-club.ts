import { withConflicts } from '../../../shared/database/postgres-errors';
import { newId } from '../../../shared/input/new-id';
import { parseInput } from '../../../shared/input/parse-input';
import { assertWritable } from '../../../shared/tenancy/tenant-directory';
import type { Context } from '../context';
import type { CreateClubInput } from '../graphql.generated';
import { clubConflicts, insertClub, tellOfNewClub } from './add-club';
import type { Club } from './club.entity';
import { CreateClubRules } from './club-input';
import { findMappedTenant, mappedElsewhere } from './mapped-tenant';

/**
 * Creates a club of a tenant. Throws `BAD_USER_INPUT`, `CONFLICT` when the code or the id is taken or the registry maps the id
 * to another tenant, what `assertWritable` throws when the tenant cannot have one, and `SUBGRAPH_UNAVAILABLE`.
 */
export async function createClub(context: Context, input: CreateClubInput): Promise<Club> {
  const { database, resolveTenant, viewer } = context;
  const values = parseInput(CreateClubRules, input);
  const tenantId = values.tenantId.toLowerCase();
  const tenant = await resolveTenant({ id: tenantId });
  assertWritable(tenant, 'teetime', 'input.tenantId');

  const id = newId(viewer, values.id);
  const mapped = values.id ? await findMappedTenant(context.accessControl, id, context) : null;
  if (mapped !== null && mapped !== tenantId) throw mappedElsewhere('input.id');

  return withConflicts(clubConflicts, () =>
    database.transaction(async (transaction) => {
      const given = { ...values, id, tenantId };
      const club = await insertClub(transaction, viewer, given);
      await tellOfNewClub(transaction, 'createClub', { club, tenant });
      return club;
    }),
  );
}
