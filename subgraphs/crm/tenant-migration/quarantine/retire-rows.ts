import sql, { type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { nameOf, type RowKey, rowKey } from '../rows/table-rows';
import type { MigratedTable } from '../schema/migrated-tables';

/**
 * Takes the rows `l` of a table for which `scope` holds out of it and keeps them whole, so that they can be put back. Whatever
 * refers to them must be gone before. They are found again by `slug`, which is their own unless given. Answers how many they were.
 */
export async function retireRows(
  runner: SqlRunner,
  table: MigratedTable,
  { scope, by, slug }: { scope: Sql; by: string; slug?: string | null },
): Promise<number> {
  const found = slug === undefined ? sql`l.tenant_id` : sql`${slug}::text`;
  const row = await runner.row<{ retired: number }>(sql`
    WITH gone AS (
      DELETE FROM ${nameOf(table)} l WHERE ${scope}
      RETURNING ${rowKey(table, 'l')} AS row_key, ${found} AS slug, ${withoutSlug} AS content
    ), kept AS (
      INSERT INTO crm_tenancy.retired_row (id, table_name, row_key, slug, content, retired_by)
      SELECT gen_random_uuid(), ${table.name}, row_key, slug, content, ${by} FROM gone RETURNING 1
    ), released AS (
      DELETE FROM crm_tenancy.quarantined_row q USING gone
      WHERE q.table_name = ${table.name} AND q.row_key = gone.row_key
    )
    SELECT count(*)::int AS retired FROM kept`);
  return row?.retired ?? 0;
}

/**
 * Puts the retired rows `r` of a table for which `scope` holds back as they were, with the slug that their tenant has today. One
 * in whose place another is now stays retired. Whatever a row belongs to must be back before. Answers the keys of those that are
 * back.
 */
export async function restoreRows(runner: SqlRunner, table: MigratedTable, scope: Sql): Promise<RowKey[]> {
  const rows = await runner.rows<{ key: RowKey }>(sql`
    WITH chosen AS MATERIALIZED (
      SELECT r.id, jsonb_populate_record(NULL::${nameOf(table)}, r.content || ${slugOfToday}) AS content,
        set_config('crm_tenancy.keep_text', 'on', true)
      FROM crm_tenancy.retired_row r WHERE r.table_name = ${table.name} AND ${scope}
    ), back AS (
      INSERT INTO ${nameOf(table)} AS l SELECT (content).* FROM chosen
      ON CONFLICT DO NOTHING RETURNING ${rowKey(table, 'l')} AS row_key
    ), gone AS (
      DELETE FROM crm_tenancy.retired_row r USING chosen c, back b
      WHERE r.id = c.id AND ${rowKey(table, '(c.content)')} = b.row_key RETURNING b.row_key
    )
    SELECT row_key AS key FROM gone`);
  return rows.map(({ key }) => key);
}

/** What is kept of the row `l`: without its tenant's slug, which another tenant may have by the time at which it comes back. */
const withoutSlug = sql`
  CASE WHEN EXISTS (SELECT FROM crm.tenant t WHERE t.id = l.tenant_uuid AND t.slug = l.tenant_id)
    THEN to_jsonb(l) - 'tenant_id' ELSE to_jsonb(l) END`;

const slugOfToday = sql`coalesce((
  SELECT jsonb_build_object('tenant_id', t.slug) FROM crm.tenant t
  WHERE NOT r.content ? 'tenant_id' AND t.id = (r.content ->> 'tenant_uuid')::uuid), '{}')`;
