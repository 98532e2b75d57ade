import { CodedError } from '../errors/coded-error';
import { systemViewer } from '../identity/viewer';
import type { SubgraphTransport } from '../subgraph/transport';

export type TenantSystem = 'scl' | 'teetime' | 'messaging' | 'crm';

/** A tenant as Access Control knows it, with what its registry says of each system. */
export interface DirectoryTenant {
  id: string;
  slug: string;
  displayName: string;
  status: 'ACTIVE' | 'DISABLED';
  /** `null` while the tenant has no registry row; then the systems that hold its UUID go on by themselves. */
  enabledSystems: Record<TenantSystem, boolean> | null;
}

/** A key by which some system knows a tenant; exactly one of them. */
export type TenantKey =
  | { id: string }
  | { slug: string }
  | { sclTenantCode: string }
  | { messagingTenantId: string };

/** Resolves a tenant for a subgraph by asking Access Control, the only source of a tenant's identity. */
export interface TenantDirectory {
  /** `null` when there is none. Throws `SUBGRAPH_UNAVAILABLE` when Access Control does not answer. */
  resolveTenant(key: TenantKey, requestId: string): Promise<DirectoryTenant | null>;
}

const FIELDS = `id slug displayName status
  registry { sclEnabled teeTimeEnabled messagingEnabled crmEnabled }`;
const BY_IDENTITY = `query ResolveTenant($id: ID, $slug: String) { tenant(id: $id, slug: $slug) { ${FIELDS} } }`;
const BY_SYSTEM_KEY = `query ResolveTenantBySystemKey($sclTenantCode: String, $messagingTenantId: String) {
  tenantRegistry(sclTenantCode: $sclTenantCode, messagingTenantId: $messagingTenantId) { tenant { ${FIELDS} } }
}`;

interface TenantAnswer {
  id: string;
  slug: string;
  displayName: string;
  status: 'ACTIVE' | 'DISABLED';
  registry: {
    sclEnabled: boolean;
    teeTimeEnabled: boolean;
    messagingEnabled: boolean;
    crmEnabled: boolean;
  } | null;
}

export function createTenantDirectory(accessControl: SubgraphTransport): TenantDirectory {
  return {
    async resolveTenant(key, requestId) {
      const byIdentity = 'id' in key || 'slug' in key;
      const operation = { query: byIdentity ? BY_IDENTITY : BY_SYSTEM_KEY, variables: { ...key } };
      const { data, errors } = await accessControl
        .execute(operation, { viewer: systemViewer, requestId })
        .catch((cause: unknown) => {
          throw unavailable(cause);
        });
      if (errors?.[0]) throw unavailable(new Error(errors[0].message));
      const answer = data as {
        tenant?: TenantAnswer | null;
        tenantRegistry?: { tenant: TenantAnswer } | null;
      } | null;
      const tenant = byIdentity ? answer?.tenant : answer?.tenantRegistry?.tenant;
      return tenant ? toDirectoryTenant(tenant) : null;
    },
  };
}

/**
 * Throws unless data of the tenant may be written in `system`: `TENANT_NOT_FOUND`, `TENANT_DISABLED` or
 * `SYSTEM_DISABLED`. A tenant without a registry row may be written where the system holds its UUID itself.
 */
export function assertWritable(
  tenant: DirectoryTenant | null,
  system: TenantSystem,
  path: string,
): asserts tenant is DirectoryTenant {
  if (tenant === null) {
    const message = 'no tenant has this key';
    throw new CodedError('TENANT_NOT_FOUND', `${path}: ${message}`, {
      fields: [{ path, constraint: 'exists', message }],
    });
  }
  if (tenant.status === 'DISABLED') {
    throw new CodedError(
      'TENANT_DISABLED',
      `Tenant ${tenant.slug} is disabled; enable it to change its data`,
    );
  }
  if (tenant.enabledSystems && !tenant.enabledSystems[system]) {
    throw new CodedError(
      'SYSTEM_DISABLED',
      `${system} is not enabled for tenant ${tenant.slug}; enable it to change its data`,
    );
  }
}

function toDirectoryTenant({ registry, ...identity }: TenantAnswer): DirectoryTenant {
  return {
    id: identity.id,
    slug: identity.slug,
    displayName: identity.displayName,
    status: identity.status,
    enabledSystems: registry && {
      scl: registry.sclEnabled,
      teetime: registry.teeTimeEnabled,
      messaging: registry.messagingEnabled,
      crm: registry.crmEnabled,
    },
  };
}

function unavailable(cause: unknown): CodedError {
  return new CodedError(
    'SUBGRAPH_UNAVAILABLE',
    'Access Control does not answer, so the tenant cannot be resolved',
    {
      cause,
    },
  );
}
