import sql from 'sql-template-tag';
import type { Database } from '../../shared/database/database';
import { type DemoTenant, demoId } from '../../shared/demo/demo-tenants';
import { systemViewer } from '../../shared/identity/viewer';

const MAX_CLUBS_OF_DEMO_TENANT = 2;

/** Writes the SCL tenants of the demo tenants, and their clubs; what is there already stays as it is. */
export async function writeDemoData(database: Database, tenants: DemoTenant[]): Promise<number> {
  const author = systemViewer.subject;
  return database.transaction(async (transaction) => {
    const sclTenants = await transaction.rows(sql`
      INSERT INTO scl.scl_tenant (id, code, name, created_by, updated_by)
      SELECT demo.*, ${author}, ${author}
      FROM unnest(
        ${tenants.map((tenant) => demoId(`scl-tenant:${tenant.slug}`))}::uuid[],
        ${tenants.map((tenant) => tenant.sclTenantCode)}::text[],
        ${tenants.map((tenant) => tenant.displayName)}::text[]
      ) AS demo
      ON CONFLICT DO NOTHING RETURNING id`);
    const clubs = tenants.flatMap(clubsOf);
    const sclClubs = await transaction.rows(sql`
      INSERT INTO scl.scl_club (id, scl_tenant_id, name, created_by, updated_by)
      SELECT demo.id, t.id, demo.name, ${author}, ${author}
      FROM unnest(
        ${clubs.map((club) => club.id)}::uuid[],
        ${clubs.map((club) => club.code)}::text[],
        ${clubs.map((club) => club.name)}::text[]
      ) AS demo(id, code, name)
      JOIN scl.scl_tenant t USING (code)
      ON CONFLICT DO NOTHING RETURNING id`);
    return sclTenants.length + sclClubs.length;
  });
}

/** The first of the tenant's golf clubs, or one club for its members where it has none. */
function clubsOf({ slug, displayName, sclTenantCode, clubs }: DemoTenant) {
  const golf = clubs.slice(0, MAX_CLUBS_OF_DEMO_TENANT).map((club) => club.name);
  const names = golf.length > 0 ? golf : [`${displayName} Members`];
  return names.map((name) => ({ id: demoId(`scl-club:${slug}:${name}`), code: sclTenantCode, name }));
}
