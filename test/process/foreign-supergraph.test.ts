import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { GraphQLError } from 'graphql';
import { freePort } from '../../shared/free-port';
import { systemCall } from '../../shared/subgraph/transport';
import { composeTestGraph } from '../execution/graphs/test-graph';
import { type Program, printedAuthorization, startProgram } from '../testkit/child-process';

jest.setTimeout(60_000);

const { supergraphSdl, transportOf } = composeTestGraph({
  fruit: {
    sdl: 'type Query { fruit: [Fruit] ripe: Boolean } type Fruit @key(fields: "id") { id: ID! name: String }',
    resolvers: {
      Query: {
        fruit: () => [{ id: '1', name: 'fig' }],
        ripe: () => {
          throw new GraphQLError('It is winter', { extensions: { code: 'OUT_OF_SEASON', until: 'May' } });
        },
      },
    },
  },
  // A name that a subgraph of the product has.
  crm: {
    sdl: 'type Fruit @key(fields: "id") { id: ID! price: Int }',
    resolvers: { Fruit: { price: () => 3 } },
  },
});

let servers: Server[];
let received: { subgraph: string; headers: IncomingMessage['headers'] }[];
let directory: string;
let gateway: Program;
let url: string;
beforeAll(async () => {
  received = [];
  const addresses = await Promise.all(['fruit', 'crm'].map(serve));
  servers = addresses.map(({ server }) => server);
  const sdl = addresses.reduce(
    // In another order than ours is written in.
    (written, { subgraph, address }) =>
      written.replace(
        `(name: "${subgraph}", url: "http://${subgraph}.example/graphql")`,
        `(url: "${address}" name: "${subgraph}")`,
      ),
    supergraphSdl,
  );
  directory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-foreign-'));
  const file = path.join(directory, 'foreign.graphql');
  await writeFile(file, sdl);
  const port = await freePort();
  gateway = startProgram('gateway/start-gateway.js', {
    SUPERGRAPH_FILE: file,
    DATA_DIR: directory,
    PORT: String(port),
  });
  await gateway.printed('Try: curl');
  url = `http://localhost:${port}`;
});
afterAll(async () => {
  gateway.process.kill('SIGTERM');
  await gateway.ended;
  for (const server of servers) server.close();
  await rm(directory, { recursive: true });
});

/** Serves a subgraph as somebody else would. */
async function serve(subgraph: string): Promise<{ subgraph: string; server: Server; address: string }> {
  const { execute } = transportOf(subgraph);
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return void response.writeHead(404).end();
    received.push({ subgraph, headers: request.headers });
    const answer = await execute(JSON.parse(await text(request)), systemCall('foreign'));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { subgraph, server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql` };
}

test('the gateway serves the supergraph of a file, and tells no foreign subgraph who calls', async () => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: printedAuthorization(gateway) },
    body: JSON.stringify({ query: '{ fruit { name price } }' }),
  });
  expect(await response.json()).toEqual({ data: { fruit: [{ name: 'fig', price: 3 }] } });
  expect(received.map(({ subgraph, headers }) => [subgraph, headers.authorization !== undefined])).toEqual([
    ['fruit', false],
    ['crm', true],
  ]);
});

test('a foreign subgraph has codes and messages of its own', async () => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: printedAuthorization(gateway) },
    body: JSON.stringify({ query: '{ ripe }' }),
  });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    data: { ripe: null },
    errors: [
      {
        message: 'It is winter',
        path: ['ripe'],
        extensions: { code: 'OUT_OF_SEASON', until: 'May', serviceName: 'fruit' },
      },
    ],
  });
});

test('a foreign subgraph is asked for its health in GraphQL', async () => {
  const response = await fetch(`${url}/health/ready`);
  expect(await response.json()).toEqual({ status: 'degraded', dependencies: { fruit: 'up', crm: 'down' } });
});

test('a file that is not there ends the start with a line that says so', async () => {
  const program = startProgram('gateway/start-gateway.js', {
    SUPERGRAPH_FILE: path.join(directory, 'nothing.graphql'),
    DATA_DIR: directory,
  });
  expect(await program.ended).toBe(1);
  expect(program.output()).toMatch(/The supergraph cannot be read: .*nothing\.graphql/);
});
