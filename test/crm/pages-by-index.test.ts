import pino from 'pino';
import sql from 'sql-template-tag';
import type { DatabasePool } from '../../shared/database/database';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import { systemViewer, withinTenant } from '../../shared/identity/viewer';
import { systemCall } from '../../shared/subgraph/transport';
import { createCustomerStore } from '../../subgraphs/crm/customers/customer-store';
import { crm } from '../../subgraphs/crm/subgraph';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

const TENANT = '00000000-0000-4000-8000-000000000007';

let testDatabase: TestDatabase;
let pool: DatabasePool;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  pool = await openSubgraphDatabase(crm, {
    location: { url: testDatabase.url },
    poolSize: 1,
    logger: pino({ level: 'silent' }),
  });
  await testDatabase.query(`
    INSERT INTO crm.tenant (id, slug, display_name, status, created_at, updated_at)
    SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'tenant-' || n, 'Tenant', 'ACTIVE', now(), now()
    FROM generate_series(1, 50) n`);
  await testDatabase.query(`
    INSERT INTO crm.customer (id, tenant_id, tenant_slug, email, created_by, updated_by, created_at)
    SELECT gen_random_uuid(), t.id, t.slug, n || '@example.com', 'test', 'test', now() - make_interval(mins => n)
    FROM generate_series(1, 200) n, crm.tenant t`);
  await testDatabase.query('ANALYZE');
});
afterAll(async () => {
  await pool.close();
  await testDatabase.drop();
});

const viewers = { 'the whole platform': systemViewer, 'one tenant': withinTenant(systemViewer, TENANT) };

test.each(Object.entries(viewers))(
  'for %s a page of customers is read in its index’s order, and not sorted',
  async (_reach, viewer) => {
    const database = pool.forCall({ ...systemCall('test', 60_000), viewer });
    const plans: string[] = [];
    const store = createCustomerStore({
      ...database,
      // The statement that the store sends, explained beside being run.
      async rows<Row>(statement: Parameters<typeof database.rows>[0]) {
        const plan = await database.rows<{ 'QUERY PLAN': string }>(sql`EXPLAIN ${statement}`);
        plans.push(plan.map((row) => row['QUERY PLAN']).join('\n'));
        return database.rows<Row>(statement);
      },
    });
    const asked = { isCounted: false, fields: new Set(['id', 'email']) };
    const page = await store.listOfTenant(TENANT, { first: 20, after: null }, {}, asked);
    expect(page.edges).toHaveLength(20);
    expect(plans).toHaveLength(1);
    expect(plans[0]).toContain('Index Scan using customer_tenant_id_created_at');
    expect(plans[0]).not.toContain('Bitmap');
  },
);
