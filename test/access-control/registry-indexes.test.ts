import pino from 'pino';
import sql from 'sql-template-tag';
import type { Database, DatabasePool } from '../../shared/database/database';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import { systemCall } from '../../shared/subgraph/transport';
import {
  type RegistryLookup,
  registryStatement,
} from '../../subgraphs/access-control/registry/registry-reads';
import { accessControl } from '../../subgraphs/access-control/subgraph';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

let testDatabase: TestDatabase;
let pool: DatabasePool;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  pool = await openSubgraphDatabase(accessControl, {
    location: { url: testDatabase.url },
    poolSize: 1,
    logger: pino({ level: 'silent' }),
  });
  database = pool.forCall(systemCall('test', 60_000));
  await testDatabase.query(`
    INSERT INTO access_control.tenant (id, slug, display_name)
    SELECT gen_random_uuid(), 'tenant-' || n, 'Tenant ' || n FROM generate_series(1, 5000) n`);
  await testDatabase.query(`
    INSERT INTO access_control.tenant_registry (id, tenant_id, scl_tenant_code, messaging_tenant_id, crm_tenant_id)
    SELECT gen_random_uuid(), id, 'SCL-' || slug, 'msg-' || slug, id::text FROM access_control.tenant`);
  await testDatabase.query(`
    INSERT INTO access_control.tenant_registry_club (club_id, tenant_id)
    SELECT gen_random_uuid(), id FROM access_control.tenant, generate_series(1, 3)`);
  await testDatabase.query('ANALYZE');
});
afterAll(async () => {
  await pool.close();
  await testDatabase.drop();
});

test.each<[RegistryLookup, string, string]>([
  ['id', '00000000-0000-4000-8000-000000000000', 'tenant_registry_pkey'],
  ['tenantId', '00000000-0000-4000-8000-000000000000', 'tenant_registry_tenant_id_key'],
  ['tenantSlug', 'tenant-7', 'tenant_slug_key'],
  ['sclTenantCode', 'SCL-tenant-7', 'tenant_registry_scl_tenant_code_key'],
  ['teeTimeClubId', '00000000-0000-4000-8000-000000000000', 'tenant_registry_club_pkey'],
  ['messagingTenantId', 'msg-tenant-7', 'tenant_registry_messaging_tenant_id_key'],
  ['crmTenantId', '00000000-0000-4000-8000-000000000000', 'tenant_registry_crm_tenant_id_key'],
])('the look-up by %s is served by an index', async (lookup, key, index) => {
  const statement = registryStatement(database, lookup, [key]);
  const plan = await database.rows<{ 'QUERY PLAN': string }>(sql`EXPLAIN ${statement}`);
  const text = plan.map((row) => row['QUERY PLAN']).join('\n');
  expect(text).toContain(index);
  expect(text).not.toContain('Seq Scan');
});
