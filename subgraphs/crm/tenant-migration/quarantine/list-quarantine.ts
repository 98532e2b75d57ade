import sql, { join, raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { isOfOne, nameOf } from '../rows/table-rows';
import { migratedTables } from '../schema/migrated-tables';
import { readStage } from '../schema/stage';
import { type KnownTenants, type Proposal, proposeTenant } from './proposals';
import { isWaiting } from './waiting-rows';

export type QuarantineReason = 'UNKNOWN_SLUG' | 'BLANK_SLUG' | 'ORPHAN' | 'DUPLICATE' | 'FAILED';

/** Rows that wait for an operator, of one text and for one reason. */
export interface QuarantineEntry {
  slug: string | null;
  reason: QuarantineReason;
  rows: number;
  tables: { table: string; rows: number }[];
  /** What was said of a row of each table, where something was. */
  detail: string | null;
  /** The tenant that the text may mean; nobody maps it but an operator. */
  proposal: Proposal | null;
}

/** Texts that one answer has at most, those with the most rows first. */
const MAX_ENTRIES = 500;

/** What is on the quarantine list and still waits, the most rows first, `limit` (500 unless given) texts and reasons at most. */
export async function listQuarantine(
  runner: SqlRunner,
  { limit = MAX_ENTRIES }: { limit?: number } = {},
): Promise<QuarantineEntry[]> {
  const entries = await runner.rows<Omit<QuarantineEntry, 'proposal'>>(sql`
    SELECT slug, reason, sum(rows)::int AS rows, string_agg(DISTINCT detail, '; ') AS detail,
      jsonb_agg(jsonb_build_object('table', table_name, 'rows', rows) ORDER BY table_name) AS tables
    FROM (
      SELECT slug, reason, table_name, count(*)::int AS rows, min(detail) AS detail
      FROM crm_tenancy.quarantined_row q WHERE ${isWaiting(await readStage(runner))} GROUP BY slug, reason, table_name
    ) q
    GROUP BY slug, reason ORDER BY rows DESC, reason, slug LIMIT ${limit}`);
  return withProposals(runner, entries);
}

/**
 * Texts in rows that name no tenant, counted in the rows themselves: what the backfill would put on the list, whether it ran or
 * not. Empty in the stages in which there can be none.
 */
export async function surveySlugs(
  runner: SqlRunner,
  { limit = MAX_ENTRIES }: { limit?: number } = {},
): Promise<QuarantineEntry[]> {
  const stage = await readStage(runner);
  if (stage === 'ENFORCED' || stage === 'CONTRACTED') return [];
  const hasNoTenant = raw(stage === 'EXPANDED' ? 'l.tenant_uuid IS NULL AND' : '');
  const counts = migratedTables.map(
    (table) => sql`
      SELECT l.tenant_id AS slug, ${table.name}::text AS table_name, count(*)::int AS rows FROM ${nameOf(table)} l
      WHERE ${hasNoTenant} ${isOfOne(table)}
        AND NOT EXISTS (SELECT FROM crm_tenancy.row_names() n WHERE n.name = l.tenant_id)
      GROUP BY 1`,
  );
  const entries = await runner.rows<Omit<QuarantineEntry, 'proposal'>>(sql`
    SELECT slug, CASE WHEN slug ~ '\\S' THEN 'UNKNOWN_SLUG' ELSE 'BLANK_SLUG' END AS reason,
      sum(rows)::int AS rows, NULL AS detail,
      jsonb_agg(jsonb_build_object('table', table_name, 'rows', rows) ORDER BY table_name) AS tables
    FROM (${join(counts, ' UNION ALL ')}) q GROUP BY slug ORDER BY rows DESC, slug LIMIT ${limit}`);
  return withProposals(runner, entries);
}

async function withProposals(
  runner: SqlRunner,
  entries: Omit<QuarantineEntry, 'proposal'>[],
): Promise<QuarantineEntry[]> {
  const known = await readKnownTenants(runner);
  return entries.map((entry) => ({
    ...entry,
    proposal: isNameless(entry.reason) ? proposeTenant(entry.slug, known) : null,
  }));
}

/** Whether it is the text that rows wait for. */
const isNameless = (reason: QuarantineReason) => reason === 'UNKNOWN_SLUG' || reason === 'BLANK_SLUG';

async function readKnownTenants(runner: SqlRunner): Promise<KnownTenants> {
  const tenants = (await readStage(runner)) === 'LEGACY' ? raw('crm_live.tenant') : raw('crm.tenant');
  return {
    tenants: await runner.rows(sql`SELECT id, slug FROM ${tenants} ORDER BY slug`),
    formerSlugs: await runner.rows(
      sql`SELECT slug, tenant_id AS "tenantId" FROM crm.tenant_slug_alias ORDER BY since DESC`,
    ),
  };
}
