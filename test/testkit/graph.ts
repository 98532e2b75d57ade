import pino from 'pino';
import { createGateway, type Gateway } from '../../gateway/gateway';
import { readSupergraph } from '../../gateway/supergraph';
import { createPlatform } from '../../platform';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import type { HttpServer } from '../../shared/http/http-server';
import { bySubgraph } from '../../shared/settings';
import { createHttpTransport, type HttpTransport } from '../../shared/subgraph/http-transport';
import { type SubgraphName, subgraphNames } from '../../shared/subgraph/names';
import { serveSubgraph } from '../../shared/subgraph/serve-subgraph';
import { createTenantDirectory } from '../../shared/tenancy/tenant-directory';
import { loadSubgraph } from '../../subgraphs/modules';
import { createTestDatabase, type TestDatabase } from './test-database';

/** One answer of the graph over HTTP. */
export interface Answer<Data> {
  status: number;
  data: Data;
  errors?: {
    message: string;
    path?: (string | number)[];
    extensions: { code: string; fields?: { path: string; constraint: string; message: string }[] };
  }[];
}

// biome-ignore lint/suspicious/noExplicitAny: a story reads answers whose shape its own query states
type AnyData = any;

/** A running graph with a database of its own, spoken to over HTTP as its users do. */
export interface TestGraph {
  readonly url: string;
  readonly database: TestDatabase;
  request<Data = AnyData>(query: string, variables?: Record<string, unknown>): Promise<Answer<Data>>;
  /** The data of an answer that must have no errors. */
  ask<Data = AnyData>(query: string, variables?: Record<string, unknown>): Promise<Data>;
  /** The first error's code of an answer that must have one. */
  refusal(query: string, variables?: Record<string, unknown>): Promise<string>;
  /** How many statements each subgraph sends while `work` runs. One-process shape only. */
  countStatements(work: () => Promise<unknown>): Promise<Record<SubgraphName, number>>;
  /** Ends one subgraph's process, so to say. Distributed shape only. */
  stopSubgraph(name: SubgraphName): Promise<void>;
  stop(): Promise<void>;
}

type Shape = 'one process' | 'distributed';

const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });

/** Stories count statements; those that read models send by themselves would be among them. */
const NOT_WITHIN_A_TEST_MS = 3_600_000;

/** Starts the graph in one of its shapes on a fresh clone of the migrated template. */
export async function startGraph(
  shape: Shape = 'one process',
  { followIntervalMs = NOT_WITHIN_A_TEST_MS } = {},
): Promise<TestGraph> {
  const database = await createTestDatabase();
  const running =
    shape === 'one process'
      ? await startOneProcess(database, followIntervalMs)
      : await startDistributed(database);
  const url = await running.gateway.http.listen('127.0.0.1', 0);

  async function request<Data>(query: string, variables?: Record<string, unknown>): Promise<Answer<Data>> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, ...((await response.json()) as Omit<Answer<Data>, 'status'>) };
  }

  return {
    url,
    database,
    request,
    async ask<Data>(query: string, variables?: Record<string, unknown>) {
      const { data, errors } = await request<Data>(query, variables);
      if (errors) throw new Error(`The graph answered errors: ${JSON.stringify(errors)}`);
      return data;
    },
    async refusal(query, variables) {
      const { errors } = await request(query, variables);
      const code = errors?.[0]?.extensions.code;
      if (code === undefined) throw new Error('The graph did not refuse the request');
      return code;
    },
    async countStatements(work) {
      const before = { ...running.statements };
      await work();
      return bySubgraph((name) => running.statements[name] - before[name]);
    },
    stopSubgraph: (name) => running.stopSubgraph(name),
    async stop() {
      await running.stop();
      await database.drop();
    },
  };
}

interface RunningGraph {
  gateway: Gateway;
  statements: Record<SubgraphName, number>;
  stopSubgraph(name: SubgraphName): Promise<void>;
  stop(): Promise<void>;
}

async function startOneProcess(database: TestDatabase, followIntervalMs: number): Promise<RunningGraph> {
  const statements = bySubgraph(() => 0);
  const platform = await createPlatform({
    databases: bySubgraph(() => ({ url: database.url })),
    poolSize: 4,
    isProduction: false,
    logger,
    followIntervalMs,
    onStatement: (subgraph) => {
      statements[subgraph] += 1;
    },
  });
  return {
    gateway: platform.gateway,
    statements,
    stopSubgraph: async () => {
      throw new Error('Only a subgraph of the distributed shape can be stopped alone');
    },
    stop: () => platform.stop(),
  };
}

async function startDistributed(database: TestDatabase): Promise<RunningGraph> {
  const transports: Partial<Record<SubgraphName, HttpTransport>> = {};
  const stops: Partial<Record<SubgraphName, () => Promise<void>>> = {};
  for (const name of subgraphNames) {
    const { url, stop } = await serveOverHttp(name, database, transports['access-control']);
    transports[name] = createHttpTransport({ url: `${url}/graphql`, timeoutMs: 5_000 });
    stops[name] = stop;
  }
  const gateway = await createGateway({
    supergraphSdl: await readSupergraph(),
    transports: transports as Record<SubgraphName, HttpTransport>,
    isProduction: false,
    logger,
  });
  const stopSubgraph = async (name: SubgraphName) => {
    await stops[name]?.();
    delete stops[name];
  };
  return {
    gateway,
    statements: bySubgraph(() => 0),
    stopSubgraph,
    async stop() {
      await gateway.stop();
      for (const name of subgraphNames) await stopSubgraph(name);
      await Promise.all(Object.values(transports).map((transport) => transport.close()));
    },
  };
}

async function serveOverHttp(
  name: SubgraphName,
  testDatabase: TestDatabase,
  accessControl: HttpTransport | undefined,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const module = await loadSubgraph(name);
  const database = await openSubgraphDatabase(module, {
    location: { url: testDatabase.url },
    poolSize: 4,
    logger,
  });
  const unused = {
    execute: async () => Promise.reject(new Error('not asked')),
    checkHealth: async () => undefined,
  };
  const tenants = createTenantDirectory(accessControl ?? unused);
  const subgraph = await module.create({ database, tenants, logger });
  const http: HttpServer = serveSubgraph(subgraph, logger);
  return {
    url: await http.listen('127.0.0.1', 0),
    async stop() {
      await http.close();
      await subgraph.stop();
      await database.close();
    },
  };
}
