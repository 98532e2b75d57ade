import sql, { raw, type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { hasRowKey, nameOf, type RowKey, rowKey, uniqueColumns } from '../rows/table-rows';
import { type MigratedTable, migratedTables } from '../schema/migrated-tables';
import type { Stage } from '../schema/stage';
import { tenantTable } from '../schema/tenant-table';
import { assertStage } from './assert-stage';
import { type ChangedRows, MAX_ROWS, type TableRows, totalOf } from './row-counts';

/** Columns that the move writes over in rows, the tenant's name first: what is unique within a tenant is free again after that. */
const columns = ['tenant_id', 'customer_id', 'auth_user_id', 'idempotency_key', 'name'] as const;

export type WrittenColumn = (typeof columns)[number];

/** Whether the row `l` still has what the move wrote in place of the value `o.value`, such as its tenant's own spelling. */
const isUntouched: Record<WrittenColumn, Sql> = {
  tenant_id: sql`EXISTS (
    SELECT FROM crm_tenancy.row_names() n WHERE n.name = o.value #>> '{}' AND n.tenant_id = l.tenant_uuid)`,
  customer_id: sql`l.customer_id IS NULL`,
  auth_user_id: sql`l.auth_user_id IS NULL`,
  idempotency_key: sql`l.idempotency_key IS NULL`,
  name: sql`regexp_replace(l.name, ' \\([0-9]+\\)$', '') = left(o.value #>> '{}', 190)`,
};

/**
 * Puts what the move wrote over in rows back, `limit` values in one call, for going back to the stage LEGACY. A value that
 * somebody changed since, or that another row has by now, stays what it is: the values that are left when a call changes
 * none. With `dryRun` it only counts. Throws `TENANCY_STAGE_WRONG`. Source: A44.
 */
export async function putOriginalsBack(
  runner: SqlRunner,
  { dryRun = false, limit = MAX_ROWS }: { dryRun?: boolean; limit?: number } = {},
): Promise<ChangedRows> {
  await assertStage(runner, 'EXPANDED');
  if (dryRun) return { tables: await countOriginals(runner), rowsLeft: 0 };
  const tables = new Map<string, number>();
  for (const column of columns) {
    for (const table of migratedTables) {
      const done = [...tables.values()].reduce((sum, rows) => sum + rows, 0);
      if (done >= limit) break;
      const keys = await putBack(runner, table, { column, limit: limit - done });
      if (keys.length > 0) tables.set(table.name, (tables.get(table.name) ?? 0) + keys.length);
    }
  }
  return {
    tables: [...tables].map(([table, rows]) => ({ table, rows })),
    rowsLeft: totalOf(await countOriginals(runner)),
  };
}

async function countOriginals(runner: SqlRunner): Promise<TableRows[]> {
  return runner.rows<TableRows>(
    sql`
      SELECT table_name AS table, count(*)::int AS rows FROM crm_tenancy.original_value
      WHERE column_name = ANY (${[...columns]}::text[]) GROUP BY 1 ORDER BY 1`,
  );
}

/**
 * Puts up to `limit` values of one column back, those that were `value` alone where it is given. With `forgets` the value names
 * the tenant no more, whose rows lose their UUIDs; whose they are is not asked where it is not known. Answers the keys that the
 * rows have now.
 */
export async function putBack(
  runner: SqlRunner,
  table: MigratedTable,
  {
    column,
    limit,
    value,
    forgets,
  }: { column: WrittenColumn; limit: number; value?: string; forgets?: Forgotten },
): Promise<RowKey[]> {
  if (!hasColumn(table, column)) return [];
  const isValue = value === undefined ? sql`true` : sql`o.value = to_jsonb(${value}::text)`;
  const type = raw(column === 'customer_id' ? 'uuid' : 'text');
  const tenant = forgets && forgets.stage !== 'LEGACY' ? sql`, tenant_uuid = NULL` : sql``;
  const isPossible = forgets ? isOf(forgets) : isUntouched[column];
  const rows = await runner.rows<{ key: RowKey }>(sql`
    WITH chosen AS MATERIALIZED (
      SELECT o.row_key, o.value FROM crm_tenancy.original_value o
      JOIN ${nameOf(table)} l ON ${hasRowKey(table, 'l', 'o.row_key')}
      WHERE o.table_name = ${table.name} AND o.column_name = ${column} AND ${isValue}
        AND ${isPossible} AND ${isFree(table, column)}
      LIMIT ${limit}
    ), back AS (
      UPDATE ${nameOf(table)} l SET ${raw(column)} = (c.value #>> '{}')::${type} ${tenant} FROM chosen c
      WHERE ${hasRowKey(table, 'l', 'c.row_key')} RETURNING c.row_key AS was_key, ${rowKey(table, 'l')} AS key
    ), forgotten AS (
      DELETE FROM crm_tenancy.original_value o USING back b
      WHERE o.table_name = ${table.name} AND o.column_name = ${column} AND o.row_key = b.was_key
    )
    SELECT key FROM back`);
  return rows.map(({ key }) => key);
}

/**
 * Notes of rows that are another tenant's by now, and had `value` as their tenant's name, that this is of another: it is not put back.
 */
export async function leaveToOthers(
  runner: SqlRunner,
  table: MigratedTable,
  { value, forgets }: { value: string; forgets: Forgotten },
): Promise<void> {
  await runner.rows(sql`
    WITH others AS (
      DELETE FROM crm_tenancy.original_value o USING ${nameOf(table)} l
      WHERE o.table_name = ${table.name} AND o.column_name = 'tenant_id' AND o.value = to_jsonb(${value}::text)
        AND ${hasRowKey(table, 'l', 'o.row_key')} AND NOT ${isOf(forgets)}
      RETURNING o.row_key, o.value
    )
    INSERT INTO crm_tenancy.original_value (table_name, row_key, column_name, value)
    SELECT ${table.name}, row_key, 'tenant_id of another', value FROM others ON CONFLICT DO NOTHING`);
}

/** A tenant whose name a value is no more, in a stage in which rows have UUIDs or have none yet. */
interface Forgotten {
  tenantId: string | null;
  stage: Stage;
}

/** Whether the row `l` is the tenant's, as far as it says. */
function isOf({ tenantId, stage }: Forgotten): Sql {
  if (tenantId === null) return sql`l.tenant_id IS NOT NULL`;
  if (stage === 'LEGACY') {
    return sql`l.tenant_id = (SELECT t.slug FROM ${tenantTable(stage)} t WHERE t.id = ${tenantId}::uuid)`;
  }
  return sql`(l.tenant_uuid IS NULL OR l.tenant_uuid = ${tenantId}::uuid)`;
}

function hasColumn({ name, parent, ...table }: MigratedTable, column: WrittenColumn): boolean {
  if (column === 'tenant_id') return true;
  if (column === 'customer_id') return parent?.column === 'customer_id';
  return uniqueColumns({ name, parent, ...table }).includes(column);
}

/** Whether the value `o.value` can be put back without a second row of what is unique within a tenant. */
function isFree(table: MigratedTable, column: WrittenColumn): Sql {
  const [own] = uniqueColumns(table);
  if (own === undefined) return sql`true`;
  const tenant = column === 'tenant_id' ? sql`o.value #>> '{}'` : sql`l.tenant_id`;
  const key = column === own ? sql`o.value #>> '{}'` : raw(`l.${own}`);
  return sql`NOT EXISTS (SELECT FROM ${nameOf(table)} x WHERE x.tenant_id = ${tenant} AND x.${raw(own)} = ${key}
    AND ${rowKey(table, 'x')} <> ${rowKey(table, 'l')})`;
}
