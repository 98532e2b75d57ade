import { withConflicts } from '../../../shared/database/postgres-errors';
import { newId } from '../../../shared/input/new-id';
import { parseInput } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { CreateSclTenantInput } from '../graphql.generated';
import { insertSclTenant, sclTenantConflicts, tellOfNewSclTenant } from './add-scl-tenant';
import { assertCodeWritable } from './assert-code-writable';
import type { SclTenant } from './scl-tenant.entity';
import { CreateSclTenantRules } from './scl-tenant-input';

/**
 * Creates an SCL tenant, before or after the registry maps its code. Throws `BAD_USER_INPUT`, `CONFLICT` when the code
 * or the id is taken, and what `assertCodeWritable` throws.
 */
export async function createSclTenant(context: Context, input: CreateSclTenantInput): Promise<SclTenant> {
  const { database, sclTenants, viewer } = context;
  const { id, code, name } = parseInput(CreateSclTenantRules, input);
  await assertCodeWritable(context, code, 'input.code');

  const created = await withConflicts(sclTenantConflicts, () =>
    database.transaction(async (transaction) => {
      const sclTenant = await insertSclTenant(transaction, viewer, { id: newId(viewer, id), code, name });
      await tellOfNewSclTenant(transaction, 'createSclTenant', sclTenant);
      return sclTenant;
    }),
  );
  sclTenants.forget();
  return created;
}
