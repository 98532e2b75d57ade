import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../shared/embedded-postgres/embedded-postgres';
import { eventually } from '../testkit/eventually';

test('a server that is killed is started again at the same address, with what was committed', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-embedded-'));
  const warn = jest.fn();
  const postgres = await startEmbeddedPostgres({ directory, logger: { warn } });
  try {
    await ask(postgres.url, 'CREATE TABLE kept AS SELECT 1 AS value');
    for (const kill of [1, 2]) {
      await killServer(directory);
      await eventually(
        () => ask(postgres.url, 'SELECT value FROM kept').catch(() => []),
        (rows) => {
          expect(warn.mock.calls.length).toBeGreaterThanOrEqual(kill);
          expect(rows).toEqual([{ value: 1 }]);
        },
      );
    }
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
  await expect(ask(postgres.url, 'SELECT 1')).rejects.toThrow();
});

test('a server that was killed a moment ago can be stopped', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-embedded-'));
  const postgres = await startEmbeddedPostgres({ directory });
  await killServer(directory);
  await postgres.stop();
  await expect(ask(postgres.url, 'SELECT 1')).rejects.toThrow();
  await rm(directory, { recursive: true, force: true });
});

test('the session of its owner does not keep the database from being copied as a whole', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-embedded-'));
  const postgres = await startEmbeddedPostgres({ directory, parameters: ['fsync=off'] });
  try {
    const elsewhere = Object.assign(new URL(postgres.url), { pathname: '/postgres' });
    await ask(elsewhere.href, 'CREATE DATABASE copy TEMPLATE tenant_graph');
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
});

async function ask(connectionString: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

async function killServer(directory: string): Promise<void> {
  const [pid] = (await readFile(path.join(directory, 'data', 'postmaster.pid'), 'utf8')).split('\n');
  process.kill(Number(pid), 'SIGKILL');
}
