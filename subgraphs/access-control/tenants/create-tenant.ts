import { v7 as uuid7 } from 'uuid';
import { withConflicts } from '../../../shared/database/postgres-errors';
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
  { database, tenants }: Context,
  input: CreateTenantInput,
): Promise<Tenant> {
  const { slug, displayName, id } = parseInput(CreateTenantRules, input);
  const created = await withConflicts(tenantConflicts, () =>
    database.transaction(async ({ manager }) => {
      const tenant = manager.create(Tenant, { id: id?.toLowerCase() ?? uuid7(), slug, displayName });
      await manager.insert(Tenant, tenant);
      return tenant;
    }),
  );
  tenants.forget();
  return created;
}
