import { conflict, tenantNotFound } from '../errors/coded-error';
import { reaches, type Viewer } from '../identity/viewer';
import type { SubgraphCall } from '../subgraph/transport';
import { assertActive, type DirectoryTenant, type TenantDirectory } from '../tenancy/tenant-directory';

/**
 * The tenant that a run sets up. Whether a system is enabled for it does not matter: that comes after the set-up. Throws
 * `TENANT_NOT_FOUND`, also for a tenant beyond the call's reach, `TENANT_DISABLED`, or `SUBGRAPH_UNAVAILABLE`.
 */
export async function getTenantToSetUp(
  directory: TenantDirectory,
  tenantId: string,
  call: SubgraphCall,
): Promise<DirectoryTenant> {
  const tenant = await findTenantOfRun(directory, tenantId, call);
  assertActive(tenant, 'input.tenantId');
  return tenant;
}

/** Throws `TENANT_NOT_FOUND` for a tenant beyond the viewer's reach. */
export function assertReached(viewer: Viewer, tenantId: string, path: string): void {
  if (!reaches(viewer, tenantId)) throw tenantNotFound(path);
}

/**
 * The tenant of a run, or `null` when Access Control has none any more. Throws `TENANT_NOT_FOUND` for a tenant beyond the
 * call's reach, or `SUBGRAPH_UNAVAILABLE`.
 */
export async function findTenantOfRun(
  directory: TenantDirectory,
  tenantId: string,
  call: SubgraphCall,
): Promise<DirectoryTenant | null> {
  assertReached(call.viewer, tenantId, 'input.tenantId');
  return directory.resolveAnew({ id: tenantId }, call);
}

/**
 * Lets a tenant be worked on under a key of the system's own that the caller names. Throws `CONFLICT` when the registry
 * maps the key to another tenant.
 */
export async function assertKeyOfTenant(
  directory: TenantDirectory,
  { tenantId, key, path }: { tenantId: string; key: SystemKeyValue; path: string },
  call: SubgraphCall,
): Promise<void> {
  if (await isKeyOfAnother(directory, { tenantId, key }, call))
    throw conflict(path, `another tenant has ${Object.values(key)[0]}`);
}

/** Whether the registry maps the key to another tenant. */
export async function isKeyOfAnother(
  directory: TenantDirectory,
  { tenantId, key }: { tenantId: string; key: SystemKeyValue },
  call: SubgraphCall,
): Promise<boolean> {
  const owner = await directory.resolveAnew(key, call);
  return owner !== null && owner.id !== tenantId;
}

/** A tenant's key in SCL or in Messaging. */
export type SystemKeyValue = { sclTenantCode: string } | { messagingTenantId: string };
