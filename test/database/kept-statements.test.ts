import pino from 'pino';
import sql, { raw } from 'sql-template-tag';
import type { Database, DatabasePool } from '../../shared/database/database';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import { systemCall } from '../../shared/subgraph/transport';
import { accessControl } from '../../subgraphs/access-control/subgraph';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

let testDatabase: TestDatabase;
let pool: DatabasePool;
let database: Database;
beforeEach(async () => {
  testDatabase = await createTestDatabase();
  // All statements go over one connection.
  pool = await openSubgraphDatabase(accessControl, {
    location: { url: testDatabase.url },
    poolSize: 1,
    logger: pino({ level: 'silent' }),
  });
  database = pool.forCall(systemCall('test', 60_000));
});
afterEach(async () => {
  await pool.close();
  await testDatabase.drop();
});

const TENANTS = sql`SELECT t.* FROM access_control.tenant t`;
const divide = (divisor: number) => database.rows(sql`SELECT 12 / ${divisor}::int AS result`);

async function keptStatements(): Promise<string[]> {
  const rows = await database.rows<{ statement: string }>(sql`SELECT statement FROM pg_prepared_statements`);
  return rows.map(({ statement }) => statement);
}

test('a statement is kept on its connection, once, with the one that sets its scope', async () => {
  for (const divisor of [1, 2, 3]) await divide(divisor);
  expect(await divide(4)).toEqual([{ result: 3 }]);
  const kept = await keptStatements();
  expect(kept.filter((statement) => statement.includes('SELECT 12 /'))).toHaveLength(1);
  expect(kept.filter((statement) => statement.includes('set_config'))).toHaveLength(1);
});

test('a kept statement is planned once, also where a plan for one value looks cheaper', async () => {
  for (const keys of [['a'], ['b'], ['c', 'd']]) {
    await database.rows(
      sql`SELECT t.id FROM unnest(${keys}::text[]) AS part(key) JOIN access_control.tenant t ON t.slug = part.key`,
    );
  }
  const [plans] = await database.rows(
    sql`SELECT generic_plans::int AS generic, custom_plans::int AS custom FROM pg_prepared_statements
      WHERE statement LIKE '%part.key%' AND statement NOT LIKE '%pg_prepared_statements%'`,
  );
  expect(plans).toEqual({ generic: 3, custom: 0 });
});

test('a statement answers whatever becomes of its table meanwhile', async () => {
  expect(await database.rows(TENANTS)).toEqual([]);
  await testDatabase.query('ALTER TABLE access_control.tenant ADD COLUMN motto text');
  await testDatabase.query(
    "INSERT INTO access_control.tenant (id, slug, display_name, motto) VALUES (gen_random_uuid(), 'a', 'A', 'Fore')",
  );
  expect(await database.rows(TENANTS)).toEqual([expect.objectContaining({ slug: 'a', motto: 'Fore' })]);
  await testDatabase.query('ALTER TABLE access_control.tenant DROP COLUMN motto');
  expect(await database.rows(TENANTS)).toEqual([expect.not.objectContaining({ motto: 'Fore' })]);
});

test('a connection that was made to forget its statements is told them again', async () => {
  await divide(2);
  await database.rows(sql`DEALLOCATE ALL`);
  expect(await divide(3)).toEqual([{ result: 4 }]);
  expect(await divide(4)).toEqual([{ result: 3 }]);
});

test('a statement that failed once runs again, and so does one that could not be parsed', async () => {
  await expect(divide(0)).rejects.toThrow('division by zero');
  expect(await divide(2)).toEqual([{ result: 6 }]);
  await expect(divide(0)).rejects.toThrow('division by zero');
  expect(await divide(3)).toEqual([{ result: 4 }]);

  const later = sql`SELECT FROM access_control.later`;
  await expect(database.rows(later)).rejects.toThrow('does not exist');
  await testDatabase.query(
    'CREATE TABLE access_control.later (); GRANT SELECT ON access_control.later TO PUBLIC',
  );
  expect(await database.rows(later)).toEqual([]);
});

test('a connection keeps a hundred statements at most, and runs the others all the same', async () => {
  for (let number = 0; number < 130; number += 1) {
    expect(await database.rows(sql`SELECT ${raw(String(number))}::int AS number`)).toEqual([{ number }]);
  }
  expect((await keptStatements()).length).toBe(100);
  const long = sql`SELECT ${raw(`'${'x'.repeat(6_000)}'`)} AS text`;
  expect(await database.rows(long)).toEqual(await database.rows(long));
});

test('transactions keep their statements too, and are repeated where these are of no use any more', async () => {
  const read = () =>
    database.transaction((transaction) =>
      transaction.rows(sql`SELECT t.* FROM access_control.tenant t WHERE t.slug = ${'a'}`),
    );
  expect(await read()).toEqual([]);
  expect(await read()).toEqual([]);
  const kept = await keptStatements();
  expect(kept.filter((statement) => statement.includes('t.slug ='))).toHaveLength(1);

  await testDatabase.query('ALTER TABLE access_control.tenant ADD COLUMN motto text');
  await testDatabase.query(
    "INSERT INTO access_control.tenant (id, slug, display_name, motto) VALUES (gen_random_uuid(), 'a', 'A', 'Fore')",
  );
  expect(await read()).toEqual([expect.objectContaining({ slug: 'a', motto: 'Fore' })]);
  await database.rows(sql`DEALLOCATE ALL`);
  expect(await read()).toEqual([expect.objectContaining({ slug: 'a' })]);
});

test('a transaction that asks for what is not there fails, and the next one works', async () => {
  const wrong = database.transaction((transaction) =>
    transaction.rows(sql`SELECT t.nothing FROM access_control.tenant t WHERE t.slug = ${'a'}`),
  );
  await expect(wrong).rejects.toThrow('nothing does not exist');
  const right = database.transaction((transaction) => transaction.rows(sql`SELECT ${1}::int AS result`));
  expect(await right).toEqual([{ result: 1 }]);
});
