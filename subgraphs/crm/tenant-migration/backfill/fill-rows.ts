import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { hasRowKey, isOfOne, keyColumns, nameOf, rowKey, uniqueColumns } from '../rows/table-rows';
import type { MigratedTable } from '../schema/migrated-tables';

/** What became of rows that a step looked at. */
export interface FilledRows {
  /** Have their tenant's UUID now, and its slug in today's spelling. */
  filled: number;
  /** Went on the quarantine list. */
  quarantined: number;
}

/** Said so that no index is of use: the scope has one, and rows without a UUID may be most of the table. */
const HAS_NO_UUID = sql`num_nulls(l.tenant_uuid) = 1`;

/**
 * Gives the rows `l` of a table for which `scope` holds their tenant's UUID, by the text that they name it by. A text that
 * an operator mapped becomes the tenant's slug, and is kept beside. Rows whose text names nobody, and those that would
 * be a second one of what is unique within a tenant, go on the quarantine list instead. Safe to repeat. Source: A20, A41.
 */
export async function fillRows(runner: SqlRunner, table: MigratedTable, scope: Sql): Promise<FilledRows> {
  const current = await fillBySlug(runner, table, scope);
  const mapped = await fillByAlias(runner, table, scope);
  const unknown = await quarantineUnknown(runner, table, scope);
  return { filled: current + mapped.filled, quarantined: mapped.quarantined + unknown };
}

async function fillBySlug(runner: SqlRunner, table: MigratedTable, scope: Sql): Promise<number> {
  const row = await runner.row<{ filled: number }>(sql`
    WITH filled AS (
      UPDATE ${nameOf(table)} l SET tenant_uuid = n.tenant_id FROM crm_tenancy.row_names() n
      WHERE ${scope} AND ${HAS_NO_UUID} AND l.tenant_id = n.name AND n.name = n.slug
      RETURNING 1
    ) SELECT count(*)::int AS filled FROM filled`);
  return row?.filled ?? 0;
}

/** Also rows that writers of the old version brought with their UUID filled in and the text as it was. */
async function fillByAlias(runner: SqlRunner, table: MigratedTable, scope: Sql): Promise<FilledRows> {
  if (!(await holdMappedTenants(runner))) return { filled: 0, quarantined: 0 };
  const row = await runner.row<FilledRows>(sql`
    WITH named AS MATERIALIZED (
      SELECT ${rowKey(table, 'l')} AS row_key, l.tenant_id AS was, n.tenant_id, n.slug,
        ${isSecond(table)} AS is_second
      FROM ${nameOf(table)} l JOIN crm_tenancy.row_names() n ON n.name = l.tenant_id
      WHERE ${scope} AND n.name <> n.slug AND ${isOfOne(table)}
        AND (l.tenant_uuid IS NULL OR l.tenant_uuid = n.tenant_id)
    ), filled AS (
      UPDATE ${nameOf(table)} l SET tenant_uuid = n.tenant_id, tenant_id = n.slug FROM named n
      WHERE ${scope} AND ${hasRowKey(table, 'l', 'n.row_key')} AND NOT n.is_second AND l.tenant_id = n.was
      RETURNING ${rowKey(table, 'l')} AS row_key, n.was
    ), kept AS (
      INSERT INTO crm_tenancy.original_value (table_name, row_key, column_name, value)
      SELECT ${table.name}, row_key, 'tenant_id', to_jsonb(was) FROM filled ON CONFLICT DO NOTHING
    ), held AS (
      INSERT INTO crm_tenancy.quarantined_row AS own (table_name, row_key, slug, reason, detail)
      SELECT ${table.name}, row_key, was, 'DUPLICATE', 'the tenant has one like it under its own slug'
      FROM named WHERE is_second
      ON CONFLICT (table_name, row_key) DO UPDATE
      SET slug = excluded.slug, reason = excluded.reason, detail = excluded.detail
    )
    SELECT (SELECT count(*)::int FROM filled) AS filled,
      (SELECT count(*)::int FROM named WHERE is_second) AS quarantined`);
  return row ?? { filled: 0, quarantined: 0 };
}

