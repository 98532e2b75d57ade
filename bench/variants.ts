import path from 'node:path';
import { freePort } from '../shared/free-port';
import { packageRoot } from '../shared/package-root';
import { type SubgraphName, settingsPrefixOf, subgraphNames } from '../shared/subgraph/names';
import { peersDirectory, runPeer } from './peers';
import { type ServerProcess, type ServerProcessOptions, startServer } from './server-process';

/** Something that answers the scenes, in processes of its own. */
export interface Variant {
  name: string;
  title: string;
  /** Whether it speaks GraphQL, or has a path for each scene. */
  speaks: 'graph' | 'paths';
  /** Whether it has the scenes that only this product has, too. */
  hasOwnScenes: boolean;
  /** Starts it. The first process is the one that is asked. */
  start(surroundings: Surroundings): Promise<ServerProcess[]>;
}

/** What the variants share. */
export interface Surroundings {
  databaseUrl: string;
  /** Settings by which the product knows whose tokens to accept. */
  tokenSettings: Record<string, string>;
  /** Holds a folder of internal keys for each process of the distributed shape. */
  keysDirectory: string;
  /** For logs, and for whatever else a process wants to write. */
  directory: string;
  /** The subgraphs that the other gateways are put before; they are started once. */
  peerSubgraphs(): Promise<PeerSubgraphs>;
}

export interface PeerSubgraphs {
  processes: ServerProcess[];
  /** `NAME=URL` of each. */
  services: string[];
  supergraphFile: string;
}

const built = (file: string) => path.join(packageRoot, 'dist', file);

/** More than any load here asks in a minute: requests are counted, and none is refused. */
const WIDE_RATE_LIMITS = {
  RATE_LIMIT_READS: '1000000',
  RATE_LIMIT_WRITES: '1000000',
  RATE_LIMIT_LEADS_PER_ADDRESS: '1000000',
  RATE_LIMIT_LEADS_PER_TENANT: '1000000',
};

export const variants: Variant[] = [
  {
    name: 'raw',
    title: 'five statements, `pg`, `node:http`; no token, no row-level security',
    speaks: 'paths',
    hasOwnScenes: true,
    start: async (surroundings) => [await start(surroundings, 'raw', [built('bench/servers/raw.js')])],
  },
  {
    name: 'rest',
    title:
      'the same by hand on fastify, with our token check and row-level security in a transaction for each statement',
    speaks: 'paths',
    hasOwnScenes: true,
    start: async (surroundings) => [
      await start(surroundings, 'rest', [built('bench/servers/rest.js')], ownSettings(surroundings)),
    ],
  },
  {
    name: 'rest-shared',
    title: 'the same on the connections of this product',
    speaks: 'paths',
    hasOwnScenes: true,
    start: async (surroundings) => [
      await start(
        surroundings,
        'rest-shared',
        [built('bench/servers/rest.js'), '--shared'],
        ownSettings(surroundings),
      ),
    ],
  },
  {
    name: 'stock',
    title: '`@apollo/gateway` and five Apollo Servers; no token, no row-level security',
    speaks: 'graph',
    hasOwnScenes: false,
    start: (surroundings) => beforePeerSubgraphs(surroundings, 'stock', ['stock-gateway.mjs']),
  },
  {
    name: 'hive',
    title: 'Hive Gateway with its planner in Rust before the same five',
    speaks: 'graph',
    hasOwnScenes: false,
    start: (surroundings) =>
      beforePeerSubgraphs(surroundings, 'hive', [
        'node_modules/@graphql-hive/gateway/dist/bin.js',
        'supergraph',
        '--config-path',
        'hive.config.mjs',
      ]),
  },
  {
    name: 'mercurius',
    title: '`@mercuriusjs/gateway` before the same five',
    speaks: 'graph',
    hasOwnScenes: false,
    start: (surroundings) => beforePeerSubgraphs(surroundings, 'mercurius', ['mercurius/gateway.mjs']),
  },
  {
    name: 'ours',
    title: 'one process, with token check, row-level security, limits and rate limits',
    speaks: 'graph',
    hasOwnScenes: true,
    start: async (surroundings) => [
      await start(surroundings, 'ours', [built('main.js')], {
        ...ownSettings(surroundings),
        DATA_DIR: path.join(surroundings.directory, 'ours'),
        DEMO_DATA: 'false',
      }),
    ],
  },
  {
    name: 'ours-distributed',
    title: 'gateway and five subgraphs, a process each, with the same security and signed calls between them',
    speaks: 'graph',
    hasOwnScenes: true,
    start: startDistributed,
  },
];

