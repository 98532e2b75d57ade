import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemViewer } from '../identity/viewer';
import { createHttpTransport, type HttpTransport } from './http-transport';
import { type SubgraphCall, systemCall } from './transport';

const QUERY = { query: '{ clubs { name } }' };

let received: IncomingMessage['headers'][];
let respond: (response: ServerResponse) => void;
let server: Server;
let transports: HttpTransport[];
beforeEach(async () => {
  received = [];
  transports = [];
  respond = (response) => response.end('{"data":{"clubs":[{"name":"Links"}]}}');
  server = createServer((request, response) => {
    received.push(request.headers);
    request.resume().on('end', () => respond(response));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await Promise.all(transports.map((transport) => transport.close()));
});

function transport({ isOurs = true, login = '', timeoutMs = 1_000 } = {}): HttpTransport {
  const made = createHttpTransport({
    url: `http://${login}127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    timeoutMs,
    sign: isOurs ? async ({ subject }) => `of-${subject}` : null,
  });
  transports.push(made);
  return made;
}

const call = (changes: Partial<SubgraphCall> = {}) => ({ ...systemCall('request-1'), ...changes });

test('closing waits for no answer, and whoever waited for one hears that there is none', async () => {
  const arrived = new Promise<void>((resolve) => {
    respond = () => resolve();
  });
  const { execute, close } = transport({ timeoutMs: 5_000 });
  const asked = execute(QUERY, call());
  const failed = expect(asked).rejects.toThrow();
  await arrived;
  const startedAt = Date.now();
  await Promise.all([close(), failed]);
  expect(Date.now() - startedAt).toBeLessThan(1_000);
});

test('equal queries for one viewer at the same time are sent once, and each gets an answer of its own', async () => {
  const { execute } = transport();
  const calls = [call(), call({ requestId: 'request-2' }), call({ requestId: 'request-3' })];
  const [first, ...others] = await Promise.all(calls.map((each) => execute(QUERY, each)));
  expect(received.map((headers) => headers['x-request-id'])).toEqual(['request-1']);
  expect(others).toEqual([first, first]);
  for (const other of others) expect(other.data).not.toBe(first?.data);
});

test.each([
  ['the time that a subgraph has', 100, 5_000, 'AnswerLate'],
  ['the time that the request has', 5_000, 100, 'CodedError'],
])('who asks and who shares fail alike when %s is over', async (_what, timeoutMs, requestMs, name) => {
  respond = () => undefined;
  const { execute } = transport({ timeoutMs });
  const answers = await Promise.allSettled(
    Array.from({ length: 60 }, (_, index) =>
      execute({ ...QUERY, variables: { first: index % 20 } }, call({ deadline: Date.now() + requestMs })),
    ),
  );
  expect(new Set(answers.map((answer) => answer.status === 'rejected' && answer.reason.name))).toEqual(
    new Set([name]),
  );
});

test('equal mutations are sent each', async () => {
  const { execute } = transport();
  const mutation = { query: 'query A { clubs } mutation B { touch }', operationName: 'B' };
  await Promise.all([execute(mutation, call()), execute(mutation, call())]);
  expect(received).toHaveLength(2);
});

test('what is asked after a mutation is not answered by what was asked before it', async () => {
  const { execute } = transport();
  const answer = respond;
  const waiting = new Promise<ServerResponse>((resolve) => {
    respond = resolve;
  });
  const before = execute(QUERY, call());
  const held = await waiting;
  respond = answer;
  await execute({ query: 'mutation { touch }' }, call());
  await execute(QUERY, call());
  expect(received).toHaveLength(3);
  answer(held);
  await before;
});

test('a subgraph of ours is told who calls, from where, and how long the answer is waited for', async () => {
  await transport().execute(QUERY, call({ viewer: systemViewer, address: '192.0.2.7', userAgent: 'form/1' }));
  expect(received[0]).toMatchObject({
    authorization: 'Bearer of-tenant-graph',
    'x-request-id': 'request-1',
    'x-caller-address': '192.0.2.7',
    'x-caller-user-agent': 'form/1',
  });
  expect(Number(received[0]?.['x-remaining-ms'])).toBeGreaterThan(900);
  expect(Number(received[0]?.['x-remaining-ms'])).toBeLessThanOrEqual(1_000);
});

test('a login in the address of a subgraph of others is sent to it', async () => {
  await transport({ isOurs: false, login: 'jo:p%40ss@' }).execute(QUERY, call());
  expect(received[0]?.authorization).toBe(`Basic ${Buffer.from('jo:p@ss').toString('base64')}`);
});

test.each(['{"data":{"clubs":[]},"errors":[null]}', '{"errors":["no"]}'])(
  '%s is no answer of GraphQL',
  async (text) => {
    respond = (response) => response.end(text);
    await expect(transport().execute(QUERY, call())).rejects.toThrow('HTTP 200 without a GraphQL answer');
  },
);

test('what is no JSON, as a proxy answers, is no answer of GraphQL', async () => {
  respond = (response) => response.writeHead(502).end('<h1>Bad gateway</h1>');
  await expect(transport().execute(QUERY, call())).rejects.toThrow('HTTP 502 without a GraphQL answer');
});

test('more than 32 MB are not read', async () => {
  respond = (response) => response.end(`{"data":{"clubs":"${'a'.repeat(32 * 1024 * 1024)}"}}`);
  await expect(transport({ timeoutMs: 10_000 }).execute(QUERY, call())).rejects.toThrow('more than');
});

test('an answer may say that there are no errors', async () => {
  respond = (response) => response.end('{"data":{"clubs":[]},"errors":null}');
  expect((await transport().execute(QUERY, call())).data).toEqual({ clubs: [] });
});

test('what a subgraph of others asks of its callers does not make its answer ours to refuse', async () => {
  respond = (response) =>
    response.writeHead(401, { 'www-authenticate': 'Basic' }).end('{"data":{"clubs":[]}}');
  expect((await transport({ isOurs: false }).execute(QUERY, call())).data).toEqual({ clubs: [] });
  await expect(transport().execute(QUERY, call())).rejects.toThrow('refuses the calls of this process');
});

test('a subgraph of others is told the request id alone', async () => {
  await transport({ isOurs: false }).execute(QUERY, call({ address: '192.0.2.7', userAgent: 'form/1' }));
  expect(received[0]).toMatchObject({ 'x-request-id': 'request-1' });
  const told = Object.keys(received[0] ?? {}).filter((name) => /authorization|caller|remaining/.test(name));
  expect(told).toEqual([]);
});
