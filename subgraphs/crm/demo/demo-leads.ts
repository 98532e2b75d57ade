import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import type { DemoTenant } from '../../../shared/demo/demo-tenants';
import { systemViewer } from '../../../shared/identity/viewer';
import { TENANT_COLUMNS } from '../tenancy/tenant-row';
import { type DemoSlice, demoSlices } from './demo-slices';

const SOURCES = ['website', 'referral', 'google-ads', 'golf-show', 'partner'];

/** Writes each tenant's leads and returns how many are new. */
export async function writeDemoLeads(database: SqlRunner, tenants: DemoTenant[]): Promise<number> {
  let written = 0;
  for (const slices of demoSlices(tenants, ({ leads }) => leads)) {
    written += await writeSlices(database, slices);
  }
  return written;
}

async function writeSlices(database: SqlRunner, slices: DemoSlice[]): Promise<number> {
  const counted = await database.row<{ count: number }>(sql`
    WITH demo AS (
      SELECT t.id AS tenant_id, t.slug AS tenant_slug, d.slug, n,
        (${SOURCES}::text[])[1 + n % ${SOURCES.length}::int] AS source,
        now() - make_interval(days => n * 3 % 60, hours => n % 24) AS created_at
      FROM unnest(
        ${slices.map(({ tenant }) => tenant.id)}::uuid[],
        ${slices.map(({ tenant }) => tenant.slug)}::text[],
        ${slices.map(({ from }) => from)}::int[],
        ${slices.map(({ to }) => to)}::int[]
      ) AS d(id, slug, first, last)
      JOIN tenant t ON t.id = d.id
      CROSS JOIN generate_series(d.first, d.last) AS n
    ), written AS (
      INSERT INTO lead (id, ${raw(TENANT_COLUMNS)}, status, email, phone_number, first_name, last_name, company,
        message, source, utm_source, utm_medium, utm_campaign, consent_given, consent_at, input_digest,
        created_by, updated_by, created_at, updated_at)
      SELECT md5('demo:lead:' || slug || ':' || n)::uuid, tenant_id, tenant_slug,
        ('{NEW,NEW,CONTACTED,QUALIFIED,LOST}'::text[])[1 + n % 5],
        'lead.' || n || '@example.com', CASE WHEN n % 2 = 0 THEN '+2783' || lpad(n::text, 7, '0') END,
        ('{Kabelo,Megan,Ruan,Fatima}'::text[])[1 + n % 4], ('{Molefe,Steyn,Pillay}'::text[])[1 + n % 3],
        CASE WHEN n % 3 = 0 THEN 'Company ' || n END, 'Please tell me more.', source,
        CASE WHEN source = 'google-ads' THEN 'google' END, CASE WHEN source = 'google-ads' THEN 'cpc' END,
        CASE WHEN source IN ('google-ads', 'website') THEN 'spring' END,
        n % 4 <> 0, CASE WHEN n % 4 <> 0 THEN created_at END, md5('demo:lead:' || slug || ':' || n),
        ${systemViewer.subject}, ${systemViewer.subject}, created_at, created_at
      FROM demo ON CONFLICT DO NOTHING RETURNING id
    )
    SELECT count(*)::int AS count FROM written`);
  return counted?.count ?? 0;
}
