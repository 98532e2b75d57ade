import { migratedTables } from '../../subgraphs/crm/tenant-migration/schema/migrated-tables';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

/** Tables of CRM that are no tenant's, or know their tenant by other means than a slug and a UUID on every row. */
const APART = [
  'tenant',
  'tenant_slug_alias',
  'audit_entry',
  'outbox_event',
  'event_cursor',
  'event_dead_letter',
  'event_inbox',
  'migration',
];

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('every table of CRM is declared, with its tenant and its key, or apart', async () => {
  const tables = await database.query<{ name: string; key: string[] | null; named: string[] }>(`
    SELECT t.relname AS name,
      (SELECT array_agg(a.attname::text ORDER BY array_position(i.indkey::int[], a.attnum::int)) FROM pg_index i
       JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (i.indkey)
       WHERE i.indrelid = t.oid AND i.indisprimary) AS key,
      ARRAY (SELECT a.attname::text FROM pg_attribute a
       WHERE a.attrelid = t.oid AND a.attname IN ('tenant_id', 'tenant_slug') ORDER BY 1) AS named
    FROM pg_class t WHERE t.relnamespace = 'crm'::regnamespace AND t.relkind = 'r'`);
  const declared = tables.filter(({ name }) => !APART.includes(name));
  expect(declared.map(({ name }) => name).sort()).toEqual(migratedTables.map(({ name }) => name).sort());
  for (const { name, key, named } of declared) {
    expect({ name, named }).toEqual({ name, named: ['tenant_id', 'tenant_slug'] });
    const columns = migratedTables.find((table) => table.name === name)?.key.map(({ column }) => column);
    expect({ name, key }).toEqual({ name, key: columns });
  }
});
