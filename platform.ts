import type { Logger } from 'pino';
import { createGateway, type Gateway } from './gateway/gateway';
import type { Identity } from './gateway/identity/identity';
import { readSupergraph } from './gateway/supergraph';
import type { DatabasePool } from './shared/database/database';
import { openSubgraphDatabase } from './shared/database/open-subgraph-database';
import type { DatabaseLocation } from './shared/database/roles';
import type { DeprovisioningSettings } from './shared/deprovisioning-settings';
import type { DoorSettings } from './shared/door-settings';
import type { EventSettings } from './shared/event-settings';
import type { Limits } from './shared/limit-settings';
import type { Metrics } from './shared/metrics/metrics';
import type { MetricsAccess } from './shared/metrics-settings';
import type { PublicLeadSettings } from './shared/public-lead-settings';
import { bySubgraph } from './shared/settings';
import type { SubgraphName } from './shared/subgraph/names';
import type { Subgraph } from './shared/subgraph/subgraph';
import type { SubgraphTransport } from './shared/subgraph/transport';
import { createTenantDirectory } from './shared/tenancy/tenant-directory';
import { loadSubgraphs } from './subgraphs/modules';

export interface PlatformOptions {
  databases: Record<SubgraphName, DatabaseLocation>;
  poolSize: number;
  /** Tells who sends a request to the gateway. */
  identity: Identity;
  isProduction: boolean;
  /** How the gateway meets the internet; its own defaults unless given. */
  door?: DoorSettings;
  /** What one request may ask; `defaultLimits` unless given. */
  limits?: Limits;
  /** What the process counts. */
  metrics: Metrics;
  /** Who may read that; nobody unless given. */
  metricsAccess?: MetricsAccess;
  /** Milliseconds in which connections are still accepted after the stop was asked for; none unless given. */
  drainMs?: number;
  /** What leads of the public must pass; the settings' own defaults unless given. */
  publicLeads?: PublicLeadSettings;
  /** How tenants are removed; the settings' own defaults unless given. */
  deprovisioning?: DeprovisioningSettings;
  /** Milliseconds between two looks at whether registry and systems agree; nobody looks unless given. */
  driftPassMs?: number;
  /** Who hears of events outside of the graph; the settings' own defaults unless given. */
  events?: EventSettings;
  logger: Logger;
  /** Whether this process handles the jobs that wait; unless given it does. A command beside the graph leaves them to it. */
  handlesJobs?: boolean;
  /** Milliseconds between two looks of the read models at Access Control; their own default unless given. */
  followIntervalMs?: number;
  /** Called with each statement that a subgraph sends; used to count them. */
  onStatement?: (subgraph: SubgraphName, text: string) => void;
}

/** The whole graph inside one process: the gateway and the five subgraphs, without HTTP between them. */
export interface Platform {
  readonly gateway: Gateway;
  readonly subgraphs: Record<SubgraphName, Subgraph>;
  readonly databases: Record<SubgraphName, DatabasePool>;
  /** Lets running requests finish, then stops everything. */
  stop(): Promise<void>;
}

/** Opens the databases, migrating them first, then builds subgraphs and gateway. Nothing listens yet. */
export async function createPlatform(options: PlatformOptions): Promise<Platform> {
  const { logger, metrics } = options;
  const modules = await loadSubgraphs();
  const opened = await Promise.all(
    modules.map(async (module): Promise<[SubgraphName, DatabasePool]> => {
      const database = await openSubgraphDatabase(module, {
        location: options.databases[module.name],
        poolSize: options.poolSize,
        logger,
        handlesJobs: options.handlesJobs,
        onStatement: options.onStatement && ((text) => options.onStatement?.(module.name, text)),
      });
      return [module.name, database];
    }),
  );
  const databases = Object.fromEntries(opened) as Record<SubgraphName, DatabasePool>;

  const running = new Map<SubgraphName, Subgraph>();
  const transports = bySubgraph((name) => inProcess(running, name));
  const tenants = createTenantDirectory({
    accessControl: transports['access-control'],
    metrics,
    logger,
  });
  for (const module of modules) {
    const database = databases[module.name];
    const { followIntervalMs, publicLeads, deprovisioning, driftPassMs, events } = options;
    running.set(
      module.name,
      await module.create({
        database,
        tenants,
        subgraphs: transports,
        metrics,
        logger,
        followIntervalMs,
        publicLeads,
        deprovisioning,
        driftPassMs,
        events,
      }),
    );
  }
  const gateway = await createGateway({
    supergraphSdl: await readSupergraph(),
    transports,
    identity: options.identity,
    tenants,
    isProduction: options.isProduction,
    door: options.door,
    limits: options.limits,
    metrics,
    metricsAccess: options.metricsAccess,
    drainMs: options.drainMs,
    logger,
  });

  return {
    gateway,
    subgraphs: Object.fromEntries(running) as Record<SubgraphName, Subgraph>,
    databases,
    async stop() {
      await gateway.stop();
      // Jobs ask subgraphs, so they end first.
      await Promise.all(Object.values(databases).map(({ jobs }) => jobs.stop()));
      await Promise.all([...running.values()].map((subgraph) => subgraph.stop()));
      await Promise.all(Object.values(databases).map((database) => database.close()));
    },
  };
}

/** The way to a subgraph of this process, which may be asked for before the subgraph is built. */
function inProcess(running: Map<SubgraphName, Subgraph>, name: SubgraphName): SubgraphTransport {
  const notYet = () => Promise.reject(new Error(`Subgraph ${name} is not running yet`));
  return {
    execute: (request, call) => running.get(name)?.execute(request, call) ?? notYet(),
    checkHealth: () => running.get(name)?.checkHealth() ?? notYet(),
  };
}
