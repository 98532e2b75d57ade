import sql, { raw } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../shared/database/database';
import type { DemoTenant } from '../../shared/demo/demo-tenants';
import { systemViewer } from '../../shared/identity/viewer';
import { writeDemoCustomers } from './demo/demo-customers';
import { writeDemoLeads } from './demo/demo-leads';
import { templatePacks } from './template-packs/template-packs';
import { writeTemplatePack } from './template-packs/write-template-pack';
import { isOfTenant } from './tenancy/tenant-row';
import { holdTenants } from './tenancy/writable-tenant';

/** Tenants that one transaction gives a template pack. */
const TENANTS_A_BATCH = 100;

/** Writes copies of the demo tenants, their template packs, customers and leads; what is there already stays as it is. */
export async function writeDemoData(database: Database, tenants: DemoTenant[]): Promise<number> {
  const copied = await copyTenants(database, tenants);
  let installed = 0;
  for (let start = 0; start < tenants.length; start += TENANTS_A_BATCH) {
    installed += await installPacks(database, tenants.slice(start, start + TENANTS_A_BATCH));
  }
  const customers = await writeDemoCustomers(database, tenants);
  const leads = await writeDemoLeads(database, tenants);
  return copied + installed + customers + leads;
}

/** The copies are as old as can be, so that whatever Access Control answers is newer. */
async function copyTenants(database: SqlRunner, tenants: DemoTenant[]): Promise<number> {
  const copied = await database.rows(sql`
    INSERT INTO tenant (id, slug, display_name, status, created_at, updated_at)
    SELECT id, slug, display_name, 'ACTIVE', to_timestamp(0), to_timestamp(0)
    FROM unnest(
      ${tenants.map(({ id }) => id)}::uuid[],
      ${tenants.map(({ slug }) => slug)}::text[],
      ${tenants.map(({ displayName }) => displayName)}::text[]
    ) AS demo(id, slug, display_name)
    WHERE NOT EXISTS (SELECT FROM tenant other WHERE other.slug = demo.slug)
    ON CONFLICT (id) DO NOTHING RETURNING id`);
  return copied.length;
}

/** Packs are for tenants who have none yet, so that what someone did with theirs is never in the way. */
async function installPacks(database: Database, tenants: DemoTenant[]): Promise<number> {
  return database.transaction(async (transaction) => {
    const fresh = await transaction.rows<{ id: string }>(sql`
      SELECT t.id FROM tenant t WHERE t.id = ANY (${tenants.map(({ id }) => id)}::uuid[])
        AND NOT EXISTS (SELECT FROM segment s WHERE ${isOfTenant('s', raw('t.id'))})
        AND NOT EXISTS (SELECT FROM journey j WHERE ${isOfTenant('j', raw('t.id'))})`);
    const freshIds = new Set(fresh.map(({ id }) => id));
    for (const pack of Object.values(templatePacks)) {
      const chosen = tenants.filter(({ id, templatePack }) => templatePack === pack.key && freshIds.has(id));
      if (chosen.length === 0) continue;
      const held = await holdTenants(
        transaction,
        chosen.map(({ id }) => id),
        'one at a time',
      );
      await writeTemplatePack(transaction, { tenants: held, pack, subject: systemViewer.subject });
    }
    return freshIds.size;
  });
}
