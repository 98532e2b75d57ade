import { Client, type ClientConfig } from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { StartError } from '../start-error';
import { type SubgraphName, schemaOf } from '../subgraph/names';
import { describeConnectionFailure } from './postgres-errors';
import { type DatabaseLocation, ownerRoleOf, prepareSchema, runtimeRoleOf } from './roles';

export type MigrationClass = new () => MigrationInterface;

export interface MigrationStatus {
  name: string;
  applied: boolean;
}

interface MigrationTarget {
  name: SubgraphName;
  migrations: MigrationClass[];
  location: DatabaseLocation;
}

/** Where each subgraph's own schema remembers which migrations ran. */
export const MIGRATIONS_TABLE = 'migration';
const LOCK_WAIT_MS = 60_000;

/** Brings the schema to the newest version, creating schema and roles first. Returns the names of what ran. */
export function migrate(target: MigrationTarget): Promise<string[]> {
  return withMigrations(target, async (dataSource) => {
    const ran = await dataSource.runMigrations({ transaction: 'each' }).catch((error: Error) => {
      throw new StartError(`A migration of ${target.name} failed: ${error.message}`, error);
    });
    // The run-time role reads which migrations ran, and changes nothing about it.
    await dataSource.query(
      `REVOKE INSERT, UPDATE, DELETE ON ${schemaOf(target.name)}.${MIGRATIONS_TABLE} FROM ${runtimeRoleOf(target.name)}`,
    );
    return ran.map((migration) => migration.name);
  });
}

/** Takes the newest applied migration back. Returns its name, or `null` when none is applied. */
export function revertLast(target: MigrationTarget): Promise<string | null> {
  return withMigrations(target, async (dataSource) => {
    const newest = (await migrationStatus(target)).findLast((migration) => migration.applied);
    if (!newest) return null;
    await dataSource.undoLastMigration({ transaction: 'each' });
    return newest.name;
  });
}

/** Every migration of the subgraph in its order, applied or not. Changes nothing, not even a missing schema. */
export async function migrationStatus({
  name,
  migrations,
  location,
}: MigrationTarget): Promise<MigrationStatus[]> {
  const client = await connect(location);
  try {
    const table = `${schemaOf(name)}.${MIGRATIONS_TABLE}`;
    const { rows } = await client.query<{ found: string | null }>('SELECT to_regclass($1) AS found', [table]);
    const applied = rows[0]?.found
      ? (await client.query<{ name: string }>(`SELECT name FROM ${table}`)).rows
      : [];
    const names = new Set(applied.map((row) => row.name));
    return migrations.map((migration) => ({ name: migration.name, applied: names.has(migration.name) }));
  } finally {
    await client.end();
  }
}

/** Runs `work` as the schema's owner while no other process migrates the same schema. */
async function withMigrations<T>(
  target: MigrationTarget,
  work: (dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const lock = await connect(target.location, { lock_timeout: LOCK_WAIT_MS });
  try {
    await lock.query('SELECT pg_advisory_lock(hashtext($1))', [`migrate ${target.name}`]);
    await prepareSchema(target.location, target.name);
    const dataSource = await new DataSource({
      type: 'postgres',
      url: target.location.url,
      schema: schemaOf(target.name),
      migrations: target.migrations,
      migrationsTableName: MIGRATIONS_TABLE,
      poolSize: 1,
      extra: { options: `-c role=${ownerRoleOf(target.name)} -c search_path=${schemaOf(target.name)}` },
    }).initialize();
    try {
      return await work(dataSource);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await lock.end();
  }
}

async function connect(location: DatabaseLocation, settings: ClientConfig = {}): Promise<Client> {
  const client = new Client({ connectionString: location.url, connectionTimeoutMillis: 5_000, ...settings });
  try {
    await client.connect();
  } catch (error) {
    throw describeConnectionFailure(error, location.url);
  }
  return client;
}
