import { createIsolationPolicy, isOfReachedTenant } from '../tenant-isolation';

/** The statement that makes the policy of a table whose rows have their tenant's UUID as `tenant_id`. */
export function createTenantRowsPolicy(table: string): string {
  return createIsolationPolicy(table, isOfReachedTenant('tenant_id'));
}
