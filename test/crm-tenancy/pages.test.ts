import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { tenantPhases } from '../../subgraphs/crm/tenant-migration/phases/phase';
import type { TestDatabase } from '../testkit/test-database';
import { crmTenant, migratedDatabase } from './legacy-rows';
import { moveCrm } from './stage-of-crm';

let database: TestDatabase;
/** A connection as CRM's run-time role has them. */
let app: Client;
let pines: string;
let oaks: string;
beforeAll(async () => {
  database = await migratedDatabase();
  pines = await crmTenant(database, 'pines');
  oaks = await crmTenant(database, 'oaks');
  app = new Client({
    connectionString: database.url,
    options: '-c role=crm_app -c search_path=crm_live,crm -c random_page_cost=1',
  });
  await app.connect();
});
afterAll(async () => {
  await app.end();
  await database.drop();
});

const reach = (...tenantIds: string[]) =>
  app.query("SELECT set_config('tenant_graph.tenants', $1, false)", [
    tenantIds.length > 0 ? `{${tenantIds.join()}}` : '*',
  ]);
const setPhases = (ofPines: string, ofOaks: string) =>
  database.query(
    `INSERT INTO crm_tenancy.tenant_phase (tenant_id, phase, changed_by) VALUES ($1, $2, 'test'), ($3, $4, 'test')
     ON CONFLICT (tenant_id) DO UPDATE SET phase = excluded.phase`,
    [pines, ofPines, oaks, ofOaks],
  );

const COLUMNS = 'r.id, r.tenant_id, r.tenant_slug, r.email, r.created_at';
const rowsOf = async (from: string, tenantId: string) =>
  (await app.query(`SELECT ${COLUMNS} FROM ${from} r WHERE r.tenant_id = $1 ORDER BY r.id`, [tenantId])).rows;

/** The tenant's rows as pages have them, after they were held against what the table's view shows. */
async function comparedRows(table: string, tenantId: string) {
  const inPages = await rowsOf(`crm_tenancy.${table}_rows('${tenantId}')`, tenantId);
  expect(inPages).toEqual(await rowsOf(table, tenantId));
  return inPages;
}

/** A row in every state that the move may find one in, for each table that is read page by page. */
async function insertRowsInEveryState(): Promise<void> {
  const texts = ['pines', 'oaks', 'Pines ', 'nobody', '', null];
  const states = texts.flatMap((text) => [pines, oaks, null].map((uuid) => ({ text, uuid })));
  for (const [table, insert] of [
    [
      'customer',
      "(id, tenant_id, tenant_uuid, email, created_by, updated_by) VALUES ($1, $2, $3, 'x@y.z', 'test', 'test')",
    ],
    [
      'lead',
      `(id, tenant_id, tenant_uuid, email, consent_given, input_digest, created_by, updated_by)
       VALUES ($1, $2, $3, 'x@y.z', false, 'none', 'test', 'test')`,
    ],
  ]) {
    await database.query(`ALTER TABLE crm.${table} DISABLE TRIGGER fill_tenant`);
    for (const { text, uuid } of states) {
      await database.query(`INSERT INTO crm.${table} ${insert}`, [randomUUID(), text, uuid]);
    }
    await database.query(`ALTER TABLE crm.${table} ENABLE TRIGGER fill_tenant`);
  }
}

test('pages show what the views show: in each phase of each tenant, by either way, and to whoever reaches it', async () => {
  await moveCrm(database, 'EXPANDED');
  await insertRowsInEveryState();
  await database.query(
    "INSERT INTO crm_tenancy.slug_alias (slug, tenant_id, mapped_by) VALUES ('Pines ', $1, 'test')",
    [pines],
  );
  const seen = new Set<number>();
  for (const ofPines of tenantPhases) {
    for (const ofOaks of tenantPhases) {
      await setPhases(ofPines, ofOaks);
      for (const readBy of ['', 'slug', 'uuid']) {
        await app.query("SELECT set_config('crm_tenancy.read_by', $1, false)", [readBy]);
        for (const table of ['customer', 'lead']) {
          await reach();
          seen.add((await comparedRows(table, pines)).length);
          await comparedRows(table, oaks);
          await comparedRows(table, randomUUID());
          await reach(oaks);
          expect(await comparedRows(table, pines)).toEqual([]);
        }
      }
    }
  }
  await app.query("SELECT set_config('crm_tenancy.read_by', '', false)");
  // By slug three, by UUID six, and by UUID with the slug where that is missing seven.
  expect([...seen].sort()).toEqual([3, 6, 7]);
  await database.query('DELETE FROM crm.customer');
  await database.query('DELETE FROM crm.lead');
});

/** Rows that a page goes over, at most, so that it finds the twenty that are asked for. */
const MOST_ROWS = 25;

async function expectPageInOrder(): Promise<void> {
  const page = `SELECT ${COLUMNS} FROM crm_tenancy.customer_rows('${pines}') r ORDER BY r.created_at DESC, r.id DESC LIMIT 20`;
  const { rows } = await app.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE, TIMING OFF) ${page}`);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('Index Scan');
  expect(plan).not.toMatch(/\bSort\b(?! Key)|Bitmap|Seq Scan on customer/);
  const counts = [...plan.matchAll(/actual rows=(\d+)/g)].map(([, count]) => Number(count));
  expect(Math.max(...counts)).toBeLessThanOrEqual(MOST_ROWS);
  const found = await app.query<{ created_at: Date }>(page);
  expect(found.rows).toHaveLength(20);
  expect(found.rows).toEqual(found.rows.toSorted((a, b) => Number(b.created_at) - Number(a.created_at)));
}

test('a page is read in its index’s order and never sorted, in each stage and phase, before the backfill and after', async () => {
  await moveCrm(database, 'CONTRACTED');
  await database.query(
    `INSERT INTO crm.customer (id, tenant_id, tenant_slug, email, created_by, updated_by, created_at)
     SELECT gen_random_uuid(), t.id, t.slug, 'x@y.z', 'test', 'test', now() - make_interval(mins => n)
     FROM generate_series(1, 500) n, crm.tenant t`,
  );
  await database.query('ANALYZE');
  await reach();
  await expectPageInOrder();
  for (const stage of ['ENFORCED', 'EXPANDED'] as const) {
    await moveCrm(database, stage);
    for (const phase of tenantPhases) {
      await setPhases(phase, phase);
      await expectPageInOrder();
    }
  }
  await moveCrm(database, 'LEGACY');
  await expectPageInOrder();
  await moveCrm(database, 'EXPANDED');
  for (const phase of ['LEGACY', 'DUAL_WRITE']) {
    await setPhases(phase, phase);
    await expectPageInOrder();
  }
});
