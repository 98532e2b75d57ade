import type { TenantKeys } from '../database/database';
import { reaches } from '../identity/viewer';
import type { SubgraphCall } from '../subgraph/transport';
import type { DirectoryTenant, TenantDirectory, TenantKey, TenantSystem } from './tenant-directory';

/** Resolves tenants as a viewer sees them: one that it does not reach does not exist for it. */
export type ResolveTenant = (key: TenantKey) => Promise<DirectoryTenant | null>;

export function tenantsWithinReach(directory: TenantDirectory, call: SubgraphCall): ResolveTenant {
  return async (key) => {
    const tenant = await directory.resolveTenant(key, call);
    return tenant && reaches(call.viewer, tenant.id) ? tenant : null;
  };
}

/** By which key each system knows a tenant; `null` where it does not. TeeTime and CRM hold the UUID themselves. */
const keyOf: Record<TenantSystem, (id: string, tenant: DirectoryTenant | null) => string | null> = {
  scl: (_id, tenant) => tenant?.sclTenantCode ?? null,
  messaging: (_id, tenant) => tenant?.messagingTenantId ?? null,
  teetime: (id) => id,
  crm: (id) => id,
};

/** Systems go on for a tenant without a registry entry, as far as they know it then. */
function isEnabled(system: TenantSystem, tenant: DirectoryTenant | null): boolean {
  return tenant?.enabledSystems?.[system] !== false;
}

/** The keys by which a system knows the tenants, whether it is enabled for them or not. */
export async function keysOfTenants(
  directory: TenantDirectory,
  system: TenantSystem,
  tenantIds: readonly string[],
  call: SubgraphCall,
): Promise<readonly string[]> {
  if (system === 'teetime' || system === 'crm') return tenantIds;
  const tenants = await Promise.all(directory.resolveTenants(tenantIds, call));
  return tenantIds.flatMap((id, index) => keyOf[system](id, tenants[index] ?? null) ?? []);
}

/**
 * Whose rows of a system exist for a viewer: those of its tenants for which the system is not disabled. All exist for the
 * whole platform, because somebody has to look after what a tenant cannot see, and for the graph itself within a tenant.
 */
export function keysWithinReach(
  directory: TenantDirectory,
  system: TenantSystem,
  call: SubgraphCall,
): () => TenantKeys | Promise<TenantKeys> {
  const { tenants, kind } = call.viewer;
  if (tenants === 'all') return () => tenants;
  return async () => {
    if (kind === 'system') return keysOfTenants(directory, system, tenants, call);
    const resolved = await Promise.all(directory.resolveTenants(tenants, call));
    return tenants.flatMap((id, index) => {
      const tenant = resolved[index] ?? null;
      return (isEnabled(system, tenant) ? keyOf[system](id, tenant) : null) ?? [];
    });
  };
}

/** Whether a list that names a tenant by this key has anything in it: nothing while the system is disabled for it. */
export type IsServed = (key: TenantKey) => Promise<boolean>;

export function servedWithinReach(
  directory: TenantDirectory,
  system: TenantSystem,
  call: SubgraphCall,
): IsServed {
  // For a viewer of tenants the rows are not there anyway.
  return async (key) =>
    call.viewer.tenants !== 'all' || isEnabled(system, await directory.resolveTenant(key, call));
}
