import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type PoolClient } from 'pg';
import sql, { type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { describeConnectionFailure } from '../../../../shared/database/postgres-errors';
import { type DatabaseLocation, isRuntimeLogin, ownerRoleOf } from '../../../../shared/database/roles';
import { StartError } from '../../../../shared/start-error';

/** CRM's schema as its owner sees it: the rows of all tenants as they are stored, and the right to change tables. */
export interface Owner extends SqlRunner {
  transaction<T>(work: (runner: SqlRunner) => Promise<T>): Promise<T>;
  /**
   * Runs `work` while no other process runs work of this name. Waits five seconds for one that does; then it answers `null` and
   * runs nothing. The name is free as soon as the process that holds it ends, however it does.
   */
  exclusively<T>(name: string, work: () => Promise<T>): Promise<T | null>;
  close(): Promise<void>;
}

/** A statement may take so long: a constraint of a big table is validated within it. */
const STATEMENT_TIMEOUT_MS = 1_800_000;
const CONNECTIONS = 8;
const EXCLUSIVE_WAIT_MS = 5_000;
const LOOK_EVERY_MS = 250;

/**
 * Connects as the schema's owner. No statement waits for a lock longer than `lockTimeoutMs`: PostgreSQL ends it then. Throws a
 * `StartError` when the login may not act as the owner, or the database does not answer.
 */
export async function openOwner(
  location: DatabaseLocation,
  { lockTimeoutMs }: { lockTimeoutMs: number },
): Promise<Owner> {
  if (isRuntimeLogin(location, 'crm')) {
    throw new StartError(
      "CRM's run-time role may not change tables. Set CRM_DATABASE_URL to an administrator's login.",
    );
  }
  const settings = {
    role: ownerRoleOf('crm'),
    search_path: 'crm',
    lock_timeout: lockTimeoutMs,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: 60_000,
    // Whoever has a name to itself (`exclusively`) idles meanwhile.
    idle_session_timeout: 0,
    // A count or an index takes one processor, and leaves the others to requests.
    max_parallel_workers_per_gather: 0,
    max_parallel_maintenance_workers: 0,
    'tenant_graph.tenants': '*',
  };
  const pool = new Pool({
    connectionString: location.url,
    max: CONNECTIONS,
    connectionTimeoutMillis: 5_000,
    application_name: 'tenant-graph crm tenancy',
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  });
  // A connection that is lost while it idles is told of by the next statement.
  pool.on('error', () => undefined);
  try {
    await pool.query('SELECT');
  } catch (error) {
    await pool.end();
    throw describeConnectionFailure(error, location.url);
  }
  const connect = async () => {
    const client = await pool.connect();
    // What ends a connection rejects its statement; it is told of here too, and unheard ends the process.
    if (client.listenerCount('error') === 0) client.on('error', () => undefined);
    return client;
  };
  return {
    ...runnerOn(pool),
    async exclusively(name, work) {
      const client = await connect();
      const key = sql`hashtextextended(${`crm_tenancy ${name}`}, 0)`;
      try {
        const giveUpAt = Date.now() + EXCLUSIVE_WAIT_MS;
        while (!(await runnerOn(client).row(sql`SELECT WHERE pg_try_advisory_lock(${key})`))) {
          if (Date.now() > giveUpAt) return null;
          await sleep(LOOK_EVERY_MS);
        }
        return await work();
      } finally {
        // The lock ends with its connection.
        client.release(true);
      }
    },
    async transaction(work) {
      const client = await connect();
      let lost: Error | undefined;
      try {
        await client.query('BEGIN');
        const result = await work(runnerOn(client));
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch((failure: Error) => {
          lost = failure;
        });
        throw error;
      } finally {
        client.release(lost);
      }
    },
    close: () => pool.end(),
  };
}

function runnerOn(connection: Pool | PoolClient): SqlRunner {
  const rows = async <Row>(statement: Sql) =>
    (await connection.query({ text: statement.text, values: statement.values })).rows as Row[];
  return { rows, row: async <Row>(statement: Sql) => (await rows<Row>(statement))[0] ?? null };
}
