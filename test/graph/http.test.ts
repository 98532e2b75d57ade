import { serverAudits } from 'graphql-http';
import request from 'supertest';
import { request as undici } from 'undici';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, uniqueName } from '../testkit/seed';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

const http = () => request.agent(graph.url).set('authorization', graph.authorization);

const fetchAsOperator: typeof fetch = (url, options) =>
  fetch(url, {
    ...options,
    headers: { ...(options?.headers as Record<string, string>), authorization: graph.authorization },
  });

describe('GraphQL over HTTP', () => {
  for (const audit of serverAudits({ url: () => `${graph.url}/graphql`, fetchFn: fetchAsOperator })) {
    test(audit.name, async () => {
      const result = await audit.fn();
      if (result.status === 'error') throw new Error(result.reason);
    });
  }
});

test('a query may come by GET', async () => {
  const { slug } = await bareTenant(graph);
  const answer = await http()
    .get('/graphql')
    .query({ query: `{ tenant(slug: "${slug}") { slug } }` });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ data: { tenant: { slug } } });
});

test('a mutation may not come by GET, and changes nothing', async () => {
  const { id, slug } = await bareTenant(graph);
  const answer = await http()
    .get('/graphql')
    .query({ query: `mutation { disableTenant(id: "${id}") { id } }` });
  expect(answer.status).toBe(405);
  expect(answer.headers['allow']).toBe('POST');
  expect((await graph.ask(`{ tenant(slug: "${slug}") { status } }`)).tenant.status).toBe('ACTIVE');
});

test.each([['PUT'], ['PATCH'], ['DELETE'], ['OPTIONS'], ['TRACE'], ['HEAD']] as const)(
  '%s is no method of the graph, whatever comes along with it',
  async (method) => {
    for (const headers of [{}, { 'content-type': 'application/json' }, { 'content-type': 'text/plain' }]) {
      const answer = await undici(`${graph.url}/graphql`, { method, headers });
      expect([answer.statusCode, answer.headers['allow']]).toEqual([405, 'GET, POST']);
      const text = await answer.body.text();
      if (method !== 'HEAD') expect(JSON.parse(text).errors[0].extensions.code).toBe('BAD_REQUEST');
    }
  },
);

test.each([
  [
    'malformed JSON',
    400,
    'BAD_REQUEST',
    (agent: Agent) => agent.post('/graphql').type('json').send('{"query":'),
  ],
  ['no query', 400, 'BAD_REQUEST', (agent: Agent) => agent.post('/graphql').send({})],
  [
    'plain text',
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    (agent: Agent) => agent.post('/graphql').type('text/plain').send('{ x }'),
  ],
  [
    'a form',
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    (agent: Agent) => agent.post('/graphql').type('form').send('query={x}'),
  ],
  [
    '2 MB',
    413,
    'PAYLOAD_TOO_LARGE',
    (agent: Agent) => agent.post('/graphql').send({ query: 'x'.repeat(2_000_000) }),
  ],
  ['an unknown path', 404, 'NOT_FOUND', (agent: Agent) => agent.get('/nothing')],
  [
    'bad syntax',
    400,
    'GRAPHQL_PARSE_FAILED',
    (agent: Agent) => agent.post('/graphql').send({ query: '{ tenant(' }),
  ],
  [
    'an unknown operationName',
    400,
    'OPERATION_RESOLUTION_FAILURE',
    (agent: Agent) => agent.post('/graphql').send({ query: 'query A { __typename }', operationName: 'B' }),
  ],
  [
    'two operations and no name',
    400,
    'OPERATION_RESOLUTION_FAILURE',
    (agent: Agent) => agent.post('/graphql').send({ query: 'query A { __typename } query B { __typename }' }),
  ],
  [
    'a subscription',
    400,
    'OPERATION_RESOLUTION_FAILURE',
    (agent: Agent) => agent.post('/graphql').send({ query: 'subscription { x }' }),
  ],
  [
    'an unknown field',
    400,
    'GRAPHQL_VALIDATION_FAILED',
    (agent: Agent) => agent.post('/graphql').send({ query: '{ tenat }' }),
  ],
  [
    'a variable of the wrong type',
    400,
    'BAD_USER_INPUT',
    (agent: Agent) =>
      agent
        .post('/graphql')
        .send({ query: 'query ($n: Int) { tenants(first: $n) { totalCount } }', variables: { n: 'many' } }),
  ],
])('%s is answered %i %s in JSON', async (_what, status, code, send) => {
  const answer = await send(http());
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toMatch(/json/);
  expect(answer.body.errors[0].extensions.code).toBe(code);
  expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|at .*\.js/);
});

