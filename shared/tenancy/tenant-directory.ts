import { CodedError, tenantNotFound } from '../errors/coded-error';
import { systemViewer } from '../identity/viewer';
import type { SubgraphRequest, SubgraphTransport } from '../subgraph/transport';

export type TenantSystem = 'scl' | 'teetime' | 'messaging' | 'crm';

/** A tenant as Access Control knows it, with what its registry says of each system. */
export interface DirectoryTenant {
  id: string;
  slug: string;
  displayName: string;
  status: 'ACTIVE' | 'DISABLED';
  createdAt: Date;
  /** When the tenant's own data last changed in Access Control; its registry has a time of its own. */
  updatedAt: Date;
  /** `null` while the tenant has no registry row; then the systems that hold its UUID go on by themselves. */
  enabledSystems: Record<TenantSystem, boolean> | null;
}

/** A key by which some system knows a tenant; exactly one of them. */
export type TenantKey =
  | { id: string }
  | { slug: string }
  | { sclTenantCode: string }
  | { messagingTenantId: string };

/** One page of the tenants that changed; `next` goes into `after` for the next one, `null` after the last. */
export interface ChangedTenants {
  tenants: DirectoryTenant[];
  next: string | null;
}

/** Resolves a tenant for a subgraph by asking Access Control, the only source of a tenant's identity. */
export interface TenantDirectory {
  /** `null` when there is none. Throws `SUBGRAPH_UNAVAILABLE` when Access Control does not answer. */
  resolveTenant(key: TenantKey, requestId: string): Promise<DirectoryTenant | null>;
  /** The tenants that changed at `since` or later, page by page. Throws `SUBGRAPH_UNAVAILABLE` as above. */
  changedTenants(since: Date, after: string | null, requestId: string): Promise<ChangedTenants>;
}

const FIELDS = `id slug displayName status createdAt updatedAt
  registry { sclEnabled teeTimeEnabled messagingEnabled crmEnabled }`;
const BY_IDENTITY = `query ResolveTenant($id: ID, $slug: String) { tenant(id: $id, slug: $slug) { ${FIELDS} } }`;
const BY_SYSTEM_KEY = `query ResolveTenantBySystemKey($sclTenantCode: String, $messagingTenantId: String) {
  tenantRegistry(sclTenantCode: $sclTenantCode, messagingTenantId: $messagingTenantId) { tenant { ${FIELDS} } }
}`;
const CHANGED = `query ChangedTenants($since: DateTime!, $after: String) {
  tenants(first: 100, after: $after, filter: { updatedSince: $since }) {
    edges { node { ${FIELDS} } } pageInfo { hasNextPage endCursor }
  }
}`;

interface TenantAnswer {
  id: string;
  slug: string;
  displayName: string;
  status: 'ACTIVE' | 'DISABLED';
  createdAt: string | Date;
  updatedAt: string | Date;
  registry: {
    sclEnabled: boolean;
    teeTimeEnabled: boolean;
    messagingEnabled: boolean;
    crmEnabled: boolean;
  } | null;
}

interface ChangedAnswer {
  tenants: {
    edges: { node: TenantAnswer }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

export function createTenantDirectory(accessControl: SubgraphTransport): TenantDirectory {
  async function ask(operation: SubgraphRequest, requestId: string): Promise<object | null> {
    const { data, errors } = await accessControl
      .execute(operation, { viewer: systemViewer, requestId })
      .catch((cause: unknown) => {
        throw unavailable(cause);
      });
    if (errors?.[0]) throw unavailable(new Error(errors[0].message));
    return data ?? null;
  }

  return {
    async resolveTenant(key, requestId) {
      const byIdentity = 'id' in key || 'slug' in key;
      const query = byIdentity ? BY_IDENTITY : BY_SYSTEM_KEY;
      const answer = (await ask({ query, variables: { ...key } }, requestId)) as {
        tenant?: TenantAnswer | null;
        tenantRegistry?: { tenant: TenantAnswer } | null;
      } | null;
      const tenant = byIdentity ? answer?.tenant : answer?.tenantRegistry?.tenant;
      return tenant ? toDirectoryTenant(tenant) : null;
    },
    async changedTenants(since, after, requestId) {
      const variables = { since: since.toISOString(), after };
      const { tenants } = (await ask({ query: CHANGED, variables }, requestId)) as ChangedAnswer;
      return {
        tenants: tenants.edges.map(({ node }) => toDirectoryTenant(node)),
        next: tenants.pageInfo.hasNextPage ? tenants.pageInfo.endCursor : null,
      };
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
  if (tenant === null) throw tenantNotFound(path);
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
    createdAt: new Date(identity.createdAt),
    updatedAt: new Date(identity.updatedAt),
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
