import type { TenantKeys } from '../database/database';
import { reaches } from '../identity/viewer';
import type { SubgraphCall } from '../subgraph/transport';
import type { DirectoryTenant, TenantDirectory, TenantKey } from './tenant-directory';

/** Resolves tenants as a viewer sees them: one that it does not reach does not exist for it. */
export type ResolveTenant = (key: TenantKey) => Promise<DirectoryTenant | null>;

export function tenantsWithinReach(directory: TenantDirectory, call: SubgraphCall): ResolveTenant {
  return async (key) => {
    const tenant = await directory.resolveTenant(key, call);
    return tenant && reaches(call.viewer, tenant.id) ? tenant : null;
  };
}

/** A property with the key by which a system of keys of its own knows a tenant. */
export type SystemKey = 'sclTenantCode' | 'messagingTenantId';

/** The keys by which such a system knows the tenants; a tenant that it does not know has none. */
export async function systemKeysOf(
  directory: TenantDirectory,
  key: SystemKey,
  tenantIds: readonly string[],
  call: SubgraphCall,
): Promise<readonly string[]> {
  const tenants = await Promise.all(directory.resolveTenants(tenantIds, call));
  return tenants.flatMap((tenant) => tenant?.[key] ?? []);
}

/** Whose rows exist for a viewer in such a system. */
export function keysWithinReach(
  directory: TenantDirectory,
  key: SystemKey,
  call: SubgraphCall,
): () => TenantKeys | Promise<TenantKeys> {
  const { tenants } = call.viewer;
  return () => (tenants === 'all' ? tenants : systemKeysOf(directory, key, tenants, call));
}
