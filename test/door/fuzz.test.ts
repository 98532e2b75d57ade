import { request as sendHttp } from 'node:http';
import fc, { type Arbitrary } from 'fast-check';
import { addDemoData } from '../testkit/demo-graph';
import { startGraph, type TestGraph } from '../testkit/graph';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 500);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20260112);

let graph: TestGraph;
let tables: RegExp;
beforeAll(async () => {
  graph = await startGraph();
  await addDemoData(graph);
  const rows = await graph.database.query<{ name: string }>(`
    SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
    WHERE table_schema IN ('access_control', 'crm', 'teetime', 'scl', 'messaging')`);
  tables = new RegExp(rows.map(({ name }) => name.replace('.', '\\.')).join('|'));
});
afterAll(() => graph.stop());

interface Attempt {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Buffer | undefined;
}

const hostile = fc.oneof(
  fc.constantFrom(
    `'; DROP TABLE lead; --`,
    `1' OR '1'='1`,
    `' UNION SELECT current_user, version() --`,
    '$1',
    '\\',
    '%00',
    '\u0000',
    '\ud800',
    '../../../../etc/passwd',
    '\u0024{jndi:ldap://192.0.2.1/a}',
    '{{constructor.constructor("return process")()}}',
    '__proto__',
    'constructor',
    '9'.repeat(500),
    '1e999',
    'digiwedge',
    'fd3c07a1-8038-5e37-beb6-537fda68d644',
  ),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

const operations = [
  'query ($s: String) { tenant(slug: $s) { id registry { id } customers { edges { node { id } } } } }',
  'query ($s: ID) { tenant(id: $s) { id clubs { id } contacts { edges { node { id } } } } }',
  'query ($s: ID!) { customer(id: $s) { id } lead(id: $s) { id } }',
  'query ($s: String) { tenants(first: 2, after: $s) { edges { node { id } } } }',
  'query ($s: String) { tenants(filter: { text: $s }) { totalCount } }',
  'mutation ($s: String) { submitLead(input: { tenantSlug: $s, email: $s }) { id } }',
  'mutation ($s: String) { submitLead(input: { tenantSlug: "digiwedge", email: "a@b.co", message: $s, idempotencyKey: $s }) { id } }',
  'mutation ($s: String!) { createTenant(input: { slug: $s, displayName: $s }) { id } }',
  'mutation ($s: ID!) { createCustomer(input: { tenantId: $s, email: "a@b.co" }) { id } }',
  '{ __schema { types { name fields { name } } } }',
  '{ _entities(representations: []) { __typename } _service { sdl } }',
];

const variables = fc.oneof(
  { weight: 8, arbitrary: hostile.map((s): unknown => ({ s })) },
  {
    weight: 1,
    arbitrary: fc.dictionary(fc.constantFrom('s', '__proto__', 'input', ''), fc.jsonValue({ maxDepth: 3 })),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
);

/** A well-formed request with hostile values, so that many get as far as the database. */
const graphqlBody = fc
  .record({ query: fc.constantFrom(...operations), variables })
  .map((body) => JSON.stringify(body));

/** A document with something cut out or put in somewhere. */
const brokenDocument = fc
  .tuple(fc.constantFrom(...operations), fc.nat(200), fc.nat(20), hostile)
  .map(([query, at, cut, text]) => ({ query: query.slice(0, at) + text + query.slice(at + cut) }));

const body: Arbitrary<string | Buffer> = fc.oneof(
  { weight: 12, arbitrary: graphqlBody },
  { weight: 2, arbitrary: brokenDocument.map((document) => JSON.stringify(document)) },
  { weight: 1, arbitrary: fc.json() },
  {
    weight: 1,
    arbitrary: fc.array(fc.constant({ query: '{ __typename }' })).map((list) => JSON.stringify(list)),
  },
  { weight: 1, arbitrary: fc.tuple(graphqlBody, fc.nat(80)).map(([text, length]) => text.slice(0, length)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
);

const headerText = fc
  .oneof(
    fc.constantFrom(
      'Bearer',
      'Bearer x',
      'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.',
      'application/json',
      'application/json; charset=utf-7',
      'multipart/form-data; boundary=x',
      'gzip',
      'text/html',
      '*/*',
      '192.0.2.1, 10.0.0.1',
      'null',
    ),
    fc.string({ maxLength: 60 }),
  )
  .map((text) => text.replace(/[^\x20-\x7e]/g, ''));

const headers = fc.dictionary(
  fc.constantFrom(
    'accept',
    'content-type',
    'content-encoding',
    'authorization',
    'x-tenant-id',
    'x-request-id',
    'x-forwarded-for',
    'x-forwarded-host',
    'host',
    'origin',
    'cookie',
    'apollo-require-preflight',
  ),
  headerText,
  { maxKeys: 3 },
);

const path = fc.oneof(
  { weight: 12, arbitrary: fc.constant('/graphql') },
  {
    weight: 2,
    arbitrary: fc.record({ query: fc.constantFrom(...operations), text: hostile }).map(({ query, text }) => {
      const parameters = new URLSearchParams({
        query,
        variables: JSON.stringify({ s: text }),
        extensions: text,
      });
      return `/graphql?${parameters}`;
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '/',
      '/graphql/',
      '/%',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/graphql?query=%',
      '/graphql?query=%ff',
      '/health/ready',
      '/health/live',
      '/.well-known/jwks.json',
      '/.git/config',
      '//evil.example/graphql',
      `/${'a'.repeat(3_000)}`,
    ),
  },
);

const attempt: Arbitrary<Attempt & { isAdministrator: boolean }> = fc.record({
  method: fc.oneof(
    { weight: 12, arbitrary: fc.constant('POST') },
    {
      weight: 3,
      arbitrary: fc.constantFrom('GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND'),
    },
  ),
  path,
  headers: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: headers }),
  body: fc.option(body, { nil: undefined, freq: 8 }),
  isAdministrator: fc.boolean(),
});

/** Sends what `fetch` would mend first: any path, method, header and body. */
function send({
  method,
  path,
  headers,
  body,
}: Attempt): Promise<{ status: number; text: string; headers: object }> {
  const { hostname, port } = new URL(graph.url);
  return new Promise((resolve, reject) => {
    // Node itself declares no length for the body of a GET, which would then look like a second request.
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options = {
      hostname,
      port,
      method,
      path,
      headers: { ...headers, ...length },
      timeout: 20_000,
      agent: false,
    };
    const request = sendHttp(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
      );
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('No answer within 20 s')));
    request.on('error', reject);
    request.end(body);
  });
}

/** Strings that the attempt itself sent are the sender's own; an answer may repeat a part of them. */
function withoutEchoes(text: string, { path, body, headers }: Attempt): string {
  const sent = JSON.stringify([path, decodeURIComponentSafely(path), String(body ?? ''), headers]);
  return text
    .split(/(?=[\s"'])/)
    .filter((word) => word.trim().length < 4 || !sent.includes(word.trim()))
    .join('');
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

const SQL =
  /\b(SELECT .+ FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|syntax error at or near|violates \w+|invalid input syntax|duplicate key|deadlock detected|set_config)\b|relation "|column "/i;
const STACK = /(\\n|\n)\s*at |\bat .+:\d+:\d+|node_modules|node:internal/;
const FILE_PATH = /\/(work|usr|home|root|tmp|var|app)\/|[A-Z]:\\|\b[\w-]+\.(ts|js|cjs|mjs)\b/;
const NETWORK_ADDRESS =
  /\b(127\.0\.0\.1|localhost|ECONNREFUSED|ECONNRESET|\[::1\])|postgres(ql)?:\/\/|redis:\/\/|:5432\b/;

test('whatever is sent, no answer is a defect, and none tells of SQL, code, files, networks or tables', async () => {
  const statuses = new Map<number, number>();
  const statements = await graph.countStatements(() =>
    fc.assert(
      fc.asyncProperty(attempt, async ({ isAdministrator, ...given }) => {
        const sent: Attempt = {
          ...given,
          headers: {
            ...(given.method === 'POST' ? { 'content-type': 'application/json' } : {}),
            ...(isAdministrator ? { authorization: graph.authorization } : {}),
            ...given.headers,
          },
        };
        const { status, text, headers } = await send(sent);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        expect(status).toBeLessThan(500);
        // GraphiQL's page is a program by itself; the schema is served to whoever develops.
        if (status === 200 && (sent.path === '/' || text.includes('"__schema"'))) return;
        const told = `${withoutEchoes(text, sent)}\n${JSON.stringify(headers)}`;
        for (const secret of [SQL, STACK, FILE_PATH, NETWORK_ADDRESS, tables])
          expect(told).not.toMatch(secret);
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    ),
  );
  // The attempts must have got as far as the databases, and must have been turned away at several doors.
  expect(statements['access-control']).toBeGreaterThan(RUNS / 20);
  expect(statements.crm).toBeGreaterThan(RUNS / 20);
  expect(statuses.size).toBeGreaterThan(4);
}, 180_000);
