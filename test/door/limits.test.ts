import { defaultDoor } from '../../shared/door-settings';
import { defaultLimits } from '../../shared/limit-settings';
import { addDemoData, MAIN_QUERY } from '../testkit/demo-graph';
import { startGraph, type TestGraph } from '../testkit/graph';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
  await addDemoData(graph);
}, 60_000);
afterAll(() => graph.stop());

const times = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');

/** Fields inside of each other, below `criteria`, which is the one type that has itself as a field. */
const groups = (depth: number) =>
  `{ segment(id: "1") { criteria ${'{ groups '.repeat(depth - 3)}{ combinator } ${'}'.repeat(depth - 2)} }`;
/** As many tokens: variables that nothing uses, which validation refuses later, and a few root fields. */
const tokens = (count: number) =>
  `query (${times(Math.floor((count - 8) / 4), (i) => `$v${i}: Int`)}) { x: __typename ${times((count - 8) % 4, () => 'y')} }`;
/** Fields that are answered under as many names. */
const named = (count: number) => times(count, (i) => `a${i}: __typename`);
const tenants = (first: number, fields: string) =>
  `{ tenants(first: ${first}) { edges { node { ${fields} } } } }`;
const recursion = (count: number) =>
  `{ tenant(slug: "x") ${'{ registry { tenant '.repeat(count - 1)}{ id } ${'} }'.repeat(count - 1)} }`;
const LEAD = 'submitLead(input: { tenantSlug: "nobody", email: "a@example.com" }) { __typename }';

interface Case {
  what: string;
  code: string;
  limit: number;
  at: string;
  above: string;
  value?: number;
}

const customers = 'customers(first: 100) { edges { node { id } } }';
const cases: Case[] = [
  {
    what: 'depth',
    code: 'MAX_DEPTH_LIMIT',
    limit: 12,
    at: groups(12),
    above: groups(13),
    value: 13,
  },
  {
    what: 'depth through fragments',
    code: 'MAX_DEPTH_LIMIT',
    limit: 12,
    at: `{ segment(id: "1") { criteria { ...F } } } fragment F on SegmentCriteria ${'{ groups '.repeat(9)}{ combinator } ${'}'.repeat(9)}`,
    above: `{ segment(id: "1") { criteria { ...F } } } fragment F on SegmentCriteria ${'{ groups '.repeat(10)}{ combinator } ${'}'.repeat(10)}`,
    value: 13,
  },
  {
    what: 'aliases',
    code: 'MAX_ALIASES_LIMIT',
    limit: 30,
    at: `{ tenant(slug: "x") { ${times(30, (i) => `a${i}: id`)} } }`,
    above: `{ tenant(slug: "x") { ${times(31, (i) => `a${i}: id`)} } }`,
    value: 31,
  },
  {
    what: 'aliases through fragments',
    code: 'MAX_ALIASES_LIMIT',
    limit: 30,
    at: `{ tenant(slug: "x") { ${times(3, () => '...F')} } } fragment F on Tenant { ${times(10, (i) => `a${i}: id`)} }`,
    above: `{ tenant(slug: "x") { ${times(3, () => '...F')} b: id } } fragment F on Tenant { ${times(10, (i) => `a${i}: id`)} }`,
    value: 31,
  },
  {
    what: 'root fields',
    code: 'MAX_ROOT_FIELDS_LIMIT',
    limit: 20,
    at: `{ ${named(19)} __typename __typename }`,
    above: `{ ${named(20)} __typename }`,
    value: 21,
  },
  {
    what: 'root fields through fragments',
    code: 'MAX_ROOT_FIELDS_LIMIT',
    limit: 20,
    at: `{ ...F ... { __typename } } fragment F on Query { ${named(19)} }`,
    above: `{ ...F ... { __typename b: __typename } } fragment F on Query { ${named(19)} }`,
    value: 21,
  },
  {
    what: 'directives',
    code: 'MAX_DIRECTIVES_LIMIT',
    limit: 50,
    at: `{ tenant(slug: "x") { ${times(50, () => 'id @skip(if: false)')} } }`,
    above: `{ tenant(slug: "x") { ${times(51, () => 'id @skip(if: false)')} } }`,
    value: 51,
  },
  {
    what: 'directives on fragments',
    code: 'MAX_DIRECTIVES_LIMIT',
    limit: 50,
    at: `{ tenant(slug: "x") { ${times(25, () => '...F @skip(if: false)')} } } fragment F on Tenant { id @skip(if: false) }`,
    above: `{ tenant(slug: "x") { ${times(26, () => '...F @skip(if: false)')} } } fragment F on Tenant { id @skip(if: false) }`,
    value: 52,
  },
  {
    what: 'selections',
    code: 'MAX_RECURSIVE_SELECTIONS_EXCEEDED',
    limit: 300,
    at: `{ tenant(slug: "x") { ${times(299, () => 'id')} } }`,
    above: `{ tenant(slug: "x") { ${times(300, () => 'id')} } }`,
    value: 301,
  },
  {
    what: 'tokens',
    code: 'MAX_TOKENS_LIMIT',
    limit: 2_000,
    at: tokens(2_000),
    above: tokens(2_001),
  },
  {
    what: 'the same entity on a path',
    code: 'MAX_RECURSION_LIMIT',
    limit: 3,
    at: recursion(3),
    above: recursion(4),
    value: 4,
  },
  {
    what: 'cost',
    code: 'COST_ESTIMATED_TOO_EXPENSIVE',
    limit: 25_000,
    at: tenants(100, `${customers} leads(first: 22) { edges { node { id } } }`),
    above: tenants(100, `${customers} leads(first: 23) { edges { node { id } } }`),
    value: 1 + 100 * (2 + 1 + 100 * 2 + 1 + 23 * 2),
  },
];

