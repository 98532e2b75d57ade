import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { notThere } from '../../../../shared/errors/coded-error';
import { fillRows } from '../backfill/fill-rows';
import { mappedLeads, noteMappedLeads } from '../pending-leads/mapped-leads';
import { isOneOf } from '../rows/table-rows';
import { migratedTables } from '../schema/migrated-tables';
import type { Stage } from '../schema/stage';
import { assertStage } from './assert-stage';
import { leaveToOthers, putBack } from './original-values';
import { type ChangedRows, MAX_ROWS, type TableRows, totalOf } from './row-counts';

export interface UnmappedSlug extends ChangedRows {
  /** Whether it was mapped until this call. */
  wasMapped: boolean;
  /** Whom the text named, for the calls after the first, which find no mapping any more; `null` where nobody knows. */
  tenantId: string | null;
}

/**
 * Takes a mapping back: the text names nobody any more, and rows of the tenant that had it get it back without a UUID, `limit` of
 * them in one call; so do leads that waited by it. What was written under the tenant since stays the tenant's, and what is
 * another's by now stays that one's.
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
  // Held before anything is counted: a lead that becomes the tenant's at this moment is one of them.
  const alias = await runner.row<{ tenantId: string }>(
    sql`SELECT tenant_id AS "tenantId" FROM crm_tenancy.slug_alias WHERE slug = ${slug} FOR UPDATE`,
  );
  const mapped = await countMapped(runner, stage, slug);
  if (alias === null && mapped.length === 0) {
    throw notThere('slug', `"${slug}" is mapped to nobody`);
  }
  const tenantId = alias?.tenantId ?? before.tenantId ?? null;
  const wasMapped = alias !== null;
  if (dryRun) return { tables: mapped, rowsLeft: 0, wasMapped, tenantId };

  await noteMappedLeads(runner, stage, slug);
  const forgets = { tenantId, stage };
  // While it is known whose the rows were: calls after the first may come from a command that never knew.
  for (const table of migratedTables) await leaveToOthers(runner, table, { value: slug, forgets });
  // Before the rows, because it is by the alias that a row without a UUID gets one.
  await runner.rows(sql`DELETE FROM crm_tenancy.slug_alias WHERE slug = ${slug}`);
  const tables: TableRows[] = [];
  for (const table of migratedTables) {
    const room = limit - totalOf(tables);
    if (room <= 0) break;
    const keys = await putBack(runner, table, {
      column: 'tenant_id',
      limit: room,
      value: slug,
      forgets,
    });
    if (keys.length === 0) continue;
    if (stage !== 'LEGACY') await fillRows(runner, table, isOneOf(table, 'l', keys));
    tables.push({ table: table.name, rows: keys.length });
  }
  return { tables, rowsLeft: totalOf(await countMapped(runner, stage, slug)), wasMapped, tenantId };
}

async function countMapped(runner: SqlRunner, stage: Stage, slug: string): Promise<TableRows[]> {
  return runner.rows<TableRows>(sql`
    SELECT table_name AS table, count(*)::int AS rows FROM (
      SELECT table_name, row_key FROM crm_tenancy.original_value
      WHERE column_name = 'tenant_id' AND value = to_jsonb(${slug}::text)
      UNION ${mappedLeads(stage, slug)}
    ) m GROUP BY 1 ORDER BY 1`);
}
