import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { hasRowKey, keyColumns, nameOf, rowKey } from '../rows/table-rows';
import { type MigratedTable, migratedTables } from '../schema/migrated-tables';
import { assertStage } from './assert-stage';
import { retireRows } from './retire-rows';
import { type ChangedRows, MAX_ROWS, type TableRows, totalOf } from './row-counts';

type ChildTable = MigratedTable & Required<Pick<MigratedTable, 'parent'>>;

export function isChild(table: MigratedTable): table is ChildTable {
  return table.parent !== undefined;
}

const children = migratedTables.filter(isChild);

/**
 * The condition that the row `l` belongs to a parent that is not there, or is another tenant's. Where either of the two has no
 * UUID yet, it is not known.
 */
export function isOrphan({ parent }: ChildTable): Sql {
  const column = raw(`l.${parent.column}`);
  return sql`${column} IS NOT NULL AND NOT EXISTS (
    SELECT FROM ${raw(`crm.${parent.table}`)} p WHERE p.id = ${column}
      AND (p.tenant_uuid = l.tenant_uuid OR p.tenant_uuid IS NULL OR l.tenant_uuid IS NULL))`;
}

/** Rows that belong to a parent that is not there, or is another tenant's, by table. For the stage EXPANDED. */
export async function countOrphans(runner: SqlRunner): Promise<TableRows[]> {
  const counts = children.map(
    (table) =>
      sql`SELECT ${table.name} AS table, count(*)::int AS rows FROM ${nameOf(table)} l WHERE ${isOrphan(table)}`,
  );
  const tables = await runner.rows<TableRows>(join(counts, ' UNION ALL '));
  return tables.filter(({ rows }) => rows > 0);
}

/** Brings the quarantine list up to date with the orphans that there are. Answers how many. */
export async function noteOrphans(runner: SqlRunner): Promise<number> {
  for (const table of children) {
    await runner.rows(sql`
      DELETE FROM crm_tenancy.quarantined_row q
      WHERE q.table_name = ${table.name} AND q.reason = 'ORPHAN' AND NOT EXISTS (
        SELECT FROM ${nameOf(table)} l WHERE ${hasRowKey(table, 'l', 'q.row_key')} AND ${isOrphan(table)})`);
    await runner.rows(sql`
      INSERT INTO crm_tenancy.quarantined_row (table_name, row_key, slug, reason, detail)
      SELECT ${table.name}, ${rowKey(table, 'l')}, l.tenant_id, 'ORPHAN',
        ${`its ${table.parent.table} is not of its tenant`}
      FROM ${nameOf(table)} l WHERE ${isOrphan(table)} ON CONFLICT DO NOTHING`);
  }
  return totalOf(await countOrphans(runner));
}

/**
 * Ends orphans, `limit` of them in one call: a lead forgets its customer, which is kept beside, and steps of a journey that is
 * another tenant's are retired. With `dryRun` it only counts. Throws `TENANCY_STAGE_WRONG`. Source: A39.
 */
export async function detachOrphans(
  runner: SqlRunner,
  { by, dryRun = false, limit = MAX_ROWS }: { by: string; dryRun?: boolean; limit?: number },
): Promise<ChangedRows> {
  await assertStage(runner, 'EXPANDED');
  if (dryRun) return { tables: await countOrphans(runner), rowsLeft: 0 };
  const tables: TableRows[] = [];
  for (const table of children) {
    const room = limit - totalOf(tables);
    if (room <= 0) break;
    const key = keyColumns(table, 'l');
    const scope = sql`(${key}) IN (
      SELECT ${key} FROM ${nameOf(table)} l WHERE ${isOrphan(table)} ORDER BY ${key} LIMIT ${room})`;
    const isPartOfParent = table.key.some(({ column }) => column === table.parent.column);
    const rows = isPartOfParent
      ? await retireRows(runner, table, { scope, by })
      : await detach(runner, table, scope);
    if (rows > 0) tables.push({ table: table.name, rows });
  }
  return { tables, rowsLeft: totalOf(await countOrphans(runner)) };
}

async function detach(runner: SqlRunner, table: ChildTable, scope: Sql): Promise<number> {
  const { column } = table.parent;
  const row = await runner.row<{ detached: number }>(sql`
    WITH orphan AS MATERIALIZED (
      SELECT ${rowKey(table, 'l')} AS row_key, l.${raw(column)} AS parent FROM ${nameOf(table)} l
      WHERE ${scope} FOR UPDATE
    ), kept AS (
      INSERT INTO crm_tenancy.original_value (table_name, row_key, column_name, value)
      SELECT ${table.name}, row_key, ${column}, to_jsonb(parent) FROM orphan
      ON CONFLICT (table_name, row_key, column_name) DO UPDATE SET value = excluded.value, changed_at = now()
    ), released AS (
      DELETE FROM crm_tenancy.quarantined_row q USING orphan o
      WHERE q.table_name = ${table.name} AND q.row_key = o.row_key AND q.reason = 'ORPHAN'
    ), detached AS (
      UPDATE ${nameOf(table)} l SET ${raw(column)} = NULL FROM orphan o
      WHERE ${hasRowKey(table, 'l', 'o.row_key')} RETURNING 1
    )
    SELECT count(*)::int AS detached FROM detached`);
  return row?.detached ?? 0;
}
