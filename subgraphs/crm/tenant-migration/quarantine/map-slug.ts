import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { conflict, tenantNotFound } from '../../../../shared/errors/coded-error';
import { countSeconds, fillRows, releaseSettled } from '../backfill/fill-rows';
import { getMigratedTable } from '../rows/table-rows';
import { readStage, type Stage } from '../schema/stage';
import { tenantTable } from '../schema/tenant-table';
import { type ChangedRows, MAX_ROWS, type TableRows, totalOf } from './row-counts';
import { countOfSlug, findNamed, isFillable, someOfSlug } from './slug-rows';

export interface MappedSlug extends ChangedRows {
  /** Whether the text named nobody before. */
  isNew: boolean;
  /** Rows that would be a second one of what is unique within the tenant; they are on the quarantine list. */
  duplicates: number;
}

interface Mapping {
  /** As rows have it, blanks and all. */
  slug: string;
  tenantId: string;
  by: string;
  /** Count alone. */
  dryRun?: boolean;
  /** Rows that one call changes at most. */
  limit?: number;
}

/**
 * Has a text of rows name a tenant from now on, and gives the tenant its rows, `limit` of them in one call; before the
 * schema is expanded the backfill does that later, and once it is enforced there are none. Leads that wait by it are replayed
 * whatever the stage. Safe to repeat. Throws `CONFLICT` when the text names another tenant already, and `TENANT_NOT_FOUND`.
 * Source: A41, A42.
 */
export async function mapSlug(runner: SqlRunner, mapping: Mapping): Promise<MappedSlug> {
  const { slug, dryRun = false, limit = MAX_ROWS } = mapping;
  const stage = await readStage(runner);
  const isNew = await assertMappable(runner, stage, mapping);
  const hasRowsToFill = stage === 'EXPANDED';
  if (isNew && !dryRun) await addAlias(runner, stage, mapping);
  if (!hasRowsToFill) return { isNew, tables: [], duplicates: 0, rowsLeft: 0 };
  if (dryRun) return { isNew, ...(await foresee(runner, mapping)) };

  const tables: TableRows[] = [];
  let duplicates = 0;
  for (const { table: name } of await countOfSlug(runner, slug)) {
    const table = getMigratedTable(name);
    const room = limit - totalOf(tables);
    if (room <= 0) break;
    const { filled, quarantined } = await fillRows(runner, table, someOfSlug(table, slug, room));
    if (filled > 0) tables.push({ table: table.name, rows: filled });
    duplicates += quarantined;
    await releaseSettled(runner, table);
  }
  return { isNew, tables, duplicates, rowsLeft: totalOf(await countOfSlug(runner, slug)) };
}

/** What the mapping would do to all rows of the text. */
async function foresee(runner: SqlRunner, { slug, tenantId }: Mapping): Promise<Omit<MappedSlug, 'isNew'>> {
  const tables: TableRows[] = [];
  let duplicates = 0;
  for (const { table: name, rows } of await countOfSlug(runner, slug)) {
    const table = getMigratedTable(name);
    const seconds = await countSeconds(runner, table, { scope: isFillable(table, slug), tenantId });
    if (rows > seconds) tables.push({ table: name, rows: rows - seconds });
    duplicates += seconds;
  }
  return { tables, duplicates, rowsLeft: 0 };
}

/** Answers whether nobody mapped the text yet. */
async function assertMappable(
  runner: SqlRunner,
  stage: Stage,
  { slug, tenantId }: Mapping,
): Promise<boolean> {
  const tenant = await runner.row(sql`SELECT FROM ${tenantTable(stage)} t WHERE t.id = ${tenantId}::uuid`);
  if (tenant === null) throw tenantNotFound('tenantId', 'CRM has heard of no tenant with this id');
  const named = await findNamed(runner, stage, slug);
  if (named && named.tenantId !== tenantId) {
    throw conflict('slug', `"${slug}" names the tenant "${named.slug}"`);
  }
  return named === null;
}

async function addAlias(runner: SqlRunner, stage: Stage, mapping: Mapping): Promise<void> {
  const { slug, tenantId, by } = mapping;
  const added = await runner.row(sql`
    INSERT INTO crm_tenancy.slug_alias AS a (slug, tenant_id, mapped_by) VALUES (${slug}, ${tenantId}::uuid, ${by})
    ON CONFLICT (slug) DO UPDATE
    SET tenant_id = excluded.tenant_id, mapped_by = excluded.mapped_by, mapped_at = now(), last_used_at = NULL, uses = 0
    WHERE NOT EXISTS (SELECT FROM ${tenantTable(stage)} t WHERE t.id = a.tenant_id)
    RETURNING slug`);
  // Somebody else mapped it at the same moment; a mapping to a tenant that is gone is none.
  if (added === null) await assertMappable(runner, stage, mapping);
}
