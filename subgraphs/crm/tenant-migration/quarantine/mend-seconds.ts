import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { hasRowKey, isOneOf, nameOf, type RowKey, rowKey } from '../rows/table-rows';
import { type MigratedTable, migratedTables } from '../schema/migrated-tables';
import { retireRows } from './retire-rows';

/** A table, and the column that is unique within a tenant. */
interface UniqueTable {
  table: MigratedTable;
  column: string;
}

/** Rows that are a second one of what is unique within their tenant, and who ends that. */
interface Seconds {
  keys: readonly RowKey[];
  by: string;
}

/** Makes rows differ from the first of their kind, in the way of their table, and keeps what they were. Answers how many. */
export async function mendSeconds(runner: SqlRunner, unique: UniqueTable, seconds: Seconds): Promise<number> {
  const { table, column } = unique;
  if (table.name === 'template_pack_installation') return retire(runner, table, seconds);
  if (column !== 'name') return forget(runner, unique, seconds);
  const ofPacks = await keysOfPacks(runner, table, seconds.keys);
  const retired = await retire(runner, table, { ...seconds, keys: ofPacks });
  return retired + (await rename(runner, table, seconds.keys));
}

async function retire(runner: SqlRunner, table: MigratedTable, { keys, by }: Seconds): Promise<number> {
  for (const child of migratedTables) {
    if (child.parent?.table !== table.name) continue;
    const isOfThem = sql`l.${raw(child.parent.column)} IN (
      SELECT l.id FROM ${nameOf(table)} l WHERE ${isOneOf(table, 'l', keys)})`;
    await retireRows(runner, child, { scope: isOfThem, by });
  }
  return retireRows(runner, table, { scope: isOneOf(table, 'l', keys), by });
}

async function keysOfPacks(
  runner: SqlRunner,
  table: MigratedTable,
  keys: readonly RowKey[],
): Promise<RowKey[]> {
  const rows = await runner.rows<{ key: RowKey }>(sql`
    SELECT ${rowKey(table, 'l')} AS key FROM ${nameOf(table)} l WHERE ${isOneOf(table, 'l', keys)} AND l.is_system`);
  return rows.map(({ key }) => key);
}

async function forget(runner: SqlRunner, { table, column }: UniqueTable, { keys }: Seconds): Promise<number> {
  const row = await runner.row<{ mended: number }>(sql`
    WITH second AS MATERIALIZED (
      SELECT ${rowKey(table, 'l')} AS row_key, l.${raw(column)} AS value FROM ${nameOf(table)} l
      WHERE ${isOneOf(table, 'l', keys)} FOR UPDATE
    ), kept AS (
      INSERT INTO crm_tenancy.original_value (table_name, row_key, column_name, value)
      SELECT ${table.name}, row_key, ${column}, to_jsonb(value) FROM second ON CONFLICT DO NOTHING
    ), mended AS (
      UPDATE ${nameOf(table)} l SET ${raw(column)} = NULL FROM second s
      WHERE ${hasRowKey(table, 'l', 's.row_key')} RETURNING 1
    )
    SELECT count(*)::int AS mended FROM mended`);
  return row?.mended ?? 0;
}

/** One after the other, since each name must differ from those given before. */
async function rename(runner: SqlRunner, table: MigratedTable, keys: readonly RowKey[]): Promise<number> {
  let renamed = 0;
  for (const key of keys) {
    const rows = await runner.rows(sql`
      WITH second AS MATERIALIZED (
        SELECT l.id, l.name, coalesce(l.tenant_uuid, n.tenant_id) AS tenant FROM ${nameOf(table)} l
        LEFT JOIN crm_tenancy.row_names() n ON n.name = l.tenant_id AND l.tenant_uuid IS NULL
        WHERE ${isOneOf(table, 'l', [key])}
      ), kept AS (
        INSERT INTO crm_tenancy.original_value (table_name, row_key, column_name, value)
        SELECT ${table.name}, ${rowKey(table, 's')}, 'name', to_jsonb(s.name) FROM second s ON CONFLICT DO NOTHING
      )
      UPDATE ${nameOf(table)} l SET name = (
        SELECT left(s.name, 190) || ' (' || number || ')' FROM generate_series(2, 9999) number
        WHERE NOT EXISTS (
          SELECT FROM ${nameOf(table)} x WHERE x.name = left(s.name, 190) || ' (' || number || ')'
            AND (x.tenant_uuid = s.tenant OR x.tenant_id IN (
              SELECT n.name FROM crm_tenancy.row_names() n WHERE n.tenant_id = s.tenant)))
        ORDER BY number LIMIT 1)
      FROM second s WHERE l.id = s.id RETURNING l.id`);
    renamed += rows.length;
  }
  return renamed;
}
