import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { createGateway, type Gateway } from '../../gateway/gateway';
import { createIdentify } from '../../gateway/identity/identify';
import type { Identity } from '../../gateway/identity/identity';
import { type LocalClaims, type LocalIssuer, openLocalIssuer } from '../../gateway/identity/local-issuer';
import { readSupergraph } from '../../gateway/supergraph';
import { createPlatform } from '../../platform';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import type { DeprovisioningSettings } from '../../shared/deprovisioning-settings';
import { type DoorSettings, defaultDoor } from '../../shared/door-settings';
import { defaultEvents, type EventSettings } from '../../shared/event-settings';
import { freePort } from '../../shared/free-port';
import type { HttpServer } from '../../shared/http/http-server';
import { createCallerKeys, type InternalCaller, openCallerKey } from '../../shared/identity/internal-keys';
import { createViewerReceiver, createViewerSigner } from '../../shared/identity/internal-token';
import type { Limits } from '../../shared/limit-settings';
import { createMetrics } from '../../shared/metrics/metrics';
import type { MetricsAccess } from '../../shared/metrics-settings';
import type { PublicLeadSettings } from '../../shared/public-lead-settings';
import { bySubgraph } from '../../shared/settings';
import type { DeprecatedUse } from '../../shared/subgraph/deprecated-use';
import { createHttpTransport, type HttpTransport } from '../../shared/subgraph/http-transport';
import { type SubgraphName, schemaOf, subgraphNames } from '../../shared/subgraph/names';
import { serveSubgraph } from '../../shared/subgraph/serve-subgraph';
import type { Subgraph } from '../../shared/subgraph/subgraph';
import { createTenantDirectory } from '../../shared/tenancy/tenant-directory';
import { loadSubgraph } from '../../subgraphs/modules';
import { eventually } from './eventually';
import { createTestDatabase, type TestDatabase } from './test-database';

/** One answer of the graph over HTTP. */
export interface Answer<Data> {
  status: number;
  data: Data;
  extensions?: { deprecation?: DeprecatedUse[] };
  errors?: {
    message: string;
    path?: (string | number)[];
    extensions: { code: string; fields?: { path: string; constraint: string; message: string }[] };
  }[];
}

// biome-ignore lint/suspicious/noExplicitAny: a story reads answers whose shape its own query states
type AnyData = any;

/** Somebody who speaks to a graph over HTTP. */
export interface Caller {
  request<Data = AnyData>(query: string, variables?: Record<string, unknown>): Promise<Answer<Data>>;
  /** The data of an answer that must have no errors. */
  ask<Data = AnyData>(query: string, variables?: Record<string, unknown>): Promise<Data>;
  /** The first error's code of an answer that must have one. */
  refusal(query: string, variables?: Record<string, unknown>): Promise<string>;
}

/** A running graph with a database of its own. By itself it is spoken to as a platform administrator. */
export interface TestGraph extends Caller {
  readonly url: string;
  /** Where each process of the graph listens, the gateway's first. */
  readonly processUrls: string[];
  readonly database: TestDatabase;
  /** Issues the tokens that this graph accepts. */
  readonly issuer: LocalIssuer;
  /** The header of the platform administrator: `Bearer …`. */
  readonly authorization: string;
  /** Whoever sends no token. */
  readonly anonymous: Caller;
  /** Somebody with a token of these claims, and with `headers` beside it. */
  as(claims: LocalClaims, headers?: Record<string, string>): Caller;
  /** A subgraph itself, without the gateway before it. One-process shape only. */
  subgraph(name: SubgraphName): Subgraph;
  /** Resolves when every event has been handed on, so that nothing goes on beside what a test asks. */
  settled(): Promise<void>;
  /** How many statements each subgraph sends while `work` runs. One-process shape only. */
  countStatements(work: () => Promise<unknown>): Promise<Record<SubgraphName, number>>;
  /** What a process's metrics say of one of them; the gateway's process unless given. In one process there is one. */
  metric(name: string, process?: SubgraphName | 'gateway'): Promise<number>;
  /** Ends one subgraph's process, so to say. Distributed shape only. */
  stopSubgraph(name: SubgraphName): Promise<void>;
  /** Starts one that was stopped, where it was before. Distributed shape only. */
  startSubgraph(name: SubgraphName): Promise<void>;
  stop(): Promise<void>;
}

type Shape = 'one process' | 'distributed';

const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });

/** Stories count statements; those that read models send by themselves would be among them. */
const NOT_WITHIN_A_TEST_MS = 3_600_000;

