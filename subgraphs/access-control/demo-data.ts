import sql from 'sql-template-tag';
import type { Database } from '../../shared/database/database';
import { type DemoTenant, demoId } from '../../shared/demo/demo-tenants';

/** Writes the demo tenants and their registry entries; what is there already stays as it is. */
export async function writeDemoData(database: Database, tenants: DemoTenant[]): Promise<number> {
  return database.transaction(async (transaction) => {
    const written = await transaction.rows(sql`
      INSERT INTO access_control.tenant (id, slug, display_name)
      SELECT * FROM unnest(
        ${tenants.map((tenant) => tenant.id)}::uuid[],
        ${tenants.map((tenant) => tenant.slug)}::text[],
        ${tenants.map((tenant) => tenant.displayName)}::text[])
      ON CONFLICT DO NOTHING RETURNING id`);
    const registered = await transaction.rows(sql`
      INSERT INTO access_control.tenant_registry (
        id, tenant_id, scl_tenant_code, scl_enabled, teetime_enabled, messaging_tenant_id, messaging_enabled,
        crm_tenant_id, crm_enabled, payment_providers, payments_enabled, association_provider, provisioned_at)
      SELECT id, tenant_id, scl_code, true, true, messaging_id, true, tenant_id::text, true,
        '{stripe,peach}', true, association, now()
      FROM unnest(
        ${tenants.map((tenant) => demoId(`registry:${tenant.slug}`))}::uuid[],
        ${tenants.map((tenant) => tenant.id)}::uuid[],
        ${tenants.map((tenant) => tenant.sclTenantCode)}::text[],
        ${tenants.map((tenant) => tenant.messagingTenantId)}::text[],
        ${tenants.map((tenant) => tenant.associationProvider)}::text[]
      ) AS demo(id, tenant_id, scl_code, messaging_id, association)
      WHERE EXISTS (SELECT FROM access_control.tenant t WHERE t.id = demo.tenant_id)
      ON CONFLICT DO NOTHING RETURNING id`);
    const clubs = tenants.flatMap((tenant) => tenant.clubs.map((club) => ({ ...club, tenantId: tenant.id })));
    const mapped = await transaction.rows(sql`
      INSERT INTO access_control.tenant_registry_club (club_id, tenant_id)
      SELECT club_id, demo.tenant_id
      FROM unnest(
        ${clubs.map((club) => club.id)}::uuid[],
        ${clubs.map((club) => club.tenantId)}::uuid[]
      ) WITH ORDINALITY AS demo(club_id, tenant_id, place)
      JOIN access_control.tenant_registry r USING (tenant_id)
      ORDER BY place
      ON CONFLICT DO NOTHING RETURNING club_id`);
    return written.length + registered.length + mapped.length;
  });
}
