import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { createGateway, type Gateway } from '../../gateway/gateway';
import { createIdentify } from '../../gateway/identity/identify';
import { readSupergraph } from '../../gateway/supergraph';
import { defaultLimits } from '../../shared/limit-settings';
import { createMetrics } from '../../shared/metrics/metrics';
import { bySubgraph } from '../../shared/settings';
import { createHttpTransport, type HttpTransport } from '../../shared/subgraph/http-transport';
import { subgraphNames } from '../../shared/subgraph/names';
import type { SubgraphTransport } from '../../shared/subgraph/transport';
import { createTenantDirectory, type TenantDirectory } from '../../shared/tenancy/tenant-directory';
import { addDemoData } from '../testkit/demo-graph';
import { startGraph, type TestGraph } from '../testkit/graph';

const SUBGRAPH_TIMEOUT_MS = 1_000;
const REQUEST_MS = 4_000;
const silent = pino({ level: 'silent' });

function directoryOf(one: TestGraph): TenantDirectory {
  const accessControl = one.subgraph('access-control');
  return createTenantDirectory({ accessControl, metrics: createMetrics(), logger: silent });
}

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

let graph: TestGraph;
let faulty: Server;
let behave: Behaviour;
let received: number;
let transport: HttpTransport;
let gateway: Gateway;
let url: string;
beforeAll(async () => {
  graph = await startGraph();
  await addDemoData(graph);
  faulty = createServer((request, response) => {
    received += 1;
    request.resume().on('end', () => behave(request, response));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => faulty.once('listening', resolve));
  const { port } = faulty.address() as AddressInfo;
  transport = createHttpTransport({
    url: `http://127.0.0.1:${port}/graphql`,
    timeoutMs: SUBGRAPH_TIMEOUT_MS,
    sign: async () => 'a token that nobody checks here',
  });
  const transports: Record<(typeof subgraphNames)[number], SubgraphTransport> = {
    ...bySubgraph((name) => graph.subgraph(name)),
    teetime: transport,
  };
  gateway = await createGateway({
    supergraphSdl: await readSupergraph(),
    transports,
    identity: { identify: createIdentify(graph.issuer, createMetrics()), localIssuer: graph.issuer },
    tenants: directoryOf(graph),
    isProduction: false,
    metrics: createMetrics(),
    limits: { ...defaultLimits, requestMs: REQUEST_MS },
    logger: silent,
  });
  url = await gateway.http.listen('127.0.0.1', 0);
});
afterAll(async () => {
  await gateway.stop();
  faulty.closeAllConnections();
  faulty.close();
  await transport.close();
  await graph.stop();
});
beforeEach(() => {
  received = 0;
});

async function ask(query: string) {
  const startedAt = Date.now();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: graph.authorization },
    body: JSON.stringify({ query }),
  });
  return { took: Date.now() - startedAt, ...(await response.json()) };
}

const faults: [string, Behaviour][] = [
  ['hangs', () => undefined],
  ['resets the connection', (request) => request.socket.resetAndDestroy()],
  [
    'closes the connection in the middle',
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"data":');
      setTimeout(() => response.destroy(), 20);
    },
  ],
  ['answers 500', (_request, response) => response.writeHead(500).end('<h1>at /srv/app.js:1:1</h1>')],
  [
    'answers 500 with errors of its own',
    (_request, response) => {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ message: 'relation "club" does not exist' }] }));
    },
  ],
  ['answers text that is not JSON', (_request, response) => response.writeHead(200).end('{"data":')],
  [
    'answers what only looks like GraphQL',
    (_request, response) => response.writeHead(200).end('{"data":5,"errors":"x"}'),
  ],
  ['answers JSON that is not GraphQL', (_request, response) => response.writeHead(200).end('[1, 2]')],
  [
    'answers 60 MB',
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const megabyte = Buffer.alloc(1024 * 1024, 0x20);
      let left = 60;
      const write = () => {
        while (left > 0 && !response.destroyed) {
          left -= 1;
          if (!response.write(megabyte)) return void response.once('drain', write);
        }
        response.end('{"data":{}}');
      };
      write();
    },
  ],
  [
    'answers a byte now and then',
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 50);
      response.once('close', () => clearInterval(timer));
    },
  ],
];

test.each(faults)('a subgraph that %s costs its own fields and no more', async (_what, behaviour) => {
  behave = behaviour;
  const { data, errors, took } = await ask(
    '{ tenant(slug: "digiwedge") { displayName clubs { name } customers(first: 1) { totalCount } } }',
  );
  expect(data.tenant).toMatchObject({ displayName: 'DigiWedge', clubs: null });
  expect(data.tenant.customers.totalCount).toBeGreaterThan(0);
  expect(errors.length).toBeGreaterThan(0);
  expect(JSON.stringify(errors)).not.toMatch(/relation|srv|127\.0\.0\.1|ECONN|JSON/);
  expect(took).toBeLessThan(REQUEST_MS + 500);
});

test.each(faults)('a mutation is sent once to a subgraph that %s', async (_what, behaviour) => {
  behave = behaviour;
  const { data, errors, took } = await ask(
    `mutation { createClub(input: { tenantId: "fd3c07a1-8038-5e37-beb6-537fda68d644", clubCode: "x", name: "X" }) { id } }`,
  );
  expect(data).toBeNull();
  expect(errors[0].extensions.code).toMatch(/SUBGRAPH_UNAVAILABLE|INTERNAL_SERVER_ERROR/);
  expect(received).toBe(1);
  expect(took).toBeLessThan(REQUEST_MS + 500);
});

test('of a subgraph that tells 10 000 errors 500 are answered, and how many more there were', async () => {
  const refused = { message: 'no', path: ['_entities', 0, 'clubs'], extensions: { code: 'NOT_FOUND' } };
  behave = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ data: { _entities: [null] }, errors: Array(10_000).fill(refused) }));
  };
  const { data, errors, extensions } = await ask(
    '{ tenant(slug: "digiwedge") { displayName clubs { name } } }',
  );
  expect(data).toEqual({ tenant: { displayName: 'DigiWedge', clubs: null } });
  expect(errors).toHaveLength(500);
  expect(extensions).toEqual({ errorsLeftOut: 9_500 });
});

test('a subgraph inside of the process that hangs is not waited for longer than the request may take', async () => {
  const waiting = { ...graph.subgraph('teetime'), execute: () => new Promise<never>(() => undefined) };
  const slow = await createGateway({
    supergraphSdl: await readSupergraph(),
    transports: { ...bySubgraph((name) => graph.subgraph(name)), teetime: waiting },
    identity: { identify: createIdentify(graph.issuer, createMetrics()), localIssuer: graph.issuer },
    tenants: directoryOf(graph),
    isProduction: false,
    metrics: createMetrics(),
    limits: { ...defaultLimits, requestMs: 500 },
    logger: silent,
  });
  const address = await slow.http.listen('127.0.0.1', 0);
  const startedAt = Date.now();
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: graph.authorization },
    body: JSON.stringify({ query: '{ tenant(slug: "digiwedge") { displayName clubs { name } } }' }),
  });
  const { data, errors } = (await response.json()) as {
    data: unknown;
    errors: { extensions: { code: string } }[];
  };
  expect(Date.now() - startedAt).toBeLessThan(1_500);
  expect(data).toEqual({ tenant: { displayName: 'DigiWedge', clubs: null } });
  expect(errors[0]?.extensions.code).toBe('REQUEST_TIMEOUT');
  await slow.stop();
});