/** Stories ask more in a minute than callers may, all of them from one address. */
const unlimitedDoor: DoorSettings = {
  ...defaultDoor,
  rateLimits: { reads: 0, writes: 0, leadsPerAddress: 0, leadsPerTenant: 0 },
};

/** Stories' webhooks are received by this machine. */
const localEvents: EventSettings = { ...defaultEvents, webhooks: { allowPrivate: true } };

/** How the gateway meets the internet, without limits unless given, what public leads must pass, and how tenants go. */
interface PublicSettings {
  door?: DoorSettings;
  publicLeads?: PublicLeadSettings;
  events?: EventSettings;
  limits?: Limits;
  isProduction?: boolean;
  deprovisioning?: DeprovisioningSettings;
  /** Everybody unless given, as in development. */
  metricsAccess?: MetricsAccess;
}

/** Starts the graph in one of its shapes on a fresh clone of the migrated template. */
export async function startGraph(
  shape: Shape = 'one process',
  {
    followIntervalMs = NOT_WITHIN_A_TEST_MS,
    door = unlimitedDoor,
    publicLeads,
    events = localEvents,
    limits,
    isProduction = false,
    deprovisioning,
    metricsAccess = 'everybody',
  }: PublicSettings & { followIntervalMs?: number } = {},
): Promise<TestGraph> {
  const database = await createTestDatabase();
  const directory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-identity-'));
  const issuer = await openLocalIssuer(directory);
  const identity: Identity = { identify: createIdentify(issuer, createMetrics()), localIssuer: issuer };
  const running =
    shape === 'one process'
      ? await startOneProcess(database, identity, followIntervalMs, {
          door,
          publicLeads,
          events,
          limits,
          isProduction,
          deprovisioning,
          metricsAccess,
        })
      : await startDistributed(database, identity, directory, {
          door,
          publicLeads,
          events,
          limits,
          isProduction,
          metricsAccess,
        });
  const url = await running.gateway.http.listen('127.0.0.1', 0);
  const authorization = await bearer(issuer, { roles: ['PLATFORM_ADMIN'], sub: 'operator' });

  const ownUrls = subgraphNames.flatMap((name) => running.urlOf(name) ?? []);

  return {
    url,
    processUrls: [url, ...ownUrls],
    database,
    issuer,
    authorization,
    anonymous: createCaller(url, async () => ({})),
    as(claims, headers = {}) {
      const token = bearer(issuer, claims);
      return createCaller(url, async () => ({ ...headers, authorization: await token }));
    },
    ...createCaller(url, async () => ({ authorization })),
    settled: () => eventsHandedOn(database),
    async countStatements(work) {
      await eventsHandedOn(database);
      const before = { ...running.statements };
      await work();
      return bySubgraph((name) => running.statements[name] - before[name]);
    },
    subgraph: (name) => running.subgraph(name),
    metric: async (name, process = 'gateway') => readMetric(running.urlOf(process) ?? url, name),
    stopSubgraph: (name) => running.stopSubgraph(name),
    startSubgraph: (name) => running.startSubgraph(name),
    async stop() {
      await running.stop();
      await database.drop();
      await rm(directory, { recursive: true });
    },
  };
}

async function eventsHandedOn(database: TestDatabase): Promise<void> {
  const waiting = subgraphNames
    .map(
      (name) =>
        `SELECT FROM ${schemaOf(name)}_jobs.job WHERE name IN ('outbox', 'provisioning') OR name LIKE 'events-%'`,
    )
    .join(' UNION ALL ');
  await eventually(
    () => database.query(waiting),
    (jobs) => expect(jobs).toEqual([]),
  );
}

const TOKEN_LIVES_S = 3_600;

async function bearer(issuer: LocalIssuer, claims: LocalClaims): Promise<string> {
  return `Bearer ${await issuer.issue(claims, TOKEN_LIVES_S)}`;
}

function createCaller(url: string, headers: () => Promise<Record<string, string>>): Caller {
  async function request<Data>(query: string, variables?: Record<string, unknown>): Promise<Answer<Data>> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(await headers()) },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, ...((await response.json()) as Omit<Answer<Data>, 'status'>) };
  }

  return {
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
  };
}

async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`There is no metric ${name}`);
  return Number(value);
}

interface RunningGraph {
  gateway: Gateway;
  statements: Record<SubgraphName, number>;
  subgraph(name: SubgraphName): Subgraph;
  /** Where a process of its own listens; `null` for the gateway's. */
  urlOf(process: SubgraphName | 'gateway'): string | null;
  stopSubgraph(name: SubgraphName): Promise<void>;
  startSubgraph(name: SubgraphName): Promise<void>;
  stop(): Promise<void>;
}

