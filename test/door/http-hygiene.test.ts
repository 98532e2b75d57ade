import request from 'supertest';
import { defaultDoor } from '../../shared/door-settings';
import { startGraph, type TestGraph } from '../testkit/graph';

const ADMIN = 'https://admin.example.com';
const QUERY = { query: '{ __typename }' };

let graph: TestGraph;
let closed: TestGraph;
beforeAll(async () => {
  graph = await startGraph('one process', {
    door: { ...defaultDoor, corsOrigins: [ADMIN, 'http://localhost:5173'] },
  });
  closed = await startGraph();
});
afterAll(() => Promise.all([graph.stop(), closed.stop()]));

const http = (of = graph) => request(of.url);
type Agent = ReturnType<typeof http>;

const answers: [string, number, (agent: Agent) => request.Test][] = [
  ['an answer with data', 200, (agent) => agent.post('/graphql').send(QUERY)],
  ['an answer to a refused query', 400, (agent) => agent.post('/graphql').send({ query: '{ nothing }' })],
  ['malformed JSON', 400, (agent) => agent.post('/graphql').type('json').send('{"query":')],
  ['a bad token', 401, (agent) => agent.post('/graphql').set('authorization', 'Bearer x').send(QUERY)],
  ['too large a body', 413, (agent) => agent.post('/graphql').send({ query: 'x'.repeat(2_000_000) })],
  ['a wrong media type', 415, (agent) => agent.post('/graphql').type('text/plain').send('{ x }')],
  ['a path where nothing is', 404, (agent) => agent.get('/nothing')],
  ['health', 200, (agent) => agent.get('/health/live')],
];

test.each(answers)(
  '%s (%i) may be kept by nobody, framed by nobody, and runs nothing',
  async (_what, status, send) => {
    const { headers, status: got } = await send(http());
    expect(got).toBe(status);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['content-security-policy']).toBe(
      "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
    );
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['strict-transport-security']).toContain('max-age=');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(headers['x-powered-by']).toBeUndefined();
  },
);

test.each(['!|g{', 'a b', '%'])('a request to the host %j is refused, not met by a defect', async (host) => {
  const answer = await http().post('/graphql').set('host', host).send(QUERY);
  expect([answer.status, answer.body.errors[0].extensions.code]).toEqual([400, 'BAD_REQUEST']);
});

test('GraphiQL’s page alone may run its own script and speak to this origin', async () => {
  const { headers } = await http().get('/');
  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self' 'unsafe-inline'");
  expect(policy).toContain("connect-src 'self'");
  expect(policy).not.toMatch(/https?:|\*/);
  expect(headers['x-content-type-options']).toBe('nosniff');
});

describe('a page of another origin', () => {
  const preflight = (agent: Agent, origin: string) =>
    agent
      .options('/graphql')
      .set('origin', origin)
      .set('access-control-request-method', 'POST')
      .set('access-control-request-headers', 'authorization,content-type,x-tenant-id');

  test('of the list may ask with its own headers, and reads answers, refusals and when to come back', async () => {
    const asked = await preflight(http(), ADMIN);
    expect(asked.status).toBe(204);
    expect(asked.headers['access-control-allow-origin']).toBe(ADMIN);
    expect(asked.headers['access-control-allow-methods']).toBe('GET, POST');
    expect(String(asked.headers['access-control-allow-headers']).split(', ').sort()).toEqual([
      'apollo-require-preflight',
      'authorization',
      'content-type',
      'x-apollo-operation-name',
      'x-request-id',
      'x-tenant-id',
    ]);
    for (const authorization of [graph.authorization, 'Bearer x']) {
      const answer = await http()
        .post('/graphql')
        .set('origin', ADMIN)
        .set('authorization', authorization)
        .send(QUERY);
      expect(answer.headers['access-control-allow-origin']).toBe(ADMIN);
      expect(answer.headers['access-control-expose-headers']).toBe('x-request-id, retry-after');
      expect(answer.headers['vary']).toMatch(/origin/i);
    }
  });

  test.each(['https://evil.example', `${ADMIN}.evil.example`, 'http://admin.example.com', 'null'])(
    'that is %s gets no leave, and none for credentials',
    async (origin) => {
      for (const { headers } of [
        await preflight(http(), origin),
        await http().post('/graphql').set('origin', origin).send(QUERY),
      ]) {
        expect(headers['access-control-allow-origin']).toBeUndefined();
        expect(headers['access-control-allow-credentials']).toBeUndefined();
      }
    },
  );

  test('gets no leave while no origin is listed', async () => {
    for (const { headers } of [
      await preflight(http(closed), ADMIN),
      await http(closed).post('/graphql').set('origin', ADMIN).send(QUERY),
    ]) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });
});
