import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import { findRunningPostgres, startEmbeddedPostgres } from '../embedded-postgres/embedded-postgres';
import { bySubgraph, type Settings } from '../settings';
import { StartError } from '../start-error';
import type { SubgraphName } from '../subgraph/names';
import type { DatabaseLocation } from './roles';

export interface DatabaseLocations {
  databases: Record<SubgraphName, DatabaseLocation>;
  /** Stops the embedded PostgreSQL where this call started it. */
  release(): Promise<void>;
}

/** Where the embedded PostgreSQL lives inside the data folder. */
const postgresDirectory = (settings: Settings) => path.join(settings.dataDirectory, 'postgres');

/**
 * The databases of the one-process shape: the servers that the settings name, and the embedded PostgreSQL for those
 * subgraphs that they do not.
 */
export async function startDatabases(settings: Settings, logger?: Logger): Promise<DatabaseLocations> {
  if (Object.values(settings.databases).every((location) => location !== null))
    return withoutEmbedded(settings);
  const postgres = await startEmbeddedPostgres({ directory: postgresDirectory(settings), logger });
  return { databases: locations(settings, postgres.url), release: () => postgres.stop() };
}

/**
 * The same for a command beside a running graph: it joins the embedded PostgreSQL where one already runs. With `mustExist` it
 * makes none where there never was one, and throws a `StartError`.
 */
export async function joinDatabases(
  settings: Settings,
  { mustExist = false }: { mustExist?: boolean } = {},
): Promise<DatabaseLocations> {
  const directory = postgresDirectory(settings);
  const isNamed = Object.values(settings.databases).some((location) => location !== null);
  if (mustExist && !isNamed && !existsSync(directory)) {
    throw new StartError(
      `There is no database in ${settings.dataDirectory}. Name one by DATABASE_URL, or its folder by DATA_DIR.`,
    );
  }
  const running = await findRunningPostgres(directory);
  if (running === null) return startDatabases(settings);
  return { databases: locations(settings, running), release: async () => undefined };
}

function withoutEmbedded(settings: Settings): DatabaseLocations {
  return { databases: locations(settings, ''), release: async () => undefined };
}

function locations(settings: Settings, embeddedUrl: string): Record<SubgraphName, DatabaseLocation> {
  return bySubgraph((name) => settings.databases[name] ?? { url: embeddedUrl });
}
