import { migrate, migrationStatus, revertLast } from '../../shared/database/migrator';
import { schemaOf, subgraphNames } from '../../shared/subgraph/names';
import { loadSubgraph } from '../../subgraphs/modules';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
});
afterEach(() => database.drop());

/** Everything that migrations of a schema have made: columns, constraints, indexes and triggers. */
async function shapeOf(schema: string): Promise<unknown> {
  return database.query(
    `SELECT 'column' AS kind, table_name || '.' || column_name || ' ' || data_type || coalesce(column_default, '') || is_nullable AS text
       FROM information_schema.columns WHERE table_schema = $1 AND table_name <> 'migration'
     UNION ALL
     SELECT 'constraint', conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
       FROM pg_constraint WHERE connamespace = $1::regnamespace AND conrelid::regclass::text NOT LIKE '%migration'
     UNION ALL
     SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = $1 AND tablename <> 'migration'
     ORDER BY 1, 2`,
    [schema],
  );
}

test.each(subgraphNames)(
  'the migrations of %s go up, all the way down, and up again to the same schema',
  async (name) => {
    const { migrations } = await loadSubgraph(name);
    const target = { name, migrations, location: { url: database.url } };
    expect(await migrate(target)).toEqual(migrations.map((migration) => migration.name));
    expect(await migrate(target)).toEqual([]);
    const shape = await shapeOf(schemaOf(name));
    for (const migration of [...migrations].reverse()) expect(await revertLast(target)).toBe(migration.name);
    expect(await revertLast(target)).toBeNull();
    expect(await shapeOf(schemaOf(name))).toEqual([]);
    expect((await migrationStatus(target)).every(({ applied }) => !applied)).toBe(true);
    await migrate(target);
    expect(await shapeOf(schemaOf(name))).toEqual(shape);
  },
);

test("looking at the status changes nothing, not even a missing schema or a role's password", async () => {
  const { name, migrations } = await loadSubgraph('scl');
  const passwords = () =>
    database.query("SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE 'scl%' ORDER BY 1");
  const before = await passwords();
  const location = { url: database.url, roleSecret: 'another' };
  expect((await migrationStatus({ name, migrations, location })).every(({ applied }) => !applied)).toBe(true);
  expect(await database.query("SELECT FROM pg_namespace WHERE nspname = 'scl'")).toEqual([]);
  expect(await passwords()).toEqual(before);
});

test('several processes that migrate at once do it once', async () => {
  const { name, migrations } = await loadSubgraph('access-control');
  const target = { name, migrations, location: { url: database.url } };
  const runs = await Promise.all(Array.from({ length: 4 }, () => migrate(target)));
  expect(runs.flat()).toEqual(migrations.map((migration) => migration.name));
});
