import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import pino from 'pino';
import sql, { raw } from 'sql-template-tag';
import type { DatabasePool } from '../../shared/database/database';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import { runtimeRoleOf, runtimeUrl } from '../../shared/database/roles';
import { withinTenant } from '../../shared/identity/viewer';
import { schemaOf, subgraphNames } from '../../shared/subgraph/names';
import { systemCall } from '../../shared/subgraph/transport';
import { loadSubgraph } from '../../subgraphs/modules';
import { addDemoData } from '../testkit/demo-graph';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

/** Tables without tenant data, each with its reason. */
const WITHOUT_POLICY: Record<string, string> = {
  migration: 'says which migrations ran, the same for everyone',
};

let database: TestDatabase;
let teetime: DatabasePool;
beforeAll(async () => {
  database = await createTestDatabase();
  await addDemoData({ database });
  teetime = await openSubgraphDatabase(await loadSubgraph('teetime'), {
    location: { url: database.url },
    poolSize: 1,
    logger: pino({ level: 'silent' }),
  });
});
afterAll(async () => {
  await teetime.close();
  await database.drop();
});

const schemas = subgraphNames.map((name) => ({ name, schema: schemaOf(name) }));

test.each(schemas)('every table of $schema has a forced policy', async ({ schema }) => {
  const tables = await database.query<{ name: string; forced: boolean; policies: number }>(
    `SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,
       (SELECT count(*)::int FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd = '*'
          AND pg_get_expr(p.polqual, p.polrelid) LIKE '%tenant_graph.tenants%' AND p.polwithcheck IS NULL) AS policies
     FROM pg_class c WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p')`,
    [schema],
  );
  const unprotected = tables
    .filter(({ forced, policies }) => !forced || policies !== 1)
    .map(({ name }) => name);
  expect(unprotected).toEqual(Object.keys(WITHOUT_POLICY));
});

test.each(schemas)('nothing of $schema reads around the policies', async ({ name, schema }) => {
  const views = await database.query(
    `SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace AND (relkind = 'm'
       OR relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (reloptions), false))`,
    [schema],
  );
  expect(views).toEqual([]);
  const definers = await database.query(
    'SELECT proname FROM pg_proc WHERE pronamespace = $1::regnamespace AND prosecdef',
    [schema],
  );
  expect(definers).toEqual([]);
  const [role] = await database.query(
    `SELECT rolbypassrls AS bypasses, rolsuper AS super,
       (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owned FROM pg_roles r WHERE rolname = $1`,
    [runtimeRoleOf(name)],
  );
  expect(role).toEqual({ bypasses: false, super: false, owned: 0 });
});

test.each(schemas)('without the setting no table of $schema has rows', async ({ name, schema }) => {
  const client = new Client({ connectionString: runtimeUrl({ url: database.url }, name) });
  await client.connect();
  try {
    const tables = await database.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r'",
      [schema],
    );
    const filled: string[] = [];
    for (const table of tables.filter((candidate) => !(candidate.name in WITHOUT_POLICY))) {
      expect((await client.query(`SELECT FROM ${schema}.${table.name}`)).rowCount).toBe(0);
      const rows = await database.query(`SELECT FROM ${schema}.${table.name} LIMIT 1`);
      if (rows.length > 0) filled.push(table.name);
    }
    expect(filled).not.toEqual([]);
  } finally {
    await client.end();
  }
});

test('a call has the rows of its viewer’s tenants, in reads and in transactions', async () => {
  const [own, other] = [randomUUID(), randomUUID()];
  await addClub(own, 'own');
  await addClub(other, 'other');
  const everyone = systemCall('test');
  const limited = teetime.forCall({ ...everyone, viewer: withinTenant(everyone.viewer, own) });
  const clubs = sql`SELECT name FROM teetime.club WHERE tenant_id IN (${own}, ${other}) ORDER BY name`;

  expect(await limited.rows(clubs)).toEqual([{ name: 'own' }]);
  expect(await limited.transaction((transaction) => transaction.rows(clubs))).toEqual([{ name: 'own' }]);
  expect(await teetime.forCall(everyone).rows(clubs)).toEqual([{ name: 'other' }, { name: 'own' }]);
  const changed = await limited.rows(
    sql`UPDATE teetime.club SET name = 'taken' RETURNING tenant_id AS "tenantId"`,
  );
  expect(changed).toEqual([{ tenantId: own }]);
  await expect(
    limited.rows(sql`UPDATE teetime.club SET tenant_id = ${other} WHERE tenant_id = ${own}`),
  ).rejects.toMatchObject({ code: '42501' });
});

