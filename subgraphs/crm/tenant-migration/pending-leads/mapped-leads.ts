import sql, { type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import type { Stage } from '../schema/stage';
import { tenantTable } from '../schema/tenant-table';

/**
 * The leads that waited by a slug and became its tenant's because an operator had mapped it, as the books name rows. Those that
 * are another's by now are left out, and so are all where the tenant had the slug itself, since they are its without the mapping.
 */
export function mappedLeads(stage: Stage, slug: string): Sql {
  const isOfTenant =
    stage === 'LEGACY'
      ? sql`l.tenant_id = t.slug`
      : sql`(l.tenant_uuid = t.id OR (l.tenant_uuid IS NULL AND l.tenant_id = t.slug))`;
  return sql`
    SELECT 'lead'::text AS table_name, jsonb_build_object('id', l.id) AS row_key
    FROM crm_tenancy.pending_lead p
    JOIN crm_tenancy.slug_alias a ON a.slug = p.slug AND a.mapped_at <= p.tried_at
    JOIN ${tenantTable(stage)} t ON t.id = a.tenant_id
    JOIN crm.lead l ON l.id = p.lead_id
    WHERE p.slug = ${slug} AND p.state = 'REPLAYED' AND p.lead_id = p.id AND ${isOfTenant}
      AND NOT EXISTS (
        SELECT FROM crm.tenant_slug_alias f WHERE f.slug = p.slug AND f.tenant_id = t.id AND f.expires_at > now())`;
}

/** Notes of these leads that they had the slug, as the backfill does of rows, so that the mapping is taken back with them. */
export async function noteMappedLeads(runner: SqlRunner, stage: Stage, slug: string): Promise<void> {
  await runner.rows(sql`
    INSERT INTO crm_tenancy.original_value (table_name, row_key, column_name, value)
    SELECT m.table_name, m.row_key, 'tenant_id', to_jsonb(${slug}::text) FROM (${mappedLeads(stage, slug)}) m
    ON CONFLICT DO NOTHING`);
}

/**
 * Keeps an operator from taking the mapping back until the transaction ends. Answers whether it is there: leads that go by one
 * that is not would stay the tenant's.
 */
export async function holdMapping(
  tx: SqlRunner,
  { slug, tenantId }: { slug: string; tenantId: string },
): Promise<boolean> {
  const held = await tx.row(sql`
    SELECT FROM crm_tenancy.slug_alias WHERE slug = ${slug} AND tenant_id = ${tenantId}::uuid FOR KEY SHARE`);
  return held !== null;
}
