import path from 'node:path';
import { bool, cleanEnv, port, str } from 'envalid';
import type { DatabaseLocation } from './database/roles';
import {
  type DeprovisioningSettings,
  deprovisioningSettings,
  deprovisioningVariables,
} from './deprovisioning-settings';
import { type DoorSettings, doorSettings, doorVariables } from './door-settings';
import { type EventSettings, eventSettings, eventVariables } from './event-settings';
import { type IdentitySettings, identitySettings, identityVariables } from './identity-settings';
import { type Limits, limitSettings, limitVariables } from './limit-settings';
import { type MetricsAccess, metricsAccess, metricsVariables } from './metrics-settings';
import { type PublicLeadSettings, publicLeadSettings, publicLeadVariables } from './public-lead-settings';
import { between, httpUrl, postgresUrl } from './setting-validators';
import { StartError } from './start-error';
import { type SubgraphName, settingsPrefixOf, subgraphNames } from './subgraph/names';

/** Every setting of every process, parsed and checked once at start. */
export interface Settings {
  isProduction: boolean;
  host: string;
  /** `undefined` where the process chooses its own default. */
  port: number | undefined;
  logLevel: string;
  /** Where the one-process shape keeps its state. */
  dataDirectory: string;
  /** Where each subgraph's data is; `null` for the embedded PostgreSQL. */
  databases: Record<SubgraphName, DatabaseLocation | null>;
  /** Connections that one process opens to one subgraph's database at most. */
  poolSize: number;
  /** Addresses of subgraphs that differ from those of the supergraph. */
  subgraphUrls: Partial<Record<SubgraphName, string>>;
  /** Another supergraph for the gateway of the distributed shape than the product's own. */
  supergraphFile: string | undefined;
  /** Milliseconds that a process of the distributed shape waits for one answer of a subgraph. */
  subgraphTimeoutMs: number;
  /** Milliseconds in which a process that was told to stop still accepts connections. */
  shutdownDrainMs: number;
  /** The token of a command that asks a running graph. */
  graphToken: string | undefined;
  /** Whether `npm start` fills an empty database with demo data. */
  demoData: boolean;
  door: DoorSettings;
  /** Who hears of the platform's events outside of the graph. */
  events: EventSettings;
  identity: IdentitySettings;
  /** What one request may ask of the gateway. */
  limits: Limits;
  publicLeads: PublicLeadSettings;
  /** Milliseconds between two looks at whether the registry and the systems agree; 0 where nobody looks. */
  driftPassMs: number;
  deprovisioning: DeprovisioningSettings;
  metricsAccess: MetricsAccess;
}

/** Reads the environment. Throws a `StartError` that names every wrong setting in one line. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const values = cleanEnv(
    environment,
    {
      NODE_ENV: str({ choices: ['development', 'test', 'production'], default: 'development' }),
      HOST: str({ default: 'localhost' }),
      PORT: port({ default: undefined }),
      LOG_LEVEL: str({
        choices: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
        default: 'info',
      }),
      DATA_DIR: str({ default: undefined }),
      DATABASE_URL: postgresUrl({ default: undefined }),
      DATABASE_ROLE_SECRET: str({ default: undefined }),
      DATABASE_POOL_SIZE: between(1, 100)({ default: 10 }),
      SUPERGRAPH_FILE: str({ default: undefined }),
      SUBGRAPH_TIMEOUT_MS: between(100, 600_000)({ default: 10_000 }),
      SHUTDOWN_DRAIN_MS: between(0, 5_000)({ default: 0 }),
      TENANT_GRAPH_TOKEN: str({ default: undefined }),
      DEMO_DATA: bool({ default: undefined }),
      ...doorVariables,
      ...eventVariables,
      ...identityVariables,
      ...limitVariables,
      ...metricsVariables,
      ...publicLeadVariables,
      DRIFT_PASS_MINUTES: between(0, 10_080)({ default: 60 }),
      ...deprovisioningVariables,
    },
    { reporter: failOnce },
  );
  const perSubgraph = cleanEnv(
    environment,
    Object.fromEntries(
      subgraphNames.flatMap((name) => [
        [`${settingsPrefixOf(name)}_DATABASE_URL`, postgresUrl({ default: undefined })],
        [`${settingsPrefixOf(name)}_URL`, httpUrl({ default: undefined })],
      ]),
    ),
    { reporter: failOnce },
  ) as Record<string, string | undefined>;

  const databaseOf = (name: SubgraphName): DatabaseLocation | null => {
    const url = perSubgraph[`${settingsPrefixOf(name)}_DATABASE_URL`] ?? values.DATABASE_URL;
    return url ? { url, roleSecret: values.DATABASE_ROLE_SECRET } : null;
  };
  const dataDirectory = path.resolve(values.DATA_DIR || '.data');
  const isProduction = values.NODE_ENV === 'production';
  return {
    isProduction,
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    dataDirectory,
    databases: bySubgraph(databaseOf),
    poolSize: values.DATABASE_POOL_SIZE,
    subgraphUrls: bySubgraph((name) => perSubgraph[`${settingsPrefixOf(name)}_URL`]),
    supergraphFile: values.SUPERGRAPH_FILE || undefined,
    subgraphTimeoutMs: values.SUBGRAPH_TIMEOUT_MS,
    shutdownDrainMs: values.SHUTDOWN_DRAIN_MS,
    graphToken: values.TENANT_GRAPH_TOKEN || undefined,
    demoData: values.DEMO_DATA ?? !isProduction,
    door: doorSettings(values),
    events: eventSettings(values, isProduction),
    identity: identitySettings(values, dataDirectory),
    limits: limitSettings(values),
    publicLeads: publicLeadSettings(values),
    driftPassMs: values.DRIFT_PASS_MINUTES * 60_000,
    deprovisioning: deprovisioningSettings(values, dataDirectory),
    metricsAccess: metricsAccess(values, isProduction),
  };
}

/** One value for each subgraph. */
export function bySubgraph<Value>(createValue: (name: SubgraphName) => Value): Record<SubgraphName, Value> {
  return Object.fromEntries(subgraphNames.map((name) => [name, createValue(name)])) as Record<
    SubgraphName,
    Value
  >;
}

function failOnce({ errors }: { errors: Partial<Record<string, Error>> }): void {
  const problems = Object.entries(errors).map(
    ([name, error]) => `${name}: ${error?.message ?? 'is not valid'}`,
  );
  if (problems.length > 0) throw new StartError(`Wrong setting: ${problems.join('; ')}`);
}
