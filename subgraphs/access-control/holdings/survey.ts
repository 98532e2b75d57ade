import { registrySurveyViewer } from '../../../shared/identity/viewer';
import { innerCall } from '../../../shared/subgraph/deadline';
import type { SubgraphName } from '../../../shared/subgraph/names';
import type { SubgraphCall, SubgraphTransport } from '../../../shared/subgraph/transport';
import type { TenantSystem } from '../graphql.generated';
import { askOrTellOutage } from '../provisioning/ask-system';

/** A club of TeeTime's, whoever's it is. */
export interface HeldClub {
  id: string;
  clubCode: string;
  tenantId: string;
}

/** What each system holds under its own key for a tenant. */
export interface Holdings {
  SCL: { key: string; name: string };
  TEETIME: { key: string; clubs: HeldClub[] };
  MESSAGING: { key: string };
  /** A copy of every tenant; `hasRows` says whether there is more. */
  CRM: { key: string; slug: string; hasRows: boolean };
}

export interface HoldingsPage<System extends TenantSystem> {
  holdings: Holdings[System][];
  /** The key behind which to go on, or `null` after the last. */
  next: string | null;
}

interface HoldingsRequest {
  first?: number;
  after?: string | null;
  keys?: readonly string[];
  /** Whether capitals of the keys do not matter; for SCL and Messaging, whose keys are texts. */
  anyCase?: boolean;
}

/** The way to what the systems hold of all tenants. All throw `SUBGRAPH_UNAVAILABLE` when a system does not answer. */
export interface Survey {
  page<System extends TenantSystem>(system: System, request: HoldingsRequest): Promise<HoldingsPage<System>>;
  /** What a system holds under the keys; what it does not know is absent. */
  under<System extends TenantSystem>(
    system: System,
    keys: readonly string[],
    options?: { anyCase?: boolean },
  ): Promise<Holdings[System][]>;
  /** Clubs by their ids; what TeeTime does not know is absent. */
  clubs(ids: readonly string[]): Promise<HeldClub[]>;
}

const KEYS_A_CALL = 500;
const CLUBS_A_CALL = 200;

const sources = {
  SCL: { subgraph: 'scl', field: 'sclHoldings', fields: 'key name', after: 'String', anyCase: true },
  TEETIME: {
    subgraph: 'teetime',
    field: 'teetimeHoldings',
    fields: 'key clubs { id clubCode tenantId }',
    after: 'ID',
    anyCase: false,
  },
  MESSAGING: {
    subgraph: 'messaging',
    field: 'messagingHoldings',
    fields: 'key',
    after: 'String',
    anyCase: true,
  },
  CRM: { subgraph: 'crm', field: 'crmHoldings', fields: 'key slug hasRows', after: 'ID', anyCase: false },
} as const satisfies Record<
  TenantSystem,
  { subgraph: SubgraphName; field: string; fields: string; after: string; anyCase: boolean }
>;

const CLUBS = 'query SurveyClubs($ids: [ID!]) { surveyed: teeTimeClubs(ids: $ids) { id clubCode tenantId } }';

function queryOf(system: TenantSystem): string {
  const { field, fields, after, anyCase } = sources[system];
  const [declared, passed] = anyCase ? [', $anyCase: Boolean', ', anyCase: $anyCase'] : ['', ''];
  return `query SurveyHoldings($first: Int, $after: ${after}, $keys: [String!]${declared}) {
    surveyed: ${field}(first: $first, after: $after, keys: $keys${passed}) {
      edges { node { ${fields} } } pageInfo { hasNextPage endCursor }
    }
  }`;
}

interface HoldingsAnswer<Holding> {
  edges: { node: Holding }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** Asks the systems as the graph itself, each time within a share of what the call has left. */
export function createSurvey(subgraphs: Record<SubgraphName, SubgraphTransport>, call: SubgraphCall): Survey {
  async function ask<Answer>(
    system: TenantSystem,
    query: string,
    variables: Record<string, unknown>,
  ): Promise<Answer> {
    return askOrTellOutage<Answer>(
      subgraphs[sources[system].subgraph],
      { query, variables },
      { ...innerCall(call), viewer: registrySurveyViewer },
      `${system} does not answer, so that what it holds cannot be compared with the registry`,
    );
  }

  const page: Survey['page'] = async (system, request) => {
    type Answer = HoldingsAnswer<Holdings[typeof system]>;
    const { edges, pageInfo } = await ask<Answer>(system, queryOf(system), { ...request });
    return {
      holdings: edges.map(({ node }) => node),
      next: pageInfo.hasNextPage ? pageInfo.endCursor : null,
    };
  };
  return {
    page,
    async under(system, keys, options = {}) {
      const found: Holdings[typeof system][] = [];
      for (const some of inParts([...new Set(keys)], KEYS_A_CALL)) {
        // Texts that differ in capitals alone may be many more than the keys.
        for (let after: string | null = null, more = true; more; ) {
          const { holdings, next }: HoldingsPage<typeof system> = await page(system, {
            first: KEYS_A_CALL,
            after,
            keys: some,
            ...options,
          });
          found.push(...holdings);
          after = next;
          more = next !== null;
        }
      }
      return found;
    },
    async clubs(ids) {
      const found: HeldClub[] = [];
      for (const some of inParts([...new Set(ids)], CLUBS_A_CALL)) {
        found.push(...(await ask<HeldClub[]>('TEETIME', CLUBS, { ids: some })));
      }
      return found;
    },
  };
}

function inParts<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
