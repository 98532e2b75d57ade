import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../shared/embedded-postgres/embedded-postgres';

test('the session of its owner does not keep the database from being copied as a whole', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-embedded-'));
  const postgres = await startEmbeddedPostgres({ directory, parameters: ['fsync=off'] });
  try {
    const elsewhere = new Client({
      connectionString: Object.assign(new URL(postgres.url), { pathname: '/postgres' }).href,
    });
    await elsewhere.connect();
    await elsewhere.query('CREATE DATABASE copy TEMPLATE tenant_graph');
    await elsewhere.end();
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
});