test.each(cases)('$what: the limit passes', async ({ at }) => {
  const { errors } = await graph.request(at);
  const codes = errors?.map(({ extensions }) => extensions.code).join() ?? '';
  expect(codes).not.toMatch(/LIMIT|EXCEEDED|EXPENSIVE|INTERNAL/);
});

test.each(cases)(
  '$what: one above is refused, and no subgraph is asked',
  async ({ above, code, limit, value }) => {
    let answer: Awaited<ReturnType<TestGraph['request']>> | undefined;
    const statements = await graph.countStatements(async () => {
      answer = await graph.request(above);
    });
    expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code, limit } }] });
    if (value !== undefined) expect(answer?.errors?.[0]?.extensions).toMatchObject({ value });
    expect(answer?.data).toBeUndefined();
    expect(Object.values(statements).reduce((sum, count) => sum + count, 0)).toBe(0);
  },
);

test('a refused document stays refused', async () => {
  const above = recursion(9);
  const codes = [await graph.refusal(above), await graph.refusal(above), await graph.refusal(above)];
  expect(codes).toEqual(['MAX_DEPTH_LIMIT', 'MAX_DEPTH_LIMIT', 'MAX_DEPTH_LIMIT']);
});

test('a size in a variable counts as one in the document', async () => {
  const query =
    'query ($n: Int) { tenants(first: 100) { edges { node { customers(first: $n) { edges { node { id tenant { id } } } } } } } }';
  expect((await graph.request(query, { n: 20 })).errors).toBeUndefined();
  expect(await graph.refusal(query, { n: 100 })).toBe('COST_ESTIMATED_TOO_EXPENSIVE');
});

test.each([
  ['the README’s query', MAIN_QUERY],
  [
    'fifty tenants over the systems',
    tenants(
      50,
      'id registry { sclTenantCode } clubs { name } customers(first: 5) { edges { node { id email } } }',
    ),
  ],
  [
    'a hundred tenants with twenty customers each',
    tenants(100, 'customers(first: 20) { edges { node { id email } } }'),
  ],
])('%s is answered', async (_what, query) => {
  expect((await graph.request(query)).errors).toBeUndefined();
});

