import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { createMetrics } from '../metrics/metrics';
import { createHttpServer, type HttpServer, type HttpServerOptions } from './http-server';

const running: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((http) => http.close()));
});

/** A server that answers any request at `/graphql` at once. */
function createServer(options: Partial<HttpServerOptions<object>> = {}): HttpServer {
  const http = createHttpServer({
    graphql: { methods: ['GET'], createContext: () => ({}), answer: async () => ({ data: null }) },
    reportHealth: async () => ({ status: 'ready', dependencies: {} }),
    metrics: createMetrics(),
    bodyLimit: 1_000,
    logger: pino({ level: 'silent' }),
    ...options,
  });
  running.push(http);
  return http;
}

const unpooled = { headers: { connection: 'close' } };

test('a server that is told to stop says so and still serves new connections while it drains', async () => {
  const http = createServer({ drainMs: 400 });
  const url = await http.listen('127.0.0.1', 0);
  expect(await (await fetch(`${url}/health/ready`)).json()).toEqual({ status: 'ready', dependencies: {} });
  const startedAt = Date.now();
  const closed = http.close();

  const ready = await fetch(`${url}/health/ready`, unpooled);
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'stopping', dependencies: {} }]);
  const answer = await fetch(`${url}/graphql`, unpooled);
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
  expect((await fetch(`${url}/health/live`, unpooled)).status).toBe(200);

  await closed;
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(390);
  await expect(fetch(`${url}/graphql`, unpooled)).rejects.toThrow();
});

test.each([
  ['without a time to drain', 0, true],
  ['that never listened', 5_000, false],
])('a server %s closes at once', async (_what, drainMs, listens) => {
  const http = createServer({ drainMs });
  if (listens) await http.listen('127.0.0.1', 0);
  const startedAt = Date.now();
  await http.close();
  expect(Date.now() - startedAt).toBeLessThan(1_000);
});

test.each([
  ['never sent a byte', ''],
  ['sent half a request', 'GET /graphql HTTP/1.1\r\nhost: '],
])('a connection that %s keeps no server from closing', async (_what, sent) => {
  const http = createServer();
  const { port } = new URL(await http.listen('127.0.0.1', 0));
  const socket = connect(Number(port), '127.0.0.1');
  await once(http.app.server, 'connection');
  if (sent) socket.write(sent);
  const ended = once(socket.resume(), 'close');
  const startedAt = Date.now();
  await Promise.all([http.close(), ended]);
  expect(Date.now() - startedAt).toBeLessThan(4_000);
});

test('half of a second request on a kept connection keeps no server from closing', async () => {
  const http = createServer();
  const { port } = new URL(await http.listen('127.0.0.1', 0));
  const socket = connect(Number(port), '127.0.0.1');
  socket.write('GET /graphql HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(socket, 'data');
  socket.write('GET /graphql HTTP/1.1\r\nhost: ');
  await delay(100);
  const ended = once(socket.resume(), 'close');
  const startedAt = Date.now();
  await Promise.all([http.close(), ended]);
  expect(Date.now() - startedAt).toBeLessThan(4_000);
});

test('a request that never ends keeps no server from closing for longer than seven seconds', async () => {
  const graphql = {
    methods: ['GET' as const],
    createContext: () => ({}),
    answer: () => new Promise<never>(() => undefined),
  };
  const http = createServer({ graphql });
  const { port } = new URL(await http.listen('127.0.0.1', 0));
  const socket = connect(Number(port), '127.0.0.1');
  socket.write('GET /graphql HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(http.app.server, 'request');
  const ended = once(socket.resume(), 'close');
  const startedAt = Date.now();
  await Promise.all([http.close(), ended]);
  const took = Date.now() - startedAt;
  expect(took).toBeGreaterThanOrEqual(6_990);
  expect(took).toBeLessThan(9_000);
}, 15_000);

test.each(['{"query":', '{"variables":{"__proto__":1}}', '{"a":{"constructor":{"prototype":1}}}'])(
  'the refusal of the body %s is true',
  async (body) => {
    const graphql = { methods: ['POST' as const], createContext: () => ({}), answer: async () => ({}) };
    const url = await createServer({ graphql }).listen('127.0.0.1', 0);
    const headers = { 'content-type': 'application/json', connection: 'close' };
    const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      {
        errors: [
          {
            message:
              'The body is not valid JSON, or has a key __proto__ or constructor.prototype, which is not read',
            extensions: { code: 'BAD_REQUEST' },
          },
        ],
      },
    ]);
  },
);

test('a request that does not come to its end is turned away within five seconds of its time', async () => {
  const http = createServer();
  const { port } = new URL(await http.listen('127.0.0.1', 0));
  http.app.server.requestTimeout = 100;
  const socket = connect(Number(port), '127.0.0.1');
  const startedAt = Date.now();
  socket.write('GET /graphql HTTP/1.1\r\nhost: ');
  let answer = '';
  socket.on('data', (bytes) => {
    answer += bytes.toString();
  });
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1.1 408 /);
  expect(Date.now() - startedAt).toBeLessThan(7_000);
}, 10_000);
