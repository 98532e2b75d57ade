import { withConflicts } from '../../../shared/database/postgres-errors';
import { notFound } from '../../../shared/errors/coded-error';
import { newId } from '../../../shared/input/new-id';
import { parseInput } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { CreateSclClubInput } from '../graphql.generated';
import { assertCodeWritable } from '../tenants/assert-code-writable';
import { lockSclTenant } from '../tenants/scl-tenant-store';
import { assertClubsFit, insertSclClub, sclClubConflicts, tellOfNewSclClub } from './add-scl-club';
import type { SclClub } from './scl-club.entity';
import { CreateSclClubRules } from './scl-club-input';

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
      const sclTenant = await lockSclTenant(database, transaction, sclTenantId);
      if (sclTenant === null) throw notFound('input.sclTenantId', 'SCL tenant');
      await assertClubsFit(transaction, { sclTenantId, added: 1, path: 'input.sclTenantId' });
      const club = await insertSclClub(transaction, viewer, { id: newId(viewer, id), sclTenantId, name });
      await tellOfNewSclClub(transaction, 'createSclClub', { club, sclTenant, tenant });
      return club;
    }),
  );
  sclClubs.forget();
  return created;
}