test('variables are refused by their levels before anything reads them', async () => {
  const query = 'query ($f: TenantFilter) { tenants(filter: $f) { totalCount } }';
  const deep = (levels: number): unknown => JSON.parse(`${'{"text":'.repeat(levels)}1${'}'.repeat(levels)}`);
  expect(await graph.refusal(query, { f: deep(63) })).toBe('BAD_USER_INPUT');
  const { status, errors } = await graph.request(query, { f: deep(64) });
  expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'MAX_DEPTH_LIMIT']);
  const deepest = await fetch(`${graph.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"query":${JSON.stringify(query)},"variables":{"f":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
  });
  expect(deepest.status).toBe(400);
});

test.each([
  ['fields', `{ ${'a { '.repeat(2_000)} b ${'}'.repeat(2_000)} }`],
  ['inline fragments', `{ ${'... { '.repeat(2_000)} __typename ${'}'.repeat(2_000)} }`],
  ['lists', `{ tenants(filter: ${'['.repeat(2_000)}${']'.repeat(2_000)}) { totalCount } }`],
  ['objects', `{ tenants(filter: ${'{ a: '.repeat(2_000)} 1 ${'}'.repeat(2_000)}) { totalCount } }`],
])('2 000 levels of %s are refused, and are no defect', async (_what, query) => {
  expect((await graph.request(query)).status).toBe(400);
});

test('500 levels are refused by their depth where more tokens are allowed', async () => {
  const wide = await startGraph('one process', { limits: { ...defaultLimits, tokens: 20_000 } });
  try {
    const { status, errors } = await wide.request(`{ ${'a { '.repeat(500)} b ${'}'.repeat(500)} }`);
    expect([status, errors?.[0]?.extensions]).toEqual([
      400,
      { code: 'MAX_DEPTH_LIMIT', limit: 12, value: 501 },
    ]);
  } finally {
    await wide.stop();
  }
});

test('an operation carries one public mutation', async () => {
  expect(await graph.refusal(`mutation { ${LEAD} }`)).toBe('LEAD_NOT_ACCEPTED');
  const fifteen = `mutation { ${times(15, (i) => `a${i}: ${LEAD}`)} }`;
  const { status, errors } = await graph.request(fifteen);
  expect([status, errors?.[0]?.extensions]).toEqual([
    400,
    { code: 'MAX_PUBLIC_MUTATIONS_LIMIT', limit: 1, value: 15 },
  ]);
  expect(await graph.refusal(`mutation { ...F ...F } fragment F on Mutation { ${LEAD} }`)).toBe(
    'MAX_PUBLIC_MUTATIONS_LIMIT',
  );
});

test.each([
  ['query ($x: Boolean = true) { __typename @include(if: $x) }', { x: null }],
  ['query ($x: Boolean = true) { tenants { totalCount @skip(if: $x) } }', { x: null }],
  [
    'mutation ($x: Boolean = true) { submitLead(input: { tenantSlug: "a", email: "a@example.com" }) @include(if: $x) { id } }',
    { x: null },
  ],
])('a condition that is null is refused, and is no defect: %s', async (query, variables) => {
  const { status, errors } = await graph.request(query, variables);
  expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
});

test('documents that are none are taken a number of times a minute, and others from elsewhere meanwhile', async () => {
  const strict = await startGraph('one process', {
    door: { ...defaultDoor, rateLimits: { ...defaultDoor.rateLimits, reads: 5 } },
  });
  try {
    const clumsy = strict.as({ roles: ['PLATFORM_ADMIN'], sub: 'clumsy' });
    for (let index = 0; index < 6; index += 1) {
      expect(await clumsy.refusal(index % 2 ? '{' : '{ nonsense }')).toMatch(/^GRAPHQL_/);
    }
    expect(await clumsy.refusal('{')).toBe('RATE_LIMITED');
    expect((await clumsy.request('{ __typename }')).status).toBe(429);
    expect((await strict.request('{ __typename }')).status).toBe(200);
  } finally {
    await strict.stop();
  }
});
