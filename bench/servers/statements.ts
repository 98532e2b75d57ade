import sql, { type Sql } from 'sql-template-tag';

/** What somebody would write by hand for the scenes: one statement for each system that is asked. */
export const statements = {
  tenantBySlug: (slug: string): Sql => sql`
    SELECT t.id, t.slug, t.display_name, t.status, r.scl_tenant_code, r.messaging_tenant_id, r.crm_tenant_id,
      ARRAY (SELECT c.club_id FROM access_control.tenant_registry_club c WHERE c.tenant_id = t.id ORDER BY c.position) AS club_ids
    FROM access_control.tenant t LEFT JOIN access_control.tenant_registry r ON r.tenant_id = t.id
    WHERE t.slug = ${slug}`,
  clubsOf: (tenantId: string): Sql => sql`
    SELECT id, club_code, name FROM teetime.club WHERE tenant_id = ${tenantId} ORDER BY name, id`,
  sclTenantByCode: (code: string): Sql => sql`
    SELECT t.code, t.name, c.id AS club_id, c.name AS club_name
    FROM scl.scl_tenant t LEFT JOIN scl.scl_club c ON c.scl_tenant_id = t.id
    WHERE t.code = ${code} ORDER BY c.name`,
  customersOf: (tenantId: string): Sql => sql`
    SELECT id, email, first_name, last_name FROM crm.customer WHERE tenant_id = ${tenantId}
    ORDER BY created_at DESC, id DESC LIMIT 20`,
  contactsOf: (messagingTenantId: string): Sql => sql`
    SELECT id, email FROM messaging.contact WHERE messaging_tenant_id = ${messagingTenantId}
    ORDER BY created_at DESC, id DESC LIMIT 5`,
  firstTenants: (): Sql => sql`SELECT id, slug FROM access_control.tenant ORDER BY slug, id LIMIT 50`,
  clubsOfTenants: (tenantIds: string[]): Sql => sql`
    SELECT tenant_id, club_code, name FROM teetime.club WHERE tenant_id = ANY (${tenantIds}::uuid[]) ORDER BY name, id`,
  registryByClub: (clubId: string): Sql => sql`
    SELECT r.tenant_id, r.scl_tenant_code, r.messaging_tenant_id, r.crm_tenant_id, t.slug
    FROM access_control.tenant_registry_club c
    JOIN access_control.tenant_registry r ON r.tenant_id = c.tenant_id
    JOIN access_control.tenant t ON t.id = c.tenant_id
    WHERE c.club_id = ${clubId}`,
  insertLead: ({ id, tenantSlug, email }: { id: string; tenantSlug: string; email: string }): Sql => sql`
    INSERT INTO crm.lead (id, tenant_id, tenant_slug, email, consent_given, input_digest, created_by, updated_by)
    SELECT ${id}, t.id, t.slug, lower(${email}), false, '', 'bench', 'bench' FROM crm.tenant t WHERE t.slug = ${tenantSlug}`,
};
