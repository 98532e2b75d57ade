import { createIsolationPolicy, existsFor, isOfReachedTenant } from '../tenant-isolation';

/** The statement that makes the policy of a table whose rows have their tenant's UUID as `tenant_id`. */
export function createTenantRowsPolicy(table: string): string {
  return createIsolationPolicy(table, isOfReachedTenant('tenant_id'));
}

/** The same condition for a view of rows that have the UUID in `column`. */
export function isReached(column: string): string {
  return existsFor(isOfReachedTenant(column));
}
