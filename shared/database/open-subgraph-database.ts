import type { Logger } from 'pino';
import sql, { raw } from 'sql-template-tag';
import { StartError } from '../start-error';
import type { SubgraphModule } from '../subgraph/module';
import { schemaOf } from '../subgraph/names';
import { systemCall } from '../subgraph/transport';
import { type DatabasePool, openDatabase } from './database';
import { MIGRATIONS_TABLE, migrate } from './migrator';
import { describeConnectionFailure, postgresErrorOf } from './postgres-errors';
import { type DatabaseLocation, isRuntimeLogin, runtimeUrl } from './roles';

export interface OpenOptions {
  location: DatabaseLocation;
  poolSize: number;
  logger: Logger;
  onStatement?: (text: string) => void;
  /** Whether this process handles the jobs that wait; unless given it does. */
  handlesJobs?: boolean;
}

const NO_SUCH_TABLE = '42P01';

/**
 * Opens a subgraph's database as its run-time role. With an administrator's address the schema is created and brought
 * to the newest version first; with the run-time role's own address it must be there already, else a `StartError` says so.
 */
export async function openSubgraphDatabase(
  module: SubgraphModule,
  options: OpenOptions,
): Promise<DatabasePool> {
  const { location, logger } = options;
  const mayMigrate = !isRuntimeLogin(location, module.name);
  if (mayMigrate) {
    const ran = await migrate({ name: module.name, migrations: module.migrations, location });
    if (ran.length > 0) logger.info({ subgraph: module.name, migrations: ran }, 'schema migrated');
  }
  const database = await openDatabase({
    url: runtimeUrl(location, module.name),
    schema: schemaOf(module.name),
    searchPath: module.searchPath,
    entities: module.entities,
    poolSize: options.poolSize,
    onStatement: options.onStatement,
    handlesJobs: options.handlesJobs,
    onPoolError: (error) => logger.warn({ err: error, subgraph: module.name }, 'database connection lost'),
  });
  if (!mayMigrate) await assertMigrated(module, database, location);
  return database;
}

async function assertMigrated(
  module: SubgraphModule,
  database: DatabasePool,
  location: DatabaseLocation,
): Promise<void> {
  const table = `${schemaOf(module.name)}.${MIGRATIONS_TABLE}`;
  const applied = await database
    .forCall(systemCall('start'))
    .rows<{ name: string }>(sql`SELECT name FROM ${raw(table)}`)
    .catch(async (error: unknown) => {
      if (postgresErrorOf(error)?.code === NO_SUCH_TABLE) return [];
      await database.close();
      throw describeConnectionFailure(error, runtimeUrl(location, module.name));
    });
  const names = new Set(applied.map((row) => row.name));
  const missing = module.migrations.filter((migration) => !names.has(migration.name));
  if (missing.length > 0) {
    await database.close();
    throw new StartError(
      `The schema of ${module.name} lacks ${missing.length} migrations. Run \`npm run migrate -- --subgraph ${module.name}\` with an administrator's DATABASE_URL.`,
    );
  }
}
