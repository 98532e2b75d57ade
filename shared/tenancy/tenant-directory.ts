import { LRUCache } from 'lru-cache';
import type { TenantKeys } from '../database/database';
import { CodedError, tenantNotFound } from '../errors/coded-error';
import { lookUpViewer, reaches } from '../identity/viewer';
import type { SubgraphCall, SubgraphRequest, SubgraphTransport } from '../subgraph/transport';

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

/** A column of the registry with the key by which a system knows a tenant. */
export type SystemKey = 'sclTenantCode' | 'messagingTenantId';

/**
 * Resolves a tenant for a subgraph by asking Access Control, the only source of a tenant's identity, as the graph
 * itself: for every tenant there is, whoever the call's viewer is. Answers are waited for until the call's deadline.
 */
export interface TenantDirectory {
  /** `null` when there is none. Throws `SUBGRAPH_UNAVAILABLE` when Access Control does not answer. */
  resolveTenant(key: TenantKey, call: SubgraphCall): Promise<DirectoryTenant | null>;
  /** The tenants that changed at `since` or later, page by page. Throws `SUBGRAPH_UNAVAILABLE` as above. */
  changedTenants(since: Date, after: string | null, call: SubgraphCall): Promise<ChangedTenants>;
  /**
   * The keys by which a system with keys of its own knows the tenants; a tenant that it does not know has none. An
   * answer is kept for five seconds. Throws `SUBGRAPH_UNAVAILABLE` as above.
   */
  systemKeys(key: SystemKey, tenantIds: readonly string[], call: SubgraphCall): Promise<readonly string[]>;
}

/** Resolves tenants as a viewer sees them: one that it does not reach does not exist for it. */
export type ResolveTenant = (key: TenantKey) => Promise<DirectoryTenant | null>;

export function tenantsWithinReach(directory: TenantDirectory, call: SubgraphCall): ResolveTenant {
  return async (key) => {
    const tenant = await directory.resolveTenant(key, call);
    return tenant && reaches(call.viewer, tenant.id) ? tenant : null;
  };
}

/** Whose rows exist for a viewer in a system with keys of its own for tenants. */
export function keysWithinReach(
  directory: TenantDirectory,
  key: SystemKey,
  call: SubgraphCall,
): () => TenantKeys | Promise<TenantKeys> {
  const { tenants } = call.viewer;
  return () => (tenants === 'all' ? tenants : directory.systemKeys(key, tenants, call));
}

const KEYS_LIVE_MS = 5_000;
const MAX_KEPT_KEYS = 10_000;

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

const SYSTEM_KEYS = `query SystemKeysOfTenants($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Tenant { registry { sclTenantCode messagingTenantId } } }
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

interface SystemKeysAnswer {
  _entities: ({ registry: Record<SystemKey, string | null> | null } | null)[];
}

export function createTenantDirectory(accessControl: SubgraphTransport): TenantDirectory {
  const kept = new LRUCache<string, readonly string[]>({ max: MAX_KEPT_KEYS, ttl: KEYS_LIVE_MS });

  async function ask(operation: SubgraphRequest, call: SubgraphCall): Promise<object | null> {
    const { data, errors } = await accessControl
      .execute(operation, { ...call, viewer: lookUpViewer })
      .catch((cause: unknown) => {
        throw unavailable(cause);
      });
    if (errors?.[0]) throw unavailable(new Error(errors[0].message));
    return data ?? null;
  }

  return {
    async resolveTenant(key, call) {
      const byIdentity = 'id' in key || 'slug' in key;
      const query = byIdentity ? BY_IDENTITY : BY_SYSTEM_KEY;
      const answer = (await ask({ query, variables: { ...key } }, call)) as {
        tenant?: TenantAnswer | null;
        tenantRegistry?: { tenant: TenantAnswer } | null;
      } | null;
      const tenant = byIdentity ? answer?.tenant : answer?.tenantRegistry?.tenant;
      return tenant ? toDirectoryTenant(tenant) : null;
    },
    async changedTenants(since, after, call) {
      const variables = { since: since.toISOString(), after };
      const { tenants } = (await ask({ query: CHANGED, variables }, call)) as ChangedAnswer;
      return {
        tenants: tenants.edges.map(({ node }) => toDirectoryTenant(node)),
        next: tenants.pageInfo.hasNextPage ? tenants.pageInfo.endCursor : null,
      };
    },
    async systemKeys(key, tenantIds, call) {
      if (tenantIds.length === 0) return [];
      const identity = `${key}:${tenantIds.join()}`;
      const known = kept.get(identity);
      if (known) return known;
      const representations = tenantIds.map((id) => ({ __typename: 'Tenant', id }));
      const answer = await ask({ query: SYSTEM_KEYS, variables: { representations } }, call);
      const keys = (answer as SystemKeysAnswer)._entities.flatMap((tenant) => tenant?.registry?.[key] ?? []);
      kept.set(identity, keys);
      return keys;
    },
  };
}

/** Throws unless the tenant is there and not disabled: `TENANT_NOT_FOUND` or `TENANT_DISABLED`. */
export function assertActive(
  tenant: DirectoryTenant | null,
  path: string,
): asserts tenant is DirectoryTenant {
  if (tenant === null) throw tenantNotFound(path);
  if (tenant.status === 'DISABLED') {
    throw new CodedError(
      'TENANT_DISABLED',
      `Tenant ${tenant.slug} is disabled; enable it to change its data`,
    );
  }
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
  assertActive(tenant, path);
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
