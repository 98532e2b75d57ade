import type { Database } from '../../shared/database/database';
import type { TenantDirectory } from '../../shared/tenancy/tenant-directory';

/**
 * The database, whose transactions make this process's directory forget each tenant that they recorded a change of: so
 * whoever hears that a tenant is disabled finds it disabled in every system of the process. Other processes learn of it
 * by themselves. A transaction that fails may have been committed all the same, so it counts too.
 */
export function forgetChangedTenants(
  database: Database,
  directory: Pick<TenantDirectory, 'forget'>,
): Database {
  return {
    ...database,
    async transaction(work, options) {
      const changed = new Set<string>();
      try {
        return await database.transaction(
          (transaction) =>
            work({
              ...transaction,
              async record(change) {
                changed.add(change.tenantKey);
                await transaction.record(change);
              },
            }),
          options,
        );
      } finally {
        for (const tenantId of changed) directory.forget(tenantId);
      }
    },
  };
}
