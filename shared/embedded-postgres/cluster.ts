import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '../start-error';
import { type Account, accountForPostgres, type Invocation, invocationAs } from './account';
import { runnableBinaries } from './binaries';

/** The files of one PostgreSQL server, and what runs its programs. */
export interface Cluster {
  home: string;
  data: string;
  log: string;
  passwordFile: string;
  password: string;
  binaries: string;
  account: Account | null;
}

/** The database that the graph uses. */
export const DATABASE = 'tenant_graph';
const STOP_TIMEOUT_SECONDS = 10;

/** Opens the folder, with a password of its own when it is new. Nothing is started. Throws `StartError`. */
export async function openCluster(directory: string): Promise<Cluster> {
  const home = path.resolve(directory);
  const account = accountForPostgres();
  const passwordFile = path.join(home, 'password');
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    if (!existsSync(passwordFile)) {
      const draft = `${passwordFile}.new-${process.pid}`;
      await writeFile(draft, randomBytes(24).toString('hex'), { mode: 0o600 });
      await rename(draft, passwordFile);
    }
    if (account) await Promise.all([home, passwordFile].map((file) => chown(file, account.uid, account.gid)));
  } catch (error) {
    throw new StartError(`The data folder ${home} cannot be used: ${(error as Error).message}`, error);
  }
  return {
    home,
    data: path.join(home, 'data'),
    log: path.join(home, 'postgres.log'),
    passwordFile,
    password: await readFile(passwordFile, 'utf8'),
    binaries: await runnableBinaries(account, home),
    account,
  };
}

/**
 * Makes the server's files where there are none. They are built beside their place and moved there when complete, so
 * that a kill leaves no half of them.
 */
export async function createIfMissing(cluster: Cluster): Promise<void> {
  if (existsSync(path.join(cluster.data, 'PG_VERSION'))) return;
  const draft = `${cluster.data}.new-${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await run(cluster, 'initdb', [
    '--pgdata',
    draft,
    '--username=postgres',
    `--pwfile=${cluster.passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  ]);
  const { command, args, options } = invocation(cluster, 'postgres', ['--single', '-D', draft, 'postgres']);
  const created = spawnSync(command, args, { ...options, input: `CREATE DATABASE ${DATABASE}\n` });
  if (created.status !== 0) {
    throw new StartError(`PostgreSQL could not create its database: ${created.stderr}`);
  }
  await rename(draft, cluster.data).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    // Another process was first; its cluster stands.
    await rm(draft, { recursive: true, force: true });
  });
}

/** Starts the server in a session of its own and waits until it takes connections. */
export async function startServer(
  cluster: Cluster,
  parameters: string[],
  timeoutSeconds: number,
): Promise<void> {
  const options = parameters.map((parameter) => `-c ${parameter}`).join(' ');
  await pgCtl(cluster, ['start', '-w', '-t', String(timeoutSeconds), '-l', cluster.log, '-o', options]);
}

/** Stops the server if it runs. Its connections are cut; what was committed stays. */
export async function stopServer(cluster: Cluster): Promise<void> {
  if (!(await isServerRunning(cluster))) return;
  const stopping = pgCtl(cluster, ['stop', '-m', 'fast', '-w', '-t', String(STOP_TIMEOUT_SECONDS)]);
  await stopping.catch(async (error) => {
    // One that is killed meanwhile does not shut down, but it does not run either.
    if (await isServerRunning(cluster)) throw error;
  });
}

/** The address of the running server, or `null`. */
export async function addressOfRunning(cluster: Cluster): Promise<string | null> {
  if (!(await isServerRunning(cluster))) return null;
  const [, , , port] = (await readFile(path.join(cluster.data, 'postmaster.pid'), 'utf8')).split('\n');
  return addressOf(cluster, Number(port));
}

export function addressOf({ password }: Cluster, port: number, database = DATABASE): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
}

export async function isServerRunning(cluster: Cluster): Promise<boolean> {
  return pgCtl(cluster, ['status']).then(
    () => true,
    () => false,
  );
}

async function pgCtl(cluster: Cluster, args: string[]): Promise<void> {
  await run(cluster, 'pg_ctl', [...args, '-s', '-D', cluster.data]);
}

async function run(cluster: Cluster, program: string, programArgs: string[]): Promise<void> {
  const { command, args, options } = invocation(cluster, program, programArgs);
  try {
    await promisify(execFile)(command, args, options);
  } catch (error) {
    const output = (error as { stderr?: string }).stderr?.trim();
    throw new StartError(
      `PostgreSQL's ${program} failed: ${output || error}. Its log is ${cluster.log}`,
      error,
    );
  }
}

function invocation(cluster: Cluster, program: string, args: string[]): Invocation {
  return invocationAs(cluster.account, {
    program: path.join(cluster.binaries, program),
    args,
    dataFolder: cluster.home,
  });
}