async function startOneProcess(
  database: TestDatabase,
  identity: Identity,
  followIntervalMs: number,
  settings: PublicSettings,
): Promise<RunningGraph> {
  const statements = bySubgraph(() => 0);
  const platform = await createPlatform({
    databases: bySubgraph(() => ({ url: database.url })),
    poolSize: 4,
    identity,
    logger,
    followIntervalMs,
    metrics: createMetrics(),
    isProduction: false,
    ...settings,
    onStatement: (subgraph) => {
      statements[subgraph] += 1;
    },
  });
  return {
    gateway: platform.gateway,
    subgraph: (name) => platform.subgraphs[name],
    urlOf: () => null,
    statements,
    stopSubgraph: notAlone,
    startSubgraph: notAlone,
    stop: () => platform.stop(),
  };
}

async function notAlone(): Promise<never> {
  throw new Error('Only a subgraph of the distributed shape can be stopped or started alone');
}

async function startDistributed(
  database: TestDatabase,
  identity: Identity,
  keysDirectory: string,
  { door, publicLeads, events, limits, isProduction = false, metricsAccess }: PublicSettings,
): Promise<RunningGraph> {
  const ports = new Map<string, number>();
  for (const name of subgraphNames) ports.set(name, await freePort());
  const transportsOf = async (caller: InternalCaller) => {
    const key = await openCallerKey(keysDirectory, caller, { isProduction: false });
    return bySubgraph((audience) =>
      createHttpTransport({
        url: `http://127.0.0.1:${ports.get(audience)}/graphql`,
        timeoutMs: 5_000,
        sign: createViewerSigner({ caller, audience, key }),
      }),
    );
  };
  const stops: Partial<Record<SubgraphName, () => Promise<void>>> = {};
  const startSubgraph = async (name: SubgraphName) => {
    const transports = await transportsOf(name);
    const http = await serveOverHttp(name, database, transports, keysDirectory, {
      publicLeads,
      metricsAccess,
      events,
    });
    await http.listen('127.0.0.1', ports.get(name) ?? 0);
    stops[name] = http.stop;
  };
  for (const name of subgraphNames) await startSubgraph(name);
  const transports = await transportsOf('gateway');
  const metrics = createMetrics();
  const gateway = await createGateway({
    supergraphSdl: await readSupergraph(),
    transports,
    identity,
    tenants: createTenantDirectory({ accessControl: transports['access-control'], metrics, logger }),
    isProduction,
    door,
    limits,
    metrics,
    metricsAccess,
    logger,
  });
  const stopSubgraph = async (name: SubgraphName) => {
    await stops[name]?.();
    delete stops[name];
  };
  return {
    gateway,
    statements: bySubgraph(() => 0),
    subgraph: () => {
      throw new Error('The subgraphs of the distributed shape are spoken to over HTTP');
    },
    urlOf: (name) => (ports.has(name) ? `http://127.0.0.1:${ports.get(name)}` : null),
    stopSubgraph,
    startSubgraph,
    async stop() {
      await gateway.stop();
      for (const name of subgraphNames) await stopSubgraph(name);
      await Promise.all(Object.values(transports).map((transport) => transport.close()));
    },
  };
}

/** Serves one subgraph behind HTTP as `npm run start:subgraph` does; it listens when told to. */
export async function serveOverHttp(
  name: SubgraphName,
  testDatabase: TestDatabase,
  subgraphs: Record<SubgraphName, HttpTransport>,
  keysDirectory: string,
  {
    publicLeads,
    events,
    metricsAccess,
  }: Pick<PublicSettings, 'publicLeads' | 'events' | 'metricsAccess'> = {},
): Promise<{ listen: HttpServer['listen']; stop: () => Promise<void> }> {
  const module = await loadSubgraph(name);
  const database = await openSubgraphDatabase(module, {
    location: { url: testDatabase.url },
    poolSize: 4,
    logger,
  });
  const metrics = createMetrics();
  const tenants = createTenantDirectory({ accessControl: subgraphs['access-control'], metrics, logger });
  const dependencies = { database, tenants, subgraphs, metrics, logger, publicLeads, events };
  const subgraph = await module.create(dependencies);
  const receiveViewer = createViewerReceiver({ audience: name, keys: createCallerKeys(keysDirectory) });
  const http = serveSubgraph(subgraph, { receiveViewer, metrics, metricsAccess, logger });
  return {
    listen: http.listen,
    async stop() {
      await http.close();
      await database.jobs.stop();
      await subgraph.stop();
      await Promise.all(Object.values(subgraphs).map((transport) => transport.close()));
      await database.close();
    },
  };
}
