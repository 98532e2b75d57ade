import { CodedError } from '../errors/coded-error';
import { lookUpViewer } from '../identity/viewer';
import type { SubgraphCall, SubgraphRequest, SubgraphTransport } from '../subgraph/transport';
import type { ChangedTenants, DirectoryTenant, TenantKey } from './tenant-directory';

/** What Access Control can be asked of tenants. Everything throws `SUBGRAPH_UNAVAILABLE` when it does not answer. */
export interface TenantQuestions {
  /** The tenants in the order of the ids, `null` where there is none: one request, 100 ids at most. */
  byIds(ids: readonly string[], call: SubgraphCall): Promise<(DirectoryTenant | null)[]>;
  byKey(key: TenantKey, call: SubgraphCall): Promise<DirectoryTenant | null>;
  changed(since: Date, after: string | null, call: SubgraphCall): Promise<ChangedTenants>;
}

const IDENTITY = 'id slug displayName status createdAt updatedAt';
const ENTRY = 'sclTenantCode messagingTenantId sclEnabled teeTimeEnabled messagingEnabled crmEnabled';
const TENANT = `${IDENTITY} registry { ${ENTRY} }`;

const BY_IDS = `query TenantsById($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Tenant { ${TENANT} } }
}`;
const BY_SLUG = `query TenantBySlug($slug: String!) { tenant(slug: $slug) { ${TENANT} } }`;
const BY_SYSTEM_KEY = `query TenantBySystemKey($sclTenantCode: String, $messagingTenantId: String) {
  tenantRegistry(sclTenantCode: $sclTenantCode, messagingTenantId: $messagingTenantId) {
    ${ENTRY} tenant { ${IDENTITY} }
  }
}`;
const CHANGED = `query ChangedTenants($since: DateTime!, $after: String) {
  tenants(first: 100, after: $after, filter: { updatedSince: $since }) {
    edges { node { ${TENANT} } } pageInfo { hasNextPage endCursor }
  }
}`;

interface IdentityAnswer {
  id: string;
  slug: string;
  displayName: string;
  status: 'ACTIVE' | 'DISABLED';
  createdAt: string | Date;
  updatedAt: string | Date;
}

interface EntryAnswer {
  sclTenantCode: string | null;
  messagingTenantId: string | null;
  sclEnabled: boolean;
  teeTimeEnabled: boolean;
  messagingEnabled: boolean;
  crmEnabled: boolean;
}

type TenantAnswer = IdentityAnswer & { registry: EntryAnswer | null };

interface Answers {
  _entities: (TenantAnswer | null)[];
  tenant: TenantAnswer | null;
  tenantRegistry: (EntryAnswer & { tenant: IdentityAnswer }) | null;
  tenants: {
    edges: { node: TenantAnswer }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

/** Asks Access Control as the graph itself: of every tenant there is, whoever the call's viewer is. */
export function createTenantQuestions(accessControl: SubgraphTransport): TenantQuestions {
  async function ask(operation: SubgraphRequest, call: SubgraphCall): Promise<Answers> {
    const { data, errors } = await accessControl
      .execute(operation, { ...call, viewer: lookUpViewer })
      .catch((cause: unknown) => {
        throw accessControlUnavailable(cause);
      });
    if (errors?.[0] || !data)
      throw accessControlUnavailable(new Error(errors?.[0]?.message ?? 'an answer without data'));
    // Each question reads the one field that it asked for.
    return data as unknown as Answers;
  }

  async function byIds(ids: readonly string[], call: SubgraphCall) {
    const representations = ids.map((id) => ({ __typename: 'Tenant', id }));
    const { _entities } = await ask({ query: BY_IDS, variables: { representations } }, call);
    return _entities.map((answer) => answer && toTenant(answer, answer.registry));
  }

  return {
    byIds,
    async byKey(key, call) {
      if ('id' in key) return (await byIds([key.id], call))[0] ?? null;
      if ('slug' in key) {
        const { tenant } = await ask({ query: BY_SLUG, variables: { slug: key.slug } }, call);
        return tenant && toTenant(tenant, tenant.registry);
      }
      const { tenantRegistry } = await ask({ query: BY_SYSTEM_KEY, variables: { ...key } }, call);
      return tenantRegistry && toTenant(tenantRegistry.tenant, tenantRegistry);
    },
    async changed(since, after, call) {
      const variables = { since: since.toISOString(), after };
      const { tenants } = await ask({ query: CHANGED, variables }, call);
      return {
        tenants: tenants.edges.map(({ node }) => toTenant(node, node.registry)),
        next: tenants.pageInfo.hasNextPage ? tenants.pageInfo.endCursor : null,
      };
    },
  };
}

/** Dates are `Date`s inside the process and texts over HTTP. */
function toTenant(identity: IdentityAnswer, entry: EntryAnswer | null): DirectoryTenant {
  const { id, slug, displayName, status, createdAt, updatedAt } = identity;
  return {
    id,
    slug,
    displayName,
    status,
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
    sclTenantCode: entry?.sclTenantCode ?? null,
    messagingTenantId: entry?.messagingTenantId ?? null,
    enabledSystems: entry && {
      scl: entry.sclEnabled,
      teetime: entry.teeTimeEnabled,
      messaging: entry.messagingEnabled,
      crm: entry.crmEnabled,
    },
  };
}

/** `SUBGRAPH_UNAVAILABLE`. */
export function accessControlUnavailable(cause: unknown): CodedError {
  const message = 'Access Control does not answer, so the tenant cannot be resolved';
  return new CodedError('SUBGRAPH_UNAVAILABLE', message, { cause });
}
