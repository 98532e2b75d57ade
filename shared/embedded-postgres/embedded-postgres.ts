import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from 'pino';
import { freePort } from '../free-port';
import { StartError } from '../start-error';
import { removeCopiedBinaries } from './binaries';
import {
  addressOf,
  addressOfRunning,
  type Cluster,
  createIfMissing,
  isServerRunning,
  openCluster,
  startServer,
  stopServer,
} from './cluster';

/** A PostgreSQL server that this process started and owns. */
export interface EmbeddedPostgres {
  /** The administrator's address of the database `tenant_graph`. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Keeps the server's files, its password and its log; created when missing. */
  directory: string;
  /** Additional settings of the server, such as `fsync=off` for one that only tests use. */
  parameters?: string[];
  /** Hears when the server had to be started again. */
  logger?: Pick<Logger, 'warn'>;
}

type Pause = (milliseconds: number) => Promise<void>;

/** The name of the session that an owner keeps open, by which others see that it is alive. */
const OWNER_SESSION = 'tenant-graph owner';
const START_TIMEOUT_SECONDS = 30;
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_MS = 500;
/** Between two attempts to start again a server that does not come up. */
const RESTART_MS = 5_000;
/** How often a server is asked for its owner while it does not answer, such as during its recovery. */
const OWNER_CHECKS = 10;

/**
 * Starts PostgreSQL from the npm binaries on a free loopback port, creating its files first where there are none.
 * A server that a killed process left behind on the same folder is stopped first, and one that ends
 * under its owner, such as by a kill, is started again at the same address. Throws `StartError` when a living
 * process owns the folder, the platform has no binaries, or the server does not come up.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const cluster = await openCluster(options.directory);
  await createIfMissing(cluster);
  await stopOrphan(cluster);

  const port = await freePort();
  const parameters = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    ...(options.parameters ?? []),
  ];
  const start = () => startServer(cluster, parameters, START_TIMEOUT_SECONDS);
  await start().catch(async (error) => {
    throw (await addressOfRunning(cluster)) === null ? error : folderInUse(cluster);
  });
  // In another database: one that nobody is connected to can be copied.
  const ownerSession = await keepOwnerSession(addressOf(cluster, port, 'postgres'), async (pause) => {
    while (!(await isServerRunning(cluster))) {
      options.logger?.warn(`PostgreSQL has ended and is started again; its log is ${cluster.log}`);
      await start().catch(() => pause(RESTART_MS));
    }
  });
  return {
    url: addressOf(cluster, port),
    stop: async () => {
      await ownerSession.close();
      await stopServer(cluster);
      await removeCopiedBinaries(cluster.home);
    },
  };
}

/** The address of the server that runs on this folder, or `null`. It belongs to whoever started it. */
export async function findRunningPostgres(directory: string): Promise<string | null> {
  if (!existsSync(path.join(path.resolve(directory), 'data', 'postmaster.pid'))) return null;
  return addressOfRunning(await openCluster(directory));
}

/** Keeps the session open until it is closed. Where the server ended it, `revive` comes before each attempt to reopen it. */
async function keepOwnerSession(
  url: string,
  revive: (pause: Pause) => Promise<void>,
): Promise<{ close(): Promise<void> }> {
  const closing = new AbortController();
  const pause: Pause = (milliseconds) =>
    wait(milliseconds, undefined, { ref: false, signal: closing.signal });
  let client = await connect(url);
  let reopening: Promise<void> | null = null;
  async function reopen(): Promise<void> {
    await pause(RECONNECT_MS);
    await revive(pause);
    await connect(url).then(keep, reopen);
  }
  function keep(next: Client): void {
    client = next;
    next.once('end', () => {
      // What closing breaks off is of no interest.
      if (!closing.signal.aborted) reopening = reopen().catch(() => undefined);
    });
  }
  keep(client);
  return {
    close: async () => {
      closing.abort();
      await reopening;
      await client.end().catch(() => undefined);
    },
  };
}

async function connect(url: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    application_name: OWNER_SESSION,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Stops a server whose owner is gone. The owner's session ends with its process, so no file can claim it falsely. */
async function stopOrphan(cluster: Cluster): Promise<void> {
  const url = await addressOfRunning(cluster);
  if (url === null) return;
  // Asked twice: a process that has just started the server opens its session a moment later.
  if (await hasLivingOwner(cluster, url)) throw folderInUse(cluster);
  await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
  if (await hasLivingOwner(cluster, url)) throw folderInUse(cluster);
  await stopServer(cluster);
}

function folderInUse(cluster: Cluster): StartError {
  return new StartError(
    `The data folder ${cluster.home} is in use by another running process; start again when it ends.`,
  );
}

/** Throws a `StartError` when the server does not say; to stop it then might end a living graph's database. */
async function hasLivingOwner(cluster: Cluster, url: string): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const client = await connect(url);
      const { rows } = await client.query<{ owners: number }>(
        'SELECT count(*)::int AS owners FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()',
        [OWNER_SESSION],
      );
      await client.end();
      return rows[0]?.owners !== 0;
    } catch (error) {
      if (attempt === OWNER_CHECKS) {
        const message = `The server that runs on the data folder ${cluster.home} does not answer; stop it first.`;
        throw new StartError(message, error);
      }
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }
}
