import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { fillRows, releaseSettled } from '../backfill/fill-rows';
import { keyColumns, keyOfJson, nameOf, type RowKey, rowKey, uniqueColumns } from '../rows/table-rows';
import { type MigratedTable, migratedTables } from '../schema/migrated-tables';
import { assertStage } from './assert-stage';
import { mendSeconds } from './mend-seconds';
import { type ChangedRows, MAX_ROWS, type TableRows, totalOf } from './row-counts';

/** A table in which something is unique within a tenant. */
export interface UniqueTable {
  table: MigratedTable;
  column: string;
}

const uniqueTables: UniqueTable[] = migratedTables.flatMap((table) =>
  uniqueColumns(table).map((column) => ({ table, column })),
);

/**
 * Which of several rows stays: one that has the tenant already, then the oldest, unless the table says otherwise. Rows whose slug
 * names another tenant than their UUID come last, whatever it says.
 */
const firstComes: Record<string, string> = {
  template_pack_installation: 'l.version DESC, l.installed_at DESC',
};

/** A customer is known by one thing at least. */
const isMendable: Record<string, string> = { customer: 'num_nonnulls(l.email, l.phone_number) > 0' };

/** Rows `l` with their tenant, their rank among those that have the same, and how many these are. */
function ranked({ table, column }: UniqueTable): Sql {
  const order = raw(firstComes[table.name] ?? '(l.tenant_uuid IS NULL), l.created_at');
  const isDoubtful = sql`EXISTS (
    SELECT FROM crm_tenancy.row_names() d WHERE d.name = l.tenant_id AND d.tenant_id <> l.tenant_uuid)`;
  const group = sql`coalesce(l.tenant_uuid, n.tenant_id), l.${raw(column)}`;
  return sql`
    SELECT ${rowKey(table, 'l')} AS row_key, coalesce(l.tenant_uuid, n.tenant_id) AS tenant,
      ${raw(isMendable[table.name] ?? 'true')} AS is_mendable,
      l.${raw(column)} AS value, count(*) OVER (PARTITION BY ${group}) AS alike,
      row_number() OVER (PARTITION BY ${group} ORDER BY ${isDoubtful}, ${order}, ${keyColumns(table, 'l')}) AS rank
    FROM ${nameOf(table)} l
    LEFT JOIN crm_tenancy.row_names() n ON n.name = l.tenant_id AND l.tenant_uuid IS NULL
    WHERE l.${raw(column)} IS NOT NULL AND coalesce(l.tenant_uuid, n.tenant_id) IS NOT NULL`;
}

/** Rows that are a second one, third one, … of what is unique within their tenant, by table. For the stage EXPANDED. */
export async function countDuplicates(runner: SqlRunner): Promise<TableRows[]> {
  const counts = uniqueTables.map(
    (unique) => sql`
      SELECT ${unique.table.name}::text AS table, count(*)::int AS rows FROM (${ranked(unique)}) r WHERE rank > 1`,
  );
  const tables = await runner.rows<TableRows>(join(counts, ' UNION ALL '));
  return tables.filter(({ rows }) => rows > 0);
}

/**
 * Ends duplicates, `limit` rows in one call, so that nothing is lost: a segment or journey gets a name of its own (one of a
 * template pack is retired, with its steps), the older installation of a pack is retired, and a customer's login or a lead's
 * idempotency key is taken off all but the first. What was there before is kept beside. A customer who is known by the
 * login alone stays: the rows that are left when a call changes none. With `dryRun` it only counts. Throws
 * `TENANCY_STAGE_WRONG`. Source: A41.
 */
export async function mendDuplicates(
  runner: SqlRunner,
  { by, dryRun = false, limit = MAX_ROWS }: { by: string; dryRun?: boolean; limit?: number },
): Promise<ChangedRows> {
  await assertStage(runner, 'EXPANDED');
  if (dryRun) return { tables: await countDuplicates(runner), rowsLeft: 0 };
  const tables: TableRows[] = [];
  for (const unique of uniqueTables) {
    const room = limit - totalOf(tables);
    if (room <= 0) break;
    const keys = await secondRows(runner, unique, room);
    if (keys.length === 0) continue;
    const mended = await mendSeconds(runner, unique, { keys, by });
    await fillRows(runner, unique.table, isHeldAsSecond(unique.table));
    await releaseSettled(runner, unique.table);
    if (mended > 0) tables.push({ table: unique.table.name, rows: mended });
  }
  return { tables, rowsLeft: totalOf(await countDuplicates(runner)) };
}

/** The condition that the row `l` is on the quarantine list because the tenant has, or had, one like it. */
function isHeldAsSecond(table: MigratedTable): Sql {
  return sql`(${keyColumns(table, 'l')}) IN (
    SELECT ${keyOfJson(table, 'q.row_key')} FROM crm_tenancy.quarantined_row q
    WHERE q.table_name = ${table.name} AND q.reason = 'DUPLICATE')`;
}

async function secondRows(runner: SqlRunner, unique: UniqueTable, limit: number): Promise<RowKey[]> {
  const rows = await runner.rows<{ key: RowKey }>(sql`
    SELECT row_key AS key FROM (${ranked(unique)}) r WHERE rank > 1 AND is_mendable ORDER BY rank LIMIT ${limit}`);
  return rows.map(({ key }) => key);
}
