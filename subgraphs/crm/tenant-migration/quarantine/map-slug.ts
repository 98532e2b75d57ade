import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { conflict, tenantNotFound } from '../../../../shared/errors/coded-error';
import { fillRows, releaseSettled } from '../backfill/fill-rows';
import { getMigratedTable } from '../rows/table-rows';
import { readStage } from '../schema/stage';
import { tenantTable } from '../schema/tenant-table';
import { type ChangedRows, MAX_ROWS, type TableRows, totalOf } from './row-counts';
import { countOfSlug, findNamed, someOfSlug } from './slug-rows';

export interface MappedSlug extends ChangedRows {
  /** Rows that would be a second one of what is unique within the tenant; they are on the quarantine list. */
  duplicates: number;
  /** Leads that wait by it, and are replayed within seconds. */
  leads: number;
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
  const hasRowsToFill = (await readStage(runner)) === 'EXPANDED';
  const isNew = await assertMappable(runner, mapping);
  const nothing = { tables: [], duplicates: 0, rowsLeft: 0, leads: await countLeadsOf(runner, slug) };
  if (dryRun) return hasRowsToFill ? { ...nothing, tables: await countOfSlug(runner, slug) } : nothing;
  if (isNew) await addAlias(runner, mapping);
  if (!hasRowsToFill) return nothing;

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
  return { ...nothing, tables, duplicates, rowsLeft: totalOf(await countOfSlug(runner, slug)) };
}

async function countLeadsOf(runner: SqlRunner, slug: string): Promise<number> {
  const counted = await runner.row<{ leads: number }>(sql`
    SELECT count(*)::int AS leads FROM crm_tenancy.pending_lead WHERE slug = ${slug} AND state = 'PENDING'`);
  return counted?.leads ?? 0;
}

/** Answers whether nobody mapped the text yet. */
async function assertMappable(runner: SqlRunner, { slug, tenantId }: Mapping): Promise<boolean> {
  const tenants = tenantTable(await readStage(runner));
  const tenant = await runner.row(sql`SELECT FROM ${tenants} t WHERE t.id = ${tenantId}::uuid`);
  if (tenant === null) throw tenantNotFound('tenantId', 'CRM has heard of no tenant with this id');
  const named = await findNamed(runner, slug);
  if (named && named.tenantId !== tenantId) {
    throw conflict('slug', `"${slug}" names the tenant "${named.slug}"`);
  }
  return named === null;
}

async function addAlias(runner: SqlRunner, mapping: Mapping): Promise<void> {
  const { slug, tenantId, by } = mapping;
  const added = await runner.row(sql`
    INSERT INTO crm_tenancy.slug_alias (slug, tenant_id, mapped_by) VALUES (${slug}, ${tenantId}::uuid, ${by})
    ON CONFLICT DO NOTHING RETURNING slug`);
  // Somebody else mapped it at the same moment.
  if (added === null) await assertMappable(runner, mapping);
}