test('a variable of the wrong type is named with its place', async () => {
  const query = 'query ($filter: TenantFilter) { tenants(filter: $filter) { totalCount } }';
  const { body } = await http()
    .post('/graphql')
    .send({ query, variables: { filter: { status: 'ACTIV' } } });
  expect(body.errors).toHaveLength(1);
  expect(body.errors[0].extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: [
      {
        path: '$filter.status',
        constraint: 'type',
        message: 'Value "ACTIV" does not exist in "TenantStatus" enum.',
      },
    ],
  });
});

test('a moment in a variable that is none is refused before any system is asked', async () => {
  const query = `mutation ($input: SubmitLeadInput!) { submitLead(input: $input) { id } }`;
  const input = { tenantSlug: 'digiwedge', email: 'jo@example.com', consentGiven: true, consentAt: 'soon' };
  const { status, body } = await http().post('/graphql').send({ query, variables: { input } });
  expect([status, body.errors.length]).toEqual([400, 1]);
  expect(body.errors[0].message).toContain('got invalid value "soon" at "input.consentAt"');
  expect(body.errors[0].extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: [{ path: '$input.consentAt', constraint: 'type' }],
  });
});

test.each([
  ['a day', '', '"2026-01-01"'],
  ['a number', '', '1767225600'],
  ['the default of a variable', '($since: DateTime = "soon")', '$since'],
])(
  'what is no moment in a document, %s, is refused before any mutation runs',
  async (_what, declared, moment) => {
    const { id } = await bareTenant(graph);
    const slug = uniqueName('never');
    const query = `mutation ${declared} {
    createTenant(input: { slug: "${slug}", displayName: "Never" }) { id }
    createCustomer(input: { tenantId: "${id}", email: "jo@example.com", memberSince: ${moment} }) { id }
  }`;
    const { status, body } = await http().post('/graphql').send({ query });
    expect(status).toBe(400);
    expect(body.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await graph.ask(`{ tenant(slug: "${slug}") { id } }`)).toEqual({ tenant: null });
  },
);

test('a moment may stand in a document, and as the default of a variable', async () => {
  const { id } = await bareTenant(graph);
  const query = `mutation ($since: DateTime = "2026-01-11T10:30:00+02:00") {
    createCustomer(input: {
      tenantId: "${id}", email: "jo@example.com", memberSince: $since, lastBookingAt: "2026-02-01T08:00:00Z"
    }) { memberSince lastBookingAt }
  }`;
  expect((await graph.ask(query)).createCustomer).toEqual({
    memberSince: '2026-01-11T08:30:00.000Z',
    lastBookingAt: '2026-02-01T08:00:00.000Z',
  });
});

test.each([
  ['POST', (agent: Agent, body: object) => agent.post('/graphql').send(body)],
  [
    'GET',
    (agent: Agent, body: object) => agent.get('/graphql').query(body).set('apollo-require-preflight', 'true'),
  ],
])('an empty operationName is none in a %s', async (_method, send) => {
  const one = await send(http(), { query: 'query A { __typename }', operationName: '' });
  expect([one.status, one.body]).toEqual([200, { data: { __typename: 'Query' } }]);
  const two = 'query A { __typename } query B { __typename }';
  const several = await send(http(), { query: two, operationName: '' });
  expect(several.body.errors[0].extensions.code).toBe('OPERATION_RESOLUTION_FAILURE');
});

test('every answer has a request id: the caller’s own where it is plain, a new one otherwise', async () => {
  const own = await http().get('/health/live').set('x-request-id', 'order-66');
  expect(own.headers['x-request-id']).toBe('order-66');
  const strange = await http().get('/health/live').set('x-request-id', 'a b;c');
  expect(strange.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('health names each dependency', async () => {
  expect((await http().get('/health/live')).body).toEqual({ status: 'live' });
  const ready = await http().get('/health/ready');
  expect(ready.status).toBe(200);
  expect(ready.body).toEqual({
    status: 'ready',
    dependencies: { 'access-control': 'up', crm: 'up', teetime: 'up', scl: 'up', messaging: 'up' },
  });
});

test('no page is served where GraphQL is', async () => {
  const answer = await http().get('/graphql').set('accept', 'text/html');
  expect(answer.status).toBe(406);
  expect(answer.headers['content-type']).not.toMatch(/html/);
});

test('GraphiQL is served whole, with nothing to load from elsewhere', async () => {
  const page = await http().get('/');
  expect(page.status).toBe(200);
  expect(page.headers['content-type']).toMatch(/html/);
  expect(page.text).toContain('GraphiQL');
  expect(page.text.match(/<(script|link)[^>]+(src|href)="https?:[^"]*"/g) ?? []).toEqual([]);
});

type Agent = ReturnType<typeof request.agent>;