/** Keeps tenants that texts were mapped to from being renamed until the transaction ends. Answers whether there are any. */
async function holdMappedTenants(runner: SqlRunner): Promise<boolean> {
  const tenants = await runner.rows(sql`
    SELECT t.id FROM crm.tenant t WHERE t.id IN (SELECT a.tenant_id FROM crm_tenancy.slug_alias a)
    ORDER BY t.id FOR KEY SHARE`);
  return tenants.length > 0;
}

/** Whether the row `l`, once under the slug of `n`, would be another one of what is unique within a tenant. */
function isSecond(table: MigratedTable): Sql {
  const keys = uniqueColumns(table).map((column) => {
    const [own, other] = [raw(`l.${column}`), raw(`o.${column}`)];
    return sql`(${own} IS NOT NULL AND (
      EXISTS (SELECT FROM ${nameOf(table)} o WHERE o.tenant_id = n.slug AND ${other} = ${own})
      OR row_number() OVER (PARTITION BY n.tenant_id, ${own} ORDER BY ${keyColumns(table, 'l')}) > 1))`;
  });
  return keys.length > 0 ? join(keys, ' OR ') : sql`false`;
}

/**
 * The rows `l` for which `scope` holds, and which name the tenant by another text than its slug, that would go on the quarantine
 * list because it has one like them.
 */
export async function countSeconds(
  runner: SqlRunner,
  table: MigratedTable,
  { scope, tenantId }: { scope: Sql; tenantId: string },
): Promise<number> {
  const row = await runner.row<{ seconds: number }>(sql`
    SELECT count(*) FILTER (WHERE is_second)::int AS seconds FROM (
      SELECT ${isSecond(table)} AS is_second
      FROM ${nameOf(table)} l JOIN (SELECT t.id AS tenant_id, t.slug FROM crm.tenant t) n ON n.tenant_id = ${tenantId}::uuid
      WHERE ${scope} AND l.tenant_id <> n.slug
    ) s`);
  return row?.seconds ?? 0;
}

async function quarantineUnknown(runner: SqlRunner, table: MigratedTable, scope: Sql): Promise<number> {
  const row = await runner.row<{ quarantined: number }>(sql`
    WITH held AS (
      INSERT INTO crm_tenancy.quarantined_row AS own (table_name, row_key, slug, reason)
      SELECT ${table.name}, ${rowKey(table, 'l')}, l.tenant_id,
        CASE WHEN l.tenant_id ~ '\\S' THEN 'UNKNOWN_SLUG' ELSE 'BLANK_SLUG' END
      FROM ${nameOf(table)} l
      WHERE ${scope} AND ${HAS_NO_UUID} AND ${isOfOne(table)}
        AND NOT EXISTS (SELECT FROM crm_tenancy.row_names() n WHERE n.name = l.tenant_id)
      ON CONFLICT (table_name, row_key) DO UPDATE
      SET slug = excluded.slug, reason = excluded.reason, detail = NULL
      RETURNING 1
    ) SELECT count(*)::int AS quarantined FROM held`);
  return row?.quarantined ?? 0;
}

/** Puts the rows `l` for which `scope` holds, and which have no UUID, on the quarantine list with what PostgreSQL said of them. */
export async function quarantineFailed(
  runner: SqlRunner,
  table: MigratedTable,
  { scope, message }: { scope: Sql; message: string },
): Promise<void> {
  await runner.rows(sql`
    INSERT INTO crm_tenancy.quarantined_row AS own (table_name, row_key, slug, reason, detail)
    SELECT ${table.name}, ${rowKey(table, 'l')}, l.tenant_id, 'FAILED', ${message}
    FROM ${nameOf(table)} l WHERE ${scope}
    ON CONFLICT (table_name, row_key) DO UPDATE
    SET slug = excluded.slug, reason = excluded.reason, detail = excluded.detail`);
}

/** Takes rows off the quarantine list that are gone, or have a tenant and its slug by now. */
export async function releaseSettled(runner: SqlRunner, table: MigratedTable): Promise<void> {
  await runner.rows(sql`
    DELETE FROM crm_tenancy.quarantined_row q
    WHERE q.table_name = ${table.name} AND q.reason <> 'ORPHAN' AND NOT EXISTS (
      SELECT FROM ${nameOf(table)} l
      WHERE ${hasRowKey(table, 'l', 'q.row_key')} AND (l.tenant_uuid IS NULL OR EXISTS (
        SELECT FROM crm_tenancy.row_names() n WHERE n.name = l.tenant_id AND n.name <> n.slug)))`);
}
