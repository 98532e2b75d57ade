import sql, { raw, type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { templatePacks } from '../../template-packs/template-packs';

export interface LegacySize {
  /** Rows in all tables together, system segments apart. */
  rows: number;
  /** Of these slugs' tenants, the first ones many, the last ones few. */
  slugs: readonly string[];
  /** The share of rows, from 0 to 1, that have something wrong with them. */
  dirt: number;
  /** The same seed writes the same rows. */
  seed: number;
}

/** Of a thousand rows, how many go into each table; steps and leads refer to rows that were written before. */
const SHARES = { customer: 560, journey: 10, journey_step: 40, segment: 20, lead: 370 } as const;
const BATCH_ROWS = 50_000;
/** A journey has at most so many steps here. */
const STEPS_OF_JOURNEY = 4;

/**
 * Fills CRM's tables of the stage LEGACY with rows as years of use leave them behind: slugs of tenants, and, among the dirt,
 * slugs that nobody has or had, blank ones, other spellings, a UUID where a slug belongs, leads of customers that are gone or another tenant's, and
 * one e-mail address for two customers. System segments are made for clubs and belong to no tenant (A7–A10).
 */
export async function writeLegacyRows(
  owner: SqlRunner,
  size: LegacySize,
  report: (line: string) => void,
): Promise<number> {
  const counts = Object.fromEntries(
    Object.entries(SHARES).map(([table, share]) => [table, Math.floor((size.rows * share) / 1_000)]),
  ) as Record<keyof typeof SHARES, number>;
  counts.journey_step = Math.min(counts.journey_step, counts.journey * STEPS_OF_JOURNEY);
  // What rounding leaves over is one kind of row's, so that there are as many as were asked for.
  const installations = Math.min(size.slugs.length, size.rows);
  counts.lead += Math.max(
    0,
    size.rows - installations - Object.values(counts).reduce((sum, count) => sum + count),
  );

  await owner.rows(systemSegments());
  await owner.rows(installationsOf(size.slugs.slice(0, installations)));
  let written = installations;
  for (const table of ['customer', 'journey', 'journey_step', 'segment', 'lead'] as const) {
    for (let from = 0; from < counts[table]; from += BATCH_ROWS) {
      const to = Math.min(from + BATCH_ROWS, counts[table]);
      await owner.rows(statements[table]({ ...size, from, to, counts }));
      written += to - from;
      report(`${written} of ${size.rows} rows`);
    }
  }
  for (const table of ['lead', 'customer', 'segment', 'journey_step', 'journey']) {
    await owner.rows(sql`ANALYZE ${raw(`crm.${table}`)}`);
  }
  return written;
}

interface Batch extends LegacySize {
  from: number;
  to: number;
  counts: Record<keyof typeof SHARES, number>;
}

/** A whole number that follows from the row's number, the seed and what it is for: SQL of a bigint that is not negative. */
function chance(seed: number, purpose: number): Sql {
  return sql`(hashint8extended(n, ${seed * 1_000 + purpose}::bigint) & 9223372036854775807)`;
}

/** \`n\` from..to with its tenant's slug as the row has it, dirt included: SQL of a table \`row(n, slug, tenant, is_dirty)\`. */
function numbered({ from, to, slugs, dirt, seed }: Batch): Sql {
  const share = Math.round(dirt * 1_000_000);
  return sql`(
    SELECT n, tenant, is_dirty, CASE WHEN NOT is_dirty THEN tenant ELSE
      CASE ${chance(seed, 3)} % 10
        WHEN 0 THEN 'unknown-' || ${chance(seed, 4)} % 20
        WHEN 1 THEN 'closed-club-' || ${chance(seed, 4)} % 10
        WHEN 2 THEN upper(tenant)
        WHEN 3 THEN tenant || ' '
        WHEN 4 THEN ' ' || initcap(tenant)
        WHEN 5 THEN ''
        WHEN 6 THEN '   '
        WHEN 7 THEN md5('stray' || ${chance(seed, 4)} % 5)::uuid::text
        ELSE tenant END
      END AS slug
    FROM (
      SELECT n, (${[...slugs]}::text[])[1 + floor(${slugs.length}::int * power((${chance(seed, 1)} % 1000000) / 1000000.0, 2))::int] AS tenant,
        ${chance(seed, 2)} % 1000000 < ${share} AS is_dirty
      FROM generate_series(${from}::bigint, ${to - 1}::bigint) AS n
    ) AS clean
  ) AS row`;
}

const idOf = (table: string, seed: number, n: Sql | string) =>
  sql`md5(${`legacy:${table}:${seed}:`} || ${typeof n === 'string' ? raw(n) : n})::uuid`;

const CREATED_AT = sql`now() - make_interval(mins => (n % 1000000)::int)`;

const statements: Record<keyof typeof SHARES, (batch: Batch) => Sql> = {
  customer: (batch) => sql`
    INSERT INTO crm.customer (id, tenant_id, auth_user_id, email, phone_number, first_name, last_name, display_name,
      lifecycle_stage, tags, engagement_score, churn_risk_score, lifetime_value, created_by, updated_by, created_at, updated_at)
    SELECT ${idOf('customer', batch.seed, 'n')}, slug, CASE WHEN n % 3 = 0 THEN 'login-' || n END,
      lower(first || '.' || last) || '.' || CASE WHEN is_dirty THEN n / 2 ELSE n END || '@example.com',
      '+2782' || lpad((n % 10000000)::text, 7, '0'), first, last, first || ' ' || last,
      ('{SUBSCRIBER,LEAD,PROSPECT,CUSTOMER,MEMBER,ADVOCATE,CHURNED}'::text[])[1 + n % 7],
      CASE WHEN n % 8 = 0 THEN '{vip}' ELSE '{}' END::text[], n * 37 % 101, n * 53 % 101, n * 7919 % 500000,
      'legacy', 'legacy', ${CREATED_AT}, ${CREATED_AT}
    FROM (
      SELECT *, ('{Thandi,Pieter,Aisha,Sipho,Megan,Kabelo,Ruan}'::text[])[1 + n % 7] AS first,
        ('{Dlamini,Botha,Naidoo,Khumalo,Steyn}'::text[])[1 + n % 5] AS last
      FROM ${numbered(batch)}
    ) AS named`,
  journey: (batch) => sql`
    INSERT INTO crm.journey (id, tenant_id, name, status, trigger_type, created_by, updated_by, created_at, updated_at)
    SELECT ${idOf('journey', batch.seed, 'n')}, slug, 'Journey ' || n,
      ('{DRAFT,ACTIVE,PAUSED,ARCHIVED}'::text[])[1 + n % 4], ('{MANUAL,TEETIME_BOOKED,SCL_MEMBER_CREATED}'::text[])[1 + n % 3],
      'legacy', 'legacy', ${CREATED_AT}, ${CREATED_AT}
    FROM ${numbered(batch)}`,
  // A step is of its journey's tenant; among the dirt, of another one.
  journey_step: (batch) => sql`
    INSERT INTO crm.journey_step (journey_id, step_number, tenant_id, type, name, channel, wait_days)
    SELECT j.id, 1 + n % ${STEPS_OF_JOURNEY}::int, CASE WHEN is_dirty THEN slug ELSE j.tenant_id END, kind, 'Step ' || n,
      CASE kind WHEN 'SEND' THEN 'EMAIL' END, CASE kind WHEN 'WAIT' THEN 1 + n % 7 END
    FROM (
      SELECT *, ('{TRIGGER,SEND,WAIT,END}'::text[])[1 + n % 4] AS kind FROM ${numbered(batch)}
    ) AS step
    JOIN crm.journey j ON j.id = ${idOf('journey', batch.seed, sql`n / ${STEPS_OF_JOURNEY}::int`)}`,
  segment: (batch) => sql`
    INSERT INTO crm.segment (id, tenant_id, name, type, criteria, created_by, updated_by, created_at, updated_at)
    SELECT ${idOf('segment', batch.seed, 'n')}, slug, 'Segment ' || n / CASE WHEN is_dirty THEN 2 ELSE 1 END
        || CASE WHEN is_dirty THEN ' of old' ELSE '' END,
      'STATIC', NULL, 'legacy', 'legacy', ${CREATED_AT}, ${CREATED_AT}
    FROM ${numbered(batch)}
    ON CONFLICT DO NOTHING`,
  // Half of the leads became customers, who for dirty ones are nobody, or somebody else's.
  lead: (batch) => sql`
    INSERT INTO crm.lead (id, tenant_id, status, email, first_name, source, consent_given, consent_at, customer_id,
      idempotency_key, input_digest, created_by, updated_by, created_at, updated_at)
    SELECT ${idOf('lead', batch.seed, 'n')}, slug,
      CASE WHEN c.id IS NULL THEN 'NEW' ELSE 'CONVERTED' END, 'lead.' || n || '@example.com', 'Lead ' || n,
      ('{website,google-ads,walk-in}'::text[])[1 + n % 3], n % 4 <> 0, CASE WHEN n % 4 <> 0 THEN ${CREATED_AT} END,
      CASE WHEN n % 2 = 1 THEN NULL WHEN is_dirty AND n % 4 = 0 THEN md5('gone' || n)::uuid ELSE c.id END,
      CASE WHEN n % 5 = 0 THEN 'key-' || n END, md5('legacy:' || n), 'public', 'public', ${CREATED_AT}, ${CREATED_AT}
    FROM ${numbered(batch)}
    LEFT JOIN crm.customer c ON n % 2 = 0 AND c.id = ${idOf('customer', batch.seed, sql`(n % ${Math.max(1, batch.counts.customer)}::int)`)}
      AND (c.tenant_id = slug OR is_dirty)`,
};

/** Segments that every tenant of the old version saw, made for clubs. */
function systemSegments(): Sql {
  const { key, version, segments } = templatePacks.CLUB;
  return sql`
    INSERT INTO crm.segment (id, tenant_id, name, description, criteria, is_system, pack_key, pack_version, created_by, updated_by)
    SELECT md5('legacy:system-segment:' || name)::uuid, NULL, name, description, criteria, true, ${key}, ${version}::int, 'system', 'system'
    FROM unnest(
      ${segments.map(({ name }) => name)}::text[],
      ${segments.map(({ description }) => description)}::text[],
      ${segments.map(({ criteria }) => JSON.stringify(criteria))}::jsonb[]
    ) AS given(name, description, criteria)`;
}

function installationsOf(slugs: readonly string[]): Sql {
  return sql`
    INSERT INTO crm.template_pack_installation (tenant_id, pack_key, version, installed_by)
    SELECT slug, CASE slug WHEN 'yolo' THEN 'YOLO_B2B' ELSE 'CLUB' END, 1, 'legacy' FROM unnest(${[...slugs]}::text[]) AS slug`;
}
