import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import {
  addressOf,
  type Cluster,
  createIfMissing,
  openCluster,
  startServer,
  stopServer,
} from '../../shared/embedded-postgres/cluster';
import { freePort } from '../../shared/free-port';

/** A PostgreSQL of its own, which can crash and keeps what it has promised to keep. */
export interface OwnServer {
  readonly url: string;
  /** A folder that goes with it. */
  readonly directory: string;
  query<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Ends PostgreSQL as a crash does, and starts it again. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export async function startOwnServer(): Promise<OwnServer> {
  const directory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-soak-'));
  const cluster: Cluster = await openCluster(path.join(directory, 'postgres'));
  await createIfMissing(cluster);
  const port = await freePort();
  const parameters = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
  await startServer(cluster, parameters, 30);
  const url = addressOf(cluster, port);
  return {
    url,
    directory,
    async query<Row>(text: string, values: unknown[] = []) {
      const client = new Client({ connectionString: url });
      await client.connect();
      try {
        return (await client.query(text, values)).rows as Row[];
      } finally {
        await client.end();
      }
    },
    async crash() {
      const pid = Number((await readFile(path.join(cluster.data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
      process.kill(pid, 'SIGQUIT');
      await sleep(300);
      await startServer(cluster, parameters, 30);
    },
    async stop() {
      await stopServer(cluster);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
