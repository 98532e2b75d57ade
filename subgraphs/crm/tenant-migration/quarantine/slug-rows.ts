import sql, { type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { conflict } from '../../../../shared/errors/coded-error';
import { isNamed, isOfOne, keyColumns, nameOf, rowKey } from '../rows/table-rows';
import { type MigratedTable, migratedTables } from '../schema/migrated-tables';
import type { Stage } from '../schema/stage';
import type { TableRows } from './row-counts';

/** A text as rows have it; `null` for rows that have none at all. */
export type RowSlug = string | null;

/** The condition that the row `l` names its tenant by this text, and has no UUID. */
function isOfSlug(table: MigratedTable, slug: RowSlug): Sql {
  return sql`${isNamed('l', slug)} AND l.tenant_uuid IS NULL AND ${isOfOne(table)}`;
}

/** The condition that the row `l` is not on the quarantine list because the tenant has one like it. */
function isNoSecond(table: MigratedTable): Sql {
  return sql`NOT EXISTS (
    SELECT FROM crm_tenancy.quarantined_row q
    WHERE q.table_name = ${table.name} AND q.row_key = ${rowKey(table, 'l')} AND q.reason = 'DUPLICATE')`;
}

/** The condition that the row `l` has this text and no UUID, and could have one. */
export function isFillable(table: MigratedTable, slug: RowSlug): Sql {
  return sql`${isOfSlug(table, slug)} AND ${isNoSecond(table)}`;
}

/** The condition that the row `l` is one of the first `limit` of those. */
export function someOfSlug(table: MigratedTable, slug: RowSlug, limit: number): Sql {
  const key = keyColumns(table, 'l');
  return sql`(${key}) IN (
    SELECT ${key} FROM ${nameOf(table)} l WHERE ${isFillable(table, slug)}
    ORDER BY ${key} LIMIT ${limit})`;
}

/** Rows with this text that have no UUID and could have one, by table. */
export async function countOfSlug(runner: SqlRunner, slug: RowSlug): Promise<TableRows[]> {
  const counts: TableRows[] = [];
  for (const table of migratedTables) {
    const row = await runner.row<{ rows: number }>(sql`
      SELECT count(*)::int AS rows FROM ${nameOf(table)} l WHERE ${isFillable(table, slug)}`);
    if (row && row.rows > 0) counts.push({ table: table.name, rows: row.rows });
  }
  return counts;
}

/** The tenant that the text names today, in rows or in leads that wait, or `null`. */
export function findNamed(
  runner: SqlRunner,
  stage: Stage,
  slug: RowSlug,
): Promise<{ tenantId: string; slug: string } | null> {
  const names = stage === 'CONTRACTED' ? NAMES_WHEN_CONTRACTED : sql`crm_tenancy.row_names()`;
  return runner.row(sql`
    SELECT n.tenant_id AS "tenantId", n.slug FROM ${names} n WHERE n.name = ${slug} LIMIT 1`);
}

/** Rows have no names any more, and leads that came before still wait by some. */
const NAMES_WHEN_CONTRACTED = sql`(
  SELECT t.slug AS name, t.id AS tenant_id, t.slug FROM crm.tenant t
  UNION ALL
  SELECT a.slug, t.id, t.slug FROM crm_tenancy.slug_alias a JOIN crm.tenant t ON t.id = a.tenant_id)`;

/** Throws `CONFLICT` when the text names a tenant, whose rows nobody may take away by it. */
export async function assertNamesNobody(runner: SqlRunner, stage: Stage, slug: RowSlug): Promise<void> {
  const tenant = await findNamed(runner, stage, slug);
  if (tenant) throw conflict('slug', `"${slug}" names the tenant "${tenant.slug}"`);
}
