import sql, { type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { isBehind, isInRange, isOfOne, keyColumns, nameOf, type RowKey, rowKey } from '../rows/table-rows';
import type { MigratedTable } from '../schema/migrated-tables';

/** Rows of a table that a batch takes. */
export interface Rows {
  count: number;
  /** The condition on the alias `l` that holds for them. */
  scope: Sql;
  /** The key of the last of them. */
  last: RowKey;
}

/** The `limit` rows whose keys follow on `from`, or `null` when there are none. */
export async function rowsBehind(
  runner: SqlRunner,
  table: MigratedTable,
  { from, limit }: { from: RowKey | null; limit: number },
): Promise<Rows | null> {
  const row = await runner.row<{ count: number; last: RowKey }>(sql`
    SELECT row_number() OVER (ORDER BY ${keyColumns(table, 'l')})::int AS count, ${rowKey(table, 'l')} AS last
    FROM (
      SELECT ${keyColumns(table, 'l')} FROM ${nameOf(table)} l WHERE ${isBehind(table, 'l', from)}
      ORDER BY ${keyColumns(table, 'l')} LIMIT ${limit}
    ) l ORDER BY 1 DESC LIMIT 1`);
  return row && { ...row, scope: isInRange(table, 'l', { from, to: row.last }) };
}

/**
 * Up to `limit` rows that neither have a UUID nor are on the quarantine list, or `null`: what writers of the old version left behind
 * the cursor with texts that name nobody.
 */
export async function rowsLeftBehind(
  runner: SqlRunner,
  table: MigratedTable,
  limit: number,
): Promise<Rows | null> {
  const columns = keyColumns(table, 'l');
  const left = sql`
    SELECT ${columns} FROM ${nameOf(table)} l
    WHERE l.tenant_uuid IS NULL AND ${isOfOne(table)} AND NOT EXISTS (
      SELECT FROM crm_tenancy.quarantined_row q
      WHERE q.table_name = ${table.name} AND q.row_key = ${rowKey(table, 'l')})
    ORDER BY ${columns} LIMIT ${limit}`;
  const row = await runner.row<{ count: number; last: RowKey }>(sql`
    SELECT row_number() OVER (ORDER BY ${columns})::int AS count, ${rowKey(table, 'l')} AS last
    FROM (${left}) l ORDER BY 1 DESC LIMIT 1`);
  return row && { ...row, scope: sql`(${columns}) IN (${left})` };
}
