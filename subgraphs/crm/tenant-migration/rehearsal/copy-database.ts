import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import type { MigrationClass } from '../../../../shared/database/migrator';
import { migrate } from '../../../../shared/database/migrator';
import { postgresErrorOf } from '../../../../shared/database/postgres-errors';
import { type DatabaseLocation, prepareSchema } from '../../../../shared/database/roles';
import { LOCK_TIMEOUT_MS, moveStage } from '../schema/move-stage';
import { openOwner } from '../schema/owner';
import { readStage } from '../schema/stage';
import { copyRows } from './copy-rows';

/** A database with what CRM's move needs of another one, for trying things out. */
export interface DatabaseCopy {
  location: DatabaseLocation;
  name: string;
  /** Whether it is the whole database, or what CRM's move needs of it. */
  isWhole: boolean;
  /** Removes it, whoever is connected. */
  drop(): Promise<void>;
}

interface CopyOptions {
  migrations: MigrationClass[];
  by: string;
  report: (line: string) => void;
}

const SUFFIX = '_rehearsal_';
const OBJECT_IN_USE = '55006';
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Copies a database: all of it where nobody is connected, else CRM's rows as one snapshot has them, into a schema of its own at
 * the same stage. The original is only read. Copies of rehearsals that were killed are removed first. Where it throws there is
 * no copy. Needs a login that may create databases.
 */
export async function copyDatabase(source: DatabaseLocation, options: CopyOptions): Promise<DatabaseCopy> {
  const original = decodeURIComponent(new URL(source.url).pathname.slice(1));
  // PostgreSQL cuts names after 63 bytes.
  const name = `${original.slice(0, 40)}${SUFFIX}${randomBytes(4).toString('hex')}`;
  const location = { ...source, url: withDatabase(source.url, name) };
  const elsewhere = await connectElsewhere(source.url, name);
  const drop = async () => {
    try {
      await asAdministrator(source.url, (client) =>
        client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`),
      );
    } finally {
      await elsewhere?.end();
    }
  };
  try {
    await removeLeftovers(source.url, { original, report: options.report });
    const isWhole = elsewhere !== null && (await cloneWhole(elsewhere, { original, name }));
    options.report(isWhole ? 'copied as a whole' : 'somebody is connected; copying the rows of CRM');
    if (isWhole) await prepareSchema(location, 'crm');
    else await copyCrm({ source, location, name }, options);
    return { location, name, isWhole, drop };
  } catch (error) {
    await drop();
    throw error;
  }
}

/**
 * A session outside of the database, so that it can be copied, or `null` where there is none to be had. It has the copy's name
 * until the copy is dropped, by which other rehearsals see that the copy is in use.
 */
async function connectElsewhere(url: string, name: string): Promise<Client | null> {
  const client = new Client({
    connectionString: withDatabase(url, 'postgres'),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: name,
  });
  // Where the server ends it, what is done with the database itself says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    // There may be no database of this name, or none that lets us in.
    if (['3D000', '28000', '42501'].includes(postgresErrorOf(error)?.code ?? '')) return null;
    throw error;
  }
}

/** Whether the whole database could be cloned, which takes that nobody is connected to it. */
async function cloneWhole(
  elsewhere: Client,
  { original, name }: { original: string; name: string },
): Promise<boolean> {
  try {
    await elsewhere.query(`CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE ${escapeIdentifier(original)}`);
    return true;
  } catch (error) {
    if ([OBJECT_IN_USE, '42501'].includes(postgresErrorOf(error)?.code ?? '')) return false;
    throw error;
  }
}

async function copyCrm(
  { source, location, name }: { source: DatabaseLocation; location: DatabaseLocation; name: string },
  { migrations, by, report }: CopyOptions,
): Promise<void> {
  await asAdministrator(source.url, (client) => client.query(`CREATE DATABASE ${escapeIdentifier(name)}`));
  await migrate({ name: 'crm', migrations, location });
  const from = await openOwner(source, { lockTimeoutMs: LOCK_TIMEOUT_MS });
  const to = await openOwner(location, { lockTimeoutMs: LOCK_TIMEOUT_MS });
  try {
    const stage = await readStage(from);
    await moveStage(to, stage, { by, reporter: { report: () => undefined } });
    await copyRows({ from, to, stage, report });
  } finally {
    await from.close();
    await to.close();
  }
}

async function removeLeftovers(
  url: string,
  { original, report }: { original: string; report: (line: string) => void },
): Promise<void> {
  await asAdministrator(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database d
        WHERE starts_with(datname, $1) AND NOT EXISTS (
          SELECT FROM pg_stat_activity a WHERE a.datname = d.datname OR a.application_name = d.datname)`,
      [`${original.slice(0, 40)}${SUFFIX}`],
    );
    for (const { name } of rows) {
      report(`removing ${name}, which an earlier rehearsal left behind`);
      await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)}`);
    }
  });
}

function withDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(name)}`;
  return other.toString();
}

async function asAdministrator<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
