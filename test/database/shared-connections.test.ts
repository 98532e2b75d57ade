import pino from 'pino';
import sql, { type Sql } from 'sql-template-tag';
import type { Database, DatabasePool } from '../../shared/database/database';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import { systemCall } from '../../shared/subgraph/transport';
import { accessControl } from '../../subgraphs/access-control/subgraph';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

let testDatabase: TestDatabase;
let pool: DatabasePool;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(() => testDatabase.drop());
beforeEach(async () => {
  pool = await open(10);
  database = pool.forCall(systemCall('test', 60_000));
});
afterEach(() => pool.close());

const open = (poolSize: number) =>
  openSubgraphDatabase(accessControl, {
    location: { url: testDatabase.url },
    poolSize,
    logger: pino({ level: 'silent' }),
  });

const pid = sql`SELECT pg_backend_pid() AS pid`;
const sleep = (seconds: number) => sql`SELECT pg_sleep(${seconds})::text AS slept`;
const divide = (divisor: number) => sql`SELECT 12 / ${divisor}::int AS result, pg_backend_pid() AS pid`;
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
/** Runs a read for the first time, after which it is known to be quick. */
const know = (statement: Sql) => database.rows(statement);

test('reads that were quick once share two connections', async () => {
  await Promise.all(times(8, () => know(sql`SELECT pg_sleep(0.01)::text`)));
  await know(pid);
  const rows = await Promise.all(times(30, () => database.row<{ pid: number }>(pid)));
  expect(new Set(rows.map((row) => row?.pid)).size).toBeLessThanOrEqual(2);
});

test('each of those that share a connection is answered what it asked, in its own scope', async () => {
  const scope = sql`SELECT current_setting('tenant_graph.tenants') AS scope, ${1}::int AS number`;
  await know(scope);
  const tenantIds = times(
    30,
    (index) => `00000000-0000-4000-8000-0000000000${String(index).padStart(2, '0')}`,
  );
  const answers = await Promise.all(
    tenantIds.map((tenantId, number) =>
      pool
        .forCall(systemCall('test'), () => [tenantId])
        .row(sql`SELECT current_setting('tenant_graph.tenants') AS scope, ${number}::int AS number`),
    ),
  );
  expect(answers).toEqual(tenantIds.map((tenantId, number) => ({ scope: `{"${tenantId}"}`, number })));
});

test('an error is that of its own statement alone', async () => {
  await know(divide(1));
  const answers = await Promise.allSettled(times(12, (index) => database.row(divide(index % 3))));
  expect(
    answers.map((answer) =>
      answer.status === 'fulfilled' ? (answer.value as { result: number }).result : answer.reason.message,
    ),
  ).toEqual(times(12, (index) => ['division by zero', 12, 6][index % 3]));
});

test('a read that is not quick any more holds nobody up, and runs alone from then on', async () => {
  await know(sleep(0));
  await know(pid);
  const ended: string[] = [];
  const slow = times(2, () => database.rows(sleep(2)).then(() => ended.push('slow')));
  const behind = times(20, () => database.rows(pid).then(() => ended.push('quick')));
  await Promise.all([...slow, ...behind]);
  expect(ended).toEqual([...times(20, () => 'quick'), 'slow', 'slow']);

  const alone = database.rows(sleep(1)).then(() => 'slow');
  const others = Promise.all(times(20, () => database.rows(pid))).then(() => 'quick');
  expect(await Promise.race([alone, others])).toBe('quick');
  await Promise.all([alone, others]);
});

const cutAll = () =>
  testDatabase.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'access_control_app'",
  );

test('reads whose connections are cut are run again on others', async () => {
  await know(sleep(0));
  const cut = [
    ...times(6, () => database.rows(sleep(1))),
    database.rows(sql`SELECT pg_sleep(1)::text AS alone`),
  ];
  await wait(300);
  await cutAll();
  expect(await Promise.all(cut)).toHaveLength(7);
});

test('a write whose connection is cut fails, and is not run again', async () => {
  const cut = database.rows(sql`INSERT INTO access_control.tenant (id, slug, display_name)
    SELECT gen_random_uuid(), 'cut', 'Cut' || pg_sleep(1)::text`);
  const outcome = expect(cut).rejects.toThrow();
  await wait(300);
  await cutAll();
  await outcome;
  await wait(1_500);
  expect(await database.rows(sql`SELECT FROM access_control.tenant WHERE slug = 'cut'`)).toEqual([]);
});

test('reads that are cut again fail, and others take their place', async () => {
  await know(sleep(0));
  await know(pid);
  const outcomes = Promise.allSettled(times(6, () => database.rows(sleep(5))));
  await wait(300);
  await cutAll();
  await wait(500);
  await cutAll();
  expect((await outcomes).map(({ status }) => status)).toEqual(times(6, () => 'rejected'));
  // The pool hears of those that were idle as soon as it listens.
  await wait(100);
  expect(await Promise.all(times(30, () => database.rows(pid)))).toHaveLength(30);
});

test('a statement that goes beyond the time of its call is ended, and those of other calls are not', async () => {
  await know(sleep(0));
  const short = pool.forCall(systemCall('test', 500));
  const [late, inTime] = await Promise.allSettled([
    short.rows(sleep(3)),
    ...times(4, () => database.rows(sleep(0.6))),
  ]);
  expect(late).toMatchObject({ status: 'rejected', reason: { extensions: { code: 'REQUEST_TIMEOUT' } } });
  expect(inTime).toMatchObject({ status: 'fulfilled' });
});

test('writes share no connection', async () => {
  const write = sql`INSERT INTO access_control.tenant (id, slug, display_name)
    VALUES (gen_random_uuid(), 'w' || md5(random()::text), 'W') RETURNING pg_backend_pid() AS pid`;
  await know(write);
  const writers = await Promise.all(times(6, () => database.row<{ pid: number }>(write)));
  expect(new Set(writers.map((row) => row?.pid)).size).toBeGreaterThan(2);
});

test('where there is one connection alone, reads that never end leave it to others', async () => {
  const single = await open(1);
  const one = single.forCall(systemCall('test', 60_000));
  await one.rows(sleep(0.01));
  let isOver = false;
  const readOn = async () => {
    while (!isOver) await one.rows(sleep(0.01));
  };
  const reads = times(5, readOn);
  await wait(50);
  const giveUp = new Promise((resolve) => setTimeout(resolve, 3_000, 'nothing'));
  const answered = one.transaction(async () => 'transaction');
  expect(await Promise.race([answered, giveUp])).toBe('transaction');
  isOver = true;
  await Promise.all(reads);
  await single.close();
});
