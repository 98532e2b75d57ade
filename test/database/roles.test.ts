import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import pino from 'pino';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import { ownerRoleOf, runtimeRoleOf, runtimeUrl } from '../../shared/database/roles';
import { startEmbeddedPostgres } from '../../shared/embedded-postgres/embedded-postgres';
import { type SubgraphName, schemaOf, subgraphNames } from '../../shared/subgraph/names';
import { loadSubgraph } from '../../subgraphs/modules';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const roles = subgraphNames.map((name) => ({ name, owner: ownerRoleOf(name), runtime: runtimeRoleOf(name) }));

test.each(roles)('the run-time role of $name owns nothing and cannot rise', async ({ runtime }) => {
  const [role] = await database.query(
    'SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = $1',
    [runtime],
  );
  expect(role).toEqual({
    rolsuper: false,
    rolcreaterole: false,
    rolcreatedb: false,
    rolbypassrls: false,
    rolcanlogin: true,
  });
  const owned = await database.query('SELECT relname FROM pg_class WHERE relowner = $1::regrole', [runtime]);
  expect(owned).toEqual([]);
  const memberships = await database.query(
    'SELECT roleid::regrole FROM pg_auth_members WHERE member = $1::regrole',
    [runtime],
  );
  expect(memberships).toEqual([]);
});

test.each(roles)(
  'the tables of $name belong to its owner role, which cannot log in',
  async ({ name, owner }) => {
    const owners = await database.query<{ tableowner: string }>(
      'SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = $1',
      [schemaOf(name)],
    );
    expect(owners).toEqual([{ tableowner: owner }]);
    expect(await database.query('SELECT rolcanlogin FROM pg_roles WHERE rolname = $1', [owner])).toEqual([
      { rolcanlogin: false },
    ]);
  },
);

test('an administrator who is no superuser can prepare and migrate a database of his own', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-roles-'));
  const postgres = await startEmbeddedPostgres({ directory, parameters: ['fsync=off'] });
  try {
    const superuser = new Client({ connectionString: postgres.url });
    await superuser.connect();
    await superuser.query("CREATE ROLE deployer LOGIN CREATEROLE PASSWORD 'secret'");
    await superuser.query('CREATE DATABASE theirs OWNER deployer');
    await superuser.end();
    const url = new URL(postgres.url);
    Object.assign(url, { username: 'deployer', password: 'secret', pathname: '/theirs' });
    for (const name of subgraphNames) {
      await open(name, url.toString());
      await open(name, runtimeUrl({ url: url.toString() }, name));
    }
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
});

test('the run-time role’s own login does not migrate, and says so where the schema is behind', async () => {
  const empty = await createTestDatabase({ empty: true });
  await expect(open('scl', runtimeUrl({ url: empty.url }, 'scl'))).rejects.toThrow(
    /^The schema of scl lacks \d+ migrations\. Run `npm run migrate/,
  );
  await empty.drop();
});

async function open(name: SubgraphName, url: string): Promise<void> {
  const options = { location: { url }, poolSize: 1, logger: pino({ level: 'silent' }) };
  const database = await openSubgraphDatabase(await loadSubgraph(name), options);
  await database.close();
}

test.each(roles)('the run-time role of $name sees its own schema alone', async ({ name }) => {
  const client = new Client({ connectionString: runtimeUrl({ url: database.url }, name) });
  await client.connect();
  try {
    for (const other of subgraphNames.filter((candidate) => candidate !== name)) {
      const table = (
        await database.query<{ tablename: string }>('SELECT tablename FROM pg_tables WHERE schemaname = $1', [
          schemaOf(other),
        ])
      )[0];
      await expect(client.query(`SELECT FROM ${schemaOf(other)}.${table?.tablename}`)).rejects.toMatchObject({
        code: '42501',
      });
    }
    await expect(client.query(`CREATE TABLE ${schemaOf(name)}.intruder ()`)).rejects.toMatchObject({
      code: '42501',
    });
    await expect(client.query(`DELETE FROM ${schemaOf(name)}.migration`)).rejects.toMatchObject({
      code: '42501',
    });
    await expect(client.query(`SET ROLE ${ownerRoleOf(name)}`)).rejects.toMatchObject({ code: '42501' });
  } finally {
    await client.end();
  }
});