test('nothing of a call stays on the connection, whatever became of the call', async () => {
  const tenant = randomUUID();
  await addClub(tenant, 'kept');
  const limited = teetime.forCall({
    ...systemCall('test'),
    viewer: withinTenant(systemCall('test').viewer, tenant),
  });
  const failures = [
    () => limited.rows(sql`SELECT 1 / 0`),
    () => limited.rows(sql`SELECT syntax error`),
    () => limited.rows(sql`SELECT ${'text'}::int`),
    () => limited.transaction((transaction) => transaction.rows(sql`SELECT 1 / 0`)),
    () => limited.transaction(async () => Promise.reject(new Error('given up'))),
  ];
  for (const fail of failures) {
    await expect(fail()).rejects.toThrow();
    expect(await limited.rows(sql`SELECT name FROM teetime.club`)).toEqual([{ name: 'kept' }]);
    const nobody = teetime.forCall(systemCall('test'), () => []);
    expect(await nobody.rows(sql`SELECT name FROM teetime.club`)).toEqual([]);
    expect(await settingOnTheBareConnection()).toBe('');
  }
});

test('keys with quotes, commas and backslashes are keys and nothing else', async () => {
  const keys = ['plain', '"', '\\', '{', '},"*', 'NULL', '', ' '];
  const limited = teetime.forCall(systemCall('test'), () => keys);
  const rows = await limited.rows<{ keys: string[] }>(
    sql`SELECT current_setting('tenant_graph.tenants')::text[] AS keys`,
  );
  expect(rows).toEqual([{ keys }]);
});

test('a statement ends with its call', async () => {
  const startedAt = Date.now();
  const tooLate = { extensions: { code: 'REQUEST_TIMEOUT' } };
  await expect(teetime.forCall(systemCall('test', 300)).rows(sql`SELECT pg_sleep(5)`)).rejects.toMatchObject(
    tooLate,
  );
  expect(Date.now() - startedAt).toBeLessThan(2_000);
  const late = teetime.forCall({ ...systemCall('test'), deadline: Date.now() - 1 });
  await expect(late.rows(sql`SELECT 1`)).rejects.toMatchObject(tooLate);
});

test('a transaction is committed before its call’s deadline or not at all', async () => {
  const tenant = randomUUID();
  const adding = teetime.forCall(systemCall('test', 500)).transaction(async (transaction) => {
    await transaction.rows(sql`
      INSERT INTO teetime.club (id, club_code, name, tenant_id, created_by, updated_by)
      VALUES (gen_random_uuid(), ${tenant}, 'late', ${tenant}, 'test', 'test')`);
    for (let index = 0; index < 4; index += 1) await transaction.manager.query('SELECT pg_sleep(0.2)');
  });
  await expect(adding).rejects.toMatchObject({ extensions: { code: 'REQUEST_TIMEOUT' } });
  expect(await database.query('SELECT FROM teetime.club WHERE tenant_id = $1', [tenant])).toEqual([]);
});

test('a call waits for a connection no longer than for anything else', async () => {
  const busy = teetime.forCall(systemCall('test')).rows(sql`SELECT pg_sleep(1.5)`);
  const startedAt = Date.now();
  await expect(teetime.forCall(systemCall('test', 300)).rows(sql`SELECT 1`)).rejects.toMatchObject({
    extensions: { code: 'REQUEST_TIMEOUT' },
  });
  expect(Date.now() - startedAt).toBeLessThan(1_000);
  await busy;
  expect(await teetime.forCall(systemCall('test')).rows(sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
});

async function addClub(tenantId: string, name: string): Promise<void> {
  await database.query(
    `INSERT INTO teetime.club (id, club_code, name, tenant_id, created_by, updated_by)
     VALUES (gen_random_uuid(), $1, $2, $3, 'test', 'test')`,
    [randomUUID(), name, tenantId],
  );
}

/** What the pool's one connection says outside of any call. */
async function settingOnTheBareConnection(): Promise<string> {
  let setting = '';
  const nobody = teetime.forCall(systemCall('test'), () => []);
  await nobody.transaction(async (transaction) => {
    const rows = await transaction.rows<{ before: string }>(raw('ROLLBACK AND CHAIN'));
    expect(rows).toEqual([]);
    const [row] = await transaction.rows<{ setting: string | null }>(
      sql`SELECT current_setting('tenant_graph.tenants', true) AS setting`,
    );
    setting = row?.setting ?? '';
  });
  return setting;
}
