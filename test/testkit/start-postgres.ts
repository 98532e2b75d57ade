import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { migrate } from '../../shared/database/migrator';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../shared/embedded-postgres/embedded-postgres';
import { loadSubgraphs } from '../../subgraphs/modules';

/** What the global setup hands to the global teardown. */
export interface TestServer {
  postgres: EmbeddedPostgres;
  directory: string;
}

/** The migrated database that each test file clones. */
export const TEMPLATE_DATABASE = 'tenant_graph_template';

/**
 * Starts one PostgreSQL for the whole run and migrates a template database in it. It is a real server on real files;
 * only its promise to survive a power cut is off.
 */
export default async function startPostgres(): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-test-'));
  const postgres = await startEmbeddedPostgres({
    directory: path.join(directory, 'postgres'),
    parameters: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'],
  });
  const admin = new Client({ connectionString: postgres.url });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${TEMPLATE_DATABASE}`);
  await admin.end();

  const template = new URL(postgres.url);
  template.pathname = `/${TEMPLATE_DATABASE}`;
  for (const { name, migrations } of await loadSubgraphs()) {
    await migrate({ name, migrations, location: { url: template.toString() } });
  }
  process.env['TEST_POSTGRES_URL'] = postgres.url;
  (globalThis as { testServer?: TestServer }).testServer = { postgres, directory };
}
