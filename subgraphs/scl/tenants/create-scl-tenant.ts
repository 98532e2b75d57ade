import { withConflicts } from '../../../shared/database/postgres-errors';
import { newId } from '../../../shared/input/new-id';
import { parseInput } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { CreateSclTenantInput } from '../graphql.generated';
import { assertCodeWritable } from './assert-code-writable';
import { SclTenant } from './scl-tenant.entity';
import { CreateSclTenantRules } from './scl-tenant-input';

/** The unique constraints that an SCL tenant's row can meet, and what the caller learns of them. */
export const sclTenantConflicts = {
  scl_tenant_code_key: { path: 'input.code', message: 'another SCL tenant has this code' },
  scl_tenant_pkey: { path: 'input.id', message: 'another SCL tenant has this id' },
};

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
      const { manager } = transaction;
      const sclTenant = manager.create(SclTenant, {
        id: newId(viewer, id),
        code,
        name,
        createdBy: viewer.subject,
        updatedBy: viewer.subject,
      });
      await manager.insert(SclTenant, sclTenant);
      await transaction.record({
        action: 'createSclTenant',
        tenantKey: code,
        recordType: 'SclTenant',
        recordId: sclTenant.id,
        before: null,
        after: sclTenant,
      });
      return sclTenant;
    }),
  );
  sclTenants.forget();
  return created;
}
