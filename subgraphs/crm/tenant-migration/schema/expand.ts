import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import {
  DIGIWEDGE_TENANT_ID,
  DIGIWEDGE_TENANT_NAME,
  DIGIWEDGE_TENANT_SLUG,
  YOLO_TENANT_ID,
  YOLO_TENANT_NAME,
  YOLO_TENANT_SLUG,
} from '../../../../shared/tenancy/well-known-tenants';
import { hasColumn, readConstraints } from './catalogue';
import { createLiveViews, dropLiveViews } from './live-views';
import { type MigratedTable, migratedTables, missingUuidIndex } from './migrated-tables';
import { createIndex, type Move } from './move';
import { runTogether } from './run-together';
import {
  createFillTrigger,
  createTenantFunctions,
  dropFillTrigger,
  dropTenantFunctions,
} from './tenant-functions';
import { referByUuid } from './uuid-key';

/**
 * LEGACY to EXPANDED: rows may name their tenant by its UUID, which writers of the old version need not know (A11–A19). The
 * indexes come before the views that read by them, so that no list is read without one.
 */
export async function expand(move: Move): Promise<void> {
  const columns = migratedTables.map(
    ({ name }) => sql`ALTER TABLE ${raw(`crm.${name}`)} ADD COLUMN IF NOT EXISTS tenant_uuid uuid`,
  );
  await move.step('tables get their tenant_uuid', (runner) => runTogether(runner, columns));
  for (const table of migratedTables) await indexByUuid(move, table);
  const has = await readConstraints(move.owner);
  const giveTenants = async (runner: SqlRunner) => {
    await dropLiveViews(runner);
    await dropTenantFunctions(runner, 'LEGACY');
    await runner.rows(sql`ALTER TABLE crm_live.tenant SET SCHEMA crm`);
    await seedTenants(runner);
    await runTogether(
      runner,
      migratedTables.flatMap((table) => referByUuid(has, table)),
    );
    await createTenantFunctions(runner, 'EXPANDED');
    await createFillTrigger(runner);
    await createLiveViews(runner, 'EXPANDED');
    await runner.rows(sql`
      INSERT INTO crm_tenancy.tenant_phase (tenant_id, phase, changed_by)
      SELECT id, 'LEGACY', ${move.by} FROM crm.tenant ON CONFLICT DO NOTHING`);
  };
  await move.step('CRM gets its tenants, and rows may name them by UUID', giveTenants, 'EXPANDED');
}

async function indexByUuid(move: Move, table: MigratedTable): Promise<void> {
  const indexes =
    table.indexes.length > 0 ? table.indexes : [{ name: `${table.name}_tenant_uuid`, columns: '{tenant}' }];
  for (const { name, columns, ...rest } of indexes) {
    await createIndex(move, {
      name,
      table: table.name,
      columns: columns.replace('{tenant}', 'tenant_uuid'),
      ...rest,
    });
  }
  for (const index of missingUuidIndex(table)) await createIndex(move, { ...index, table: table.name });
}

/** Tenants that are there whatever CRM has heard from Access Control (A18); what it says of them comes later. */
async function seedTenants(runner: SqlRunner): Promise<void> {
  await runner.rows(sql`
    INSERT INTO crm.tenant (id, slug, display_name, status, created_at, updated_at)
    SELECT id, slug, display_name, 'ACTIVE', 'epoch', 'epoch' FROM unnest(
      ${[DIGIWEDGE_TENANT_ID, YOLO_TENANT_ID]}::uuid[],
      ${[DIGIWEDGE_TENANT_SLUG, YOLO_TENANT_SLUG]}::text[],
      ${[DIGIWEDGE_TENANT_NAME, YOLO_TENANT_NAME]}::text[]
    ) AS known(id, slug, display_name)
    WHERE NOT EXISTS (SELECT FROM crm.tenant other WHERE other.slug = known.slug)
    ON CONFLICT (id) DO NOTHING`);
}

/** EXPANDED to LEGACY. Rows keep their slugs; what a backfill wrote goes with the column. */
export async function takeExpansionBack(move: Move): Promise<void> {
  const takeTenants = async (runner: SqlRunner) => {
    await dropLiveViews(runner);
    await dropFillTrigger(runner);
    await dropTenantFunctions(runner, 'EXPANDED');
    await dropUuids(runner);
    await runner.rows(sql`ALTER TABLE crm.tenant SET SCHEMA crm_live`);
    await createTenantFunctions(runner, 'LEGACY');
    await createLiveViews(runner, 'LEGACY');
    await runner.rows(sql`DELETE FROM crm_tenancy.tenant_phase`);
    await runner.rows(sql`DELETE FROM crm_tenancy.backfill`);
  };
  await move.step('tables lose their tenant_uuid, and CRM its tenants', takeTenants, 'LEGACY');
}

/** What an expansion that was broken off left behind in LEGACY. */
export async function clearExpansion(move: Move): Promise<void> {
  if (!(await hasColumn(move.owner, 'customer', 'tenant_uuid'))) return;
  await move.step('tables lose their tenant_uuid', dropUuids);
}

async function dropUuids(runner: SqlRunner): Promise<void> {
  await runTogether(
    runner,
    migratedTables.map(
      ({ name }) => sql`ALTER TABLE ${raw(`crm.${name}`)} DROP COLUMN IF EXISTS tenant_uuid`,
    ),
  );
}
