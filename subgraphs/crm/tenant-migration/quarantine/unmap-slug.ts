import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { notThere } from '../../../../shared/errors/coded-error';
import { fillRows } from '../backfill/fill-rows';
import { isOneOf } from '../rows/table-rows';
import { migratedTables } from '../schema/migrated-tables';
import { assertStage } from './assert-stage';
import { putBack } from './original-values';
import { type ChangedRows, MAX_ROWS, type TableRows, totalOf } from './row-counts';

export interface UnmappedSlug extends ChangedRows {
  /** Whom the text named, for the calls after the first, which find no mapping any more. */
  tenantId: string | null;
}

/**
 * Takes a mapping back: the text names nobody any more, and rows of the tenant that had it get it back without a UUID, `limit` of
 * them in one call. What was written under the tenant since stays the tenant's, and what is another's by now stays that one's.
 * Throws `NOT_FOUND` when the text is not mapped and no row had it, and `TENANCY_STAGE_WRONG`.
 */
export async function unmapSlug(
  runner: SqlRunner,
  {
    slug,
    dryRun = false,
    limit = MAX_ROWS,
    ...before
  }: { slug: string; dryRun?: boolean; limit?: number; tenantId?: string | null },
): Promise<UnmappedSlug> {
  const stage = await assertStage(runner, 'LEGACY', 'EXPANDED');
  const alias = await runner.row<{ tenantId: string }>(
    sql`SELECT tenant_id AS "tenantId" FROM crm_tenancy.slug_alias WHERE slug = ${slug}`,
  );
  const mapped = await countMapped(runner, slug);
  if (alias === null && mapped.length === 0) {
    throw notThere('slug', `"${slug}" is mapped to nobody`);
  }
  const tenantId = alias?.tenantId ?? before.tenantId ?? null;
  if (dryRun) return { tables: mapped, rowsLeft: 0, tenantId };

  // First, because it is by the alias that a row without a UUID gets one.
  await runner.rows(sql`DELETE FROM crm_tenancy.slug_alias WHERE slug = ${slug}`);
  if (stage === 'LEGACY') return { tables: [], rowsLeft: 0, tenantId };
  const tables: TableRows[] = [];
  for (const table of migratedTables) {
    const room = limit - totalOf(tables);
    if (room <= 0) break;
    const keys = await putBack(runner, table, {
      column: 'tenant_id',
      limit: room,
      value: slug,
      forgets: { tenantId },
    });
    if (keys.length === 0) continue;
    await fillRows(runner, table, isOneOf(table, 'l', keys));
    tables.push({ table: table.name, rows: keys.length });
  }
  return { tables, rowsLeft: totalOf(await countMapped(runner, slug)), tenantId };
}

async function countMapped(runner: SqlRunner, slug: string): Promise<TableRows[]> {
  return runner.rows<TableRows>(sql`
    SELECT table_name AS table, count(*)::int AS rows FROM crm_tenancy.original_value
    WHERE column_name = 'tenant_id' AND value = to_jsonb(${slug}::text) GROUP BY 1 ORDER BY 1`);
}
