import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import type { DemoTenant } from '../../../shared/demo/demo-tenants';
import { systemViewer } from '../../../shared/identity/viewer';
import { TENANT_COLUMNS } from '../tenancy/tenant-row';
import { type DemoSlice, demoSlices } from './demo-slices';

const FIRST_NAMES = [
  'Thandi',
  'Pieter',
  'Aisha',
  'Sipho',
  'Emma',
  'Johan',
  'Lerato',
  'David',
  'Naledi',
  'Grace',
  'Bongani',
  'Sarah',
  'Zanele',
];
const LAST_NAMES = [
  'Nkosi',
  'Botha',
  'Naidoo',
  'Dlamini',
  'Smith',
  'Jacobs',
  'Mokoena',
  'Patel',
  'Visser',
  'Khumalo',
  'Adams',
];

/** Stages by the customer's number, in the mix that a tenant with the pack has. */
const STAGES: Record<DemoTenant['templatePack'], string[]> = {
  CLUB: [
    'SUBSCRIBER',
    'LEAD',
    'MEMBER',
    'MEMBER',
    'PROSPECT',
    'MEMBER',
    'CUSTOMER',
    'MEMBER',
    'ADVOCATE',
    'CHURNED',
  ],
  YOLO_B2B: [
    'SUBSCRIBER',
    'LEAD',
    'PROSPECT',
    'PROSPECT',
    'CUSTOMER',
    'CUSTOMER',
    'CUSTOMER',
    'CUSTOMER',
    'ADVOCATE',
    'CHURNED',
  ],
};

/**
 * Writes each tenant's customers, 20 000 in a statement, and returns how many are new. All that a customer is follows
 * from its number, so that writing again adds nothing; the numbers' cycles differ, so that every segment has members.
 */
export async function writeDemoCustomers(database: SqlRunner, tenants: DemoTenant[]): Promise<number> {
  let written = 0;
  for (const slices of demoSlices(tenants, ({ customers }) => customers)) {
    written += await writeSlices(database, slices);
  }
  return written;
}

async function writeSlices(database: SqlRunner, slices: DemoSlice[]): Promise<number> {
  const counted = await database.row<{ count: number }>(sql`
    WITH demo AS (
      SELECT t.id AS tenant_id, t.slug AS tenant_slug, d.slug, d.is_club, d.club_id, d.club_name, n,
        (${FIRST_NAMES}::text[])[1 + n % ${FIRST_NAMES.length}::int] AS first_name,
        (${LAST_NAMES}::text[])[1 + n % ${LAST_NAMES.length}::int] AS last_name,
        (CASE WHEN d.is_club THEN ${STAGES.CLUB}::text[] ELSE ${STAGES.YOLO_B2B}::text[] END)[1 + n % 10] AS stage,
        now() - make_interval(days => n * 37 % 730, mins => n % 1440) AS created_at
      FROM unnest(
        ${slices.map(({ tenant }) => tenant.id)}::uuid[],
        ${slices.map(({ tenant }) => tenant.slug)}::text[],
        ${slices.map(({ tenant }) => tenant.templatePack === 'CLUB')}::boolean[],
        ${slices.map(({ tenant }) => tenant.clubs[0]?.id ?? null)}::uuid[],
        ${slices.map(({ tenant }) => tenant.clubs[0]?.name ?? null)}::text[],
        ${slices.map(({ from }) => from)}::int[],
        ${slices.map(({ to }) => to)}::int[]
      ) AS d(id, slug, is_club, club_id, club_name, first, last)
      JOIN tenant t ON t.id = d.id
      CROSS JOIN generate_series(d.first, d.last) AS n
    ), staged AS (
      SELECT *, stage IN ('MEMBER', 'ADVOCATE') AND is_club AS is_member, stage IN ('CUSTOMER', 'ADVOCATE') AS is_buyer
      FROM demo
    ), written AS (
      INSERT INTO customer (id, ${raw(TENANT_COLUMNS)}, email, phone_number, first_name, last_name, display_name,
        status, lifecycle_stage, tags, engagement_score, churn_risk_score, lifetime_value, last_activity_at,
        activity_count_30d, booking_count_30d, last_booking_at, last_email_open_at, handicap, home_club_id,
        home_club_name, membership_tier, membership_status, member_since, membership_expiry,
        email_opt_in, sms_opt_in, push_opt_in, whatsapp_opt_in, created_by, updated_by, created_at, updated_at)
      SELECT md5('demo:customer:' || slug || ':' || n)::uuid, tenant_id, tenant_slug,
        lower(first_name || '.' || last_name) || '.' || n || '@example.com',
        '+2782' || lpad((n % 10000000)::text, 7, '0'), first_name, last_name, first_name || ' ' || last_name,
        CASE WHEN n % 29 = 0 THEN 'INACTIVE' ELSE 'ACTIVE' END, stage,
        CASE WHEN n % 8 = 0 THEN '{vip}' WHEN n % 8 = 3 THEN '{newsletter}' ELSE '{}' END::text[],
        n * 37 % 101, n * 53 % 101, CASE WHEN is_member OR is_buyer THEN n * 7919 % 500000 ELSE 0 END,
        now() - make_interval(days => n * 11 % 120), n * 5 % 24,
        CASE WHEN is_club AND n % 3 = 0 THEN 1 + n % 6 ELSE 0 END,
        CASE WHEN NOT is_club THEN NULL
          WHEN n % 3 = 0 THEN now() - make_interval(days => n % 29)
          WHEN n % 3 = 1 THEN now() - make_interval(days => 61 + n % 200) END,
        CASE n % 4 WHEN 0 THEN now() - make_interval(days => n % 13)
          WHEN 1 THEN now() - make_interval(days => 15 + n % 90) END,
        CASE WHEN is_club AND n % 4 <> 2 THEN (n * 13 % 360) / 10.0 END,
        CASE WHEN is_member THEN club_id END, CASE WHEN is_member THEN club_name END,
        CASE WHEN is_member THEN ('{PLATINUM,GOLD,SILVER,BRONZE}'::text[])[1 + n % 4] END,
        CASE WHEN is_member OR is_buyer THEN 'ACTIVE' WHEN stage = 'CHURNED' THEN 'EXPIRED'
          WHEN stage = 'PROSPECT' AND NOT is_club AND n % 2 = 1 THEN 'TRIAL' END,
        CASE WHEN NOT is_member THEN NULL
          WHEN n % 7 = 0 THEN now() - make_interval(days => n % 28)
          WHEN n % 5 = 2 THEN now() - make_interval(years => 6 + n % 9)
          ELSE now() - make_interval(months => 3 + n % 50) END,
        CASE WHEN NOT is_member THEN NULL
          WHEN n % 6 = 1 THEN now() + make_interval(days => 1 + n % 28)
          ELSE now() + make_interval(days => 45 + n % 300) END,
        n % 5 <> 0, n % 3 <> 0, n % 2 = 0, n % 4 = 0,
        ${systemViewer.subject}, ${systemViewer.subject}, created_at, created_at
      FROM staged ON CONFLICT DO NOTHING RETURNING id
    )
    SELECT count(*)::int AS count FROM written`);
  return counted?.count ?? 0;
}