/** Starts the subgraphs that the other gateways share, and composes them. */
export async function startPeerSubgraphs(
  surroundings: Omit<Surroundings, 'peerSubgraphs'>,
): Promise<PeerSubgraphs> {
  const processes = await Promise.all(
    subgraphNames.map((name) =>
      start(surroundings, `peer-${name}`, [path.join(peersDirectory, 'stock-subgraph.mjs'), name]),
    ),
  );
  const services = subgraphNames.map(
    (name, index) => `${name}=http://127.0.0.1:${processes[index]?.port}/graphql`,
  );
  const supergraphFile = path.join(surroundings.directory, 'peers.graphql');
  await runPeer('compose.mjs', [supergraphFile, ...services]);
  return { processes, services, supergraphFile };
}

async function beforePeerSubgraphs(
  surroundings: Surroundings,
  name: string,
  args: string[],
): Promise<ServerProcess[]> {
  const { processes, services, supergraphFile } = await surroundings.peerSubgraphs();
  const gateway = await start(
    surroundings,
    name,
    args,
    { SUPERGRAPH: supergraphFile, SERVICES: services.join(' ') },
    { directory: peersDirectory },
  );
  return [gateway, ...processes];
}

async function startDistributed(surroundings: Surroundings): Promise<ServerProcess[]> {
  const ports = new Map<SubgraphName, number>();
  for (const name of subgraphNames) ports.set(name, await freePort());
  const urls = Object.fromEntries(
    [...ports].map(([name, port]) => [`${settingsPrefixOf(name)}_URL`, `http://127.0.0.1:${port}/graphql`]),
  );
  const settingsOf = (process: string) => ({
    ...ownSettings(surroundings),
    ...urls,
    DATA_DIR: path.join(surroundings.directory, 'ours-distributed'),
    INTERNAL_KEYS_DIR: path.join(surroundings.keysDirectory, process),
  });
  const subgraphs = await Promise.all(
    subgraphNames.map((name) =>
      start(surroundings, `ours-${name}`, [built('subgraphs/start-subgraph.js'), name], settingsOf(name), {
        port: ports.get(name),
      }),
    ),
  );
  const gateway = await start(
    surroundings,
    'ours-gateway',
    [built('gateway/start-gateway.js')],
    settingsOf('gateway'),
  );
  return [gateway, ...subgraphs];
}

function ownSettings({ tokenSettings }: Surroundings): Record<string, string> {
  return { ...tokenSettings, ...WIDE_RATE_LIMITS, HOST: '127.0.0.1', LOG_LEVEL: 'warn' };
}

async function start(
  { databaseUrl, directory }: Pick<Surroundings, 'databaseUrl' | 'directory'>,
  name: string,
  args: string[],
  settings: Record<string, string> = {},
  place: { directory?: string; port?: number } = {},
): Promise<ServerProcess> {
  const port = place.port ?? (await freePort());
  const options: ServerProcessOptions = {
    name,
    args,
    directory: place.directory,
    environment: { NODE_ENV: 'production', DATABASE_URL: databaseUrl, PORT: String(port), ...settings },
    port,
    logDirectory: directory,
  };
  return startServer(options);
}
