import {
  distinctDocument,
  LEAD_DOCUMENT,
  REGISTRY_DOCUMENT,
  TENANT_DOCUMENT,
  TENANTS_DOCUMENT,
} from './documents';

/** One HTTP request, as the driver of the load takes it. */
export interface Request {
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** What is there to ask for. */
export interface Known {
  slugs: string[];
  clubIds: string[];
}

/** Something that callers do, in the words of each interface that offers it. */
export interface Scene {
  name: string;
  title: string;
  /** Requests that the load goes round. `round` counts up, for those that must never have been seen before. */
  overGraph(known: Known, round: number): Request[];
  /** The same for what is written by hand; absent where there is no such thing. */
  overPaths?(known: Known): Request[];
  /** Whether only this product has it. */
  isOwn?: boolean;
  /** Whether each request is sent once, instead of going round for a time. */
  isOnce?: boolean;
}

/** Stands in a request for a text that was never used, which autocannon puts there. */
export const UNIQUE = '[<id>]';
const DISTINCT_DOCUMENTS = 1_000;

export const scenes: Scene[] = [
  {
    name: 'tenant',
    title: 'Main query: a tenant with registry, clubs, SCL, 20 customers, 5 contacts',
    overGraph: ({ slugs }) => slugs.map((slug) => operation(TENANT_DOCUMENT, { slug })),
    overPaths: ({ slugs }) => slugs.map((slug) => get(`/tenant?slug=${slug}`)),
  },
  {
    name: 'tenants',
    title: '50 tenants with their clubs',
    overGraph: () => [operation(TENANTS_DOCUMENT)],
    overPaths: () => [get('/tenants')],
  },
  {
    name: 'registry',
    title: "Registry entry by a club's id",
    overGraph: ({ clubIds }) => clubIds.map((clubId) => operation(REGISTRY_DOCUMENT, { clubId })),
    overPaths: ({ clubIds }) => clubIds.map((clubId) => get(`/registry?clubId=${clubId}`)),
  },
  {
    name: 'lead',
    title: 'submitLead (raw and rest: the row alone; ours: with audit trail, event and job)',
    isOwn: true,
    overGraph: ({ slugs }) =>
      slugs.map((tenantSlug) => operation(LEAD_DOCUMENT, { input: { tenantSlug, email: leadEmail() } })),
    overPaths: ({ slugs }) => slugs.map((tenantSlug) => post('/leads', { tenantSlug, email: leadEmail() })),
  },
  {
    name: 'documents',
    title: '1 000 documents that were never seen before: what planning costs',
    isOnce: true,
    overGraph: (known, round) =>
      Array.from({ length: DISTINCT_DOCUMENTS }, (_, index) =>
        documentRequest(round * DISTINCT_DOCUMENTS + index, known),
      ),
  },
];

/** A request with a document that no other number gives. */
export function documentRequest(number: number, { slugs }: Known): Request {
  return operation(distinctDocument(number), { slug: slugs[number % slugs.length] });
}

function operation(query: string, variables: object = {}): Request {
  return post('/graphql', { query, variables });
}

function post(path: string, body: unknown): Request {
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

function get(path: string): Request {
  return { method: 'GET', path };
}

function leadEmail(): string {
  return `lead-${UNIQUE}@example.com`;
}
