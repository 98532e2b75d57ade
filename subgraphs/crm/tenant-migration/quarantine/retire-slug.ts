import sql, { raw, type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { groupBy } from '../../../../shared/group-by';
import { fillRows } from '../backfill/fill-rows';
import { isNamed, isOneOf, nameOf } from '../rows/table-rows';
import { type MigratedTable, migratedTables } from '../schema/migrated-tables';
import { assertStage } from './assert-stage';
import { restoreRows, retireRows } from './retire-rows';
import { type ChangedRows, MAX_ROWS, type TableRows, totalOf } from './row-counts';
import { assertNamesNobody, countOfSlug, someOfSlug } from './slug-rows';

/** A text as rows have it; `null` for rows that have none at all. */
type RowSlug = string | null;

/**
 * Takes the rows of an unknown tenant out of CRM's tables, children first, and keeps them whole (`restoreRetired`). One call
 * takes `limit` rows and the steps of their journeys. With `dryRun` it only counts. Throws `CONFLICT` when the text names a
 * tenant, and `TENANCY_STAGE_WRONG`. Source: A41.
 */
export async function retireSlug(
  runner: SqlRunner,
  {
    slug,
    by,
    dryRun = false,
    limit = MAX_ROWS,
  }: { slug: RowSlug; by: string; dryRun?: boolean; limit?: number },
): Promise<ChangedRows> {
  const stage = await assertStage(runner, 'EXPANDED');
  await assertNamesNobody(runner, stage, slug);
  if (dryRun) {
    const tables = [...(await countOfSlug(runner, slug)), ...(await countChildrenOfSlug(runner, slug))];
    return { tables: byTable(tables), rowsLeft: 0 };
  }
  const tables: TableRows[] = [];
  for (const table of migratedTables) {
    const room = limit - totalOf(tables);
    if (room <= 0) break;
    const scope = someOfSlug(table, slug, room);
    tables.push(...(await retireChildren(runner, table, { scope, by, slug })));
    tables.push({ table: table.name, rows: await retireRows(runner, table, { scope, by }) });
  }
  return { tables: byTable(tables), rowsLeft: totalOf(await countOfSlug(runner, slug)) };
}

/** One count for each table that has any. */
function byTable(tables: readonly TableRows[]): TableRows[] {
  return [...groupBy(tables, ({ table }) => table)]
    .map(([table, counts]) => ({ table, rows: totalOf(counts) }))
    .filter(({ rows }) => rows > 0);
}

/** PostgreSQL removes the steps of a journey with it, whomever they name; they are kept instead. */
async function retireChildren(
  runner: SqlRunner,
  table: MigratedTable,
  { scope, by, slug }: { scope: Sql; by: string; slug: RowSlug },
): Promise<TableRows[]> {
  const tables: TableRows[] = [];
  for (const child of migratedTables) {
    if (child.parent?.table !== table.name || child.parent.onDelete === '') continue;
    const column = raw(`l.${child.parent.column}`);
    const isOfThem = sql`${column} IN (SELECT l.id FROM ${nameOf(table)} l WHERE ${scope})`;
    tables.push({
      table: child.name,
      rows: await retireRows(runner, child, { scope: isOfThem, by, slug }),
    });
  }
  return tables;
}

/** Those of them that are not of the text themselves. */
async function countChildrenOfSlug(runner: SqlRunner, slug: RowSlug): Promise<TableRows[]> {
  const tables: TableRows[] = [];
  for (const { name, parent } of migratedTables) {
    if (!parent || parent.onDelete === '') continue;
    const row = await runner.row<{ rows: number }>(sql`
      SELECT count(*)::int AS rows FROM ${raw(`crm.${name}`)} l JOIN ${raw(`crm.${parent.table}`)} p
        ON p.id = ${raw(`l.${parent.column}`)}
      WHERE ${isNamed('p', slug)} AND p.tenant_uuid IS NULL
        AND NOT (${isNamed('l', slug)} AND l.tenant_uuid IS NULL)`);
    tables.push({ table: name, rows: row?.rows ?? 0 });
  }
  return tables;
}

/**
 * Puts retired rows of a text back as they were, what others belong to first, `limit` of them in one call. Those in whose place
 * something else is now stay retired: the rows that are left when a call restores none. Throws `TENANCY_STAGE_WRONG`.
 */
export async function restoreRetired(
  runner: SqlRunner,
  { slug, dryRun = false, limit = MAX_ROWS }: { slug: RowSlug; dryRun?: boolean; limit?: number },
): Promise<ChangedRows> {
  await assertStage(runner, 'EXPANDED');
  if (dryRun) return { tables: await countRetired(runner, slug), rowsLeft: 0 };
  const tables: TableRows[] = [];
  for (const table of [...migratedTables].reverse()) {
    const room = limit - totalOf(tables);
    if (room <= 0) break;
    const scope = sql`${isOfRetiredSlug(slug)} AND ${hasParent(table)} ORDER BY r.id LIMIT ${room}`;
    const keys = await restoreRows(runner, table, scope);
    if (keys.length === 0) continue;
    await fillRows(runner, table, isOneOf(table, 'l', keys));
    tables.push({ table: table.name, rows: keys.length });
  }
  return { tables, rowsLeft: totalOf(await countRetired(runner, slug)) };
}

const isOfRetiredSlug = (slug: RowSlug): Sql => (slug === null ? sql`r.slug IS NULL` : sql`r.slug = ${slug}`);

/** A step can only be put back to its journey. */
function hasParent({ parent }: MigratedTable): Sql {
  if (!parent || parent.legacyConstraint === null) return sql`true`;
  return sql`EXISTS (SELECT FROM ${raw(`crm.${parent.table}`)} p WHERE p.id = (r.content->>${parent.column})::uuid)`;
}

async function countRetired(runner: SqlRunner, slug: RowSlug): Promise<TableRows[]> {
  return runner.rows<TableRows>(sql`
    SELECT r.table_name AS table, count(*)::int AS rows FROM crm_tenancy.retired_row r
    WHERE ${isOfRetiredSlug(slug)} GROUP BY 1 ORDER BY 1`);
}
