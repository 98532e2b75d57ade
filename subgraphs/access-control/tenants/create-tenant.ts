import { withConflicts } from '../../../shared/database/postgres-errors';
import { newId } from '../../../shared/input/new-id';
import { parseInput } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { CreateTenantInput } from '../graphql.generated';
import { Tenant } from './tenant.entity';
import { CreateTenantRules } from './tenant-input';

/** The unique constraints that a tenant's row can meet, and what the caller learns of them. */
export const tenantConflicts = {
  tenant_slug_key: { path: 'input.slug', message: 'another tenant has this slug' },
  tenant_pkey: { path: 'input.id', message: 'another tenant has this id' },
};

/** Creates a tenant. Throws `BAD_USER_INPUT`, or `CONFLICT` when the slug or the id is taken. */
export async function createTenant(
  { database, tenants, viewer }: Context,
  input: CreateTenantInput,
): Promise<Tenant> {
  const { slug, displayName, id } = parseInput(CreateTenantRules, input);
  const created = await withConflicts(tenantConflicts, () =>
    database.transaction(async (transaction) => {
      const { manager } = transaction;
      const tenant = manager.create(Tenant, { id: newId(viewer, id), slug, displayName });
      await manager.insert(Tenant, tenant);
      await transaction.record({
        action: 'createTenant',
        tenantKey: tenant.id,
        recordType: 'Tenant',
        recordId: tenant.id,
        before: null,
        after: tenant,
      });
      await transaction.publish({
        type: 'tenant.created',
        tenantKey: tenant.id,
        tenant,
        payload: { displayName },
      });
      return tenant;
    }),
  );
  tenants.forget();
  return created;
}
