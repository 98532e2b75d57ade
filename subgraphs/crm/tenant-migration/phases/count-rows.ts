import sql, { join } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { groupBy } from '../../../../shared/group-by';
import { migratedTables } from '../schema/migrated-tables';
import { readStage } from '../schema/stage';
import { tenantTable } from '../schema/tenant-table';
import { namesOfTenants, rowsOf } from './row-tenancy';

/** The rows of one table that are one tenant's, or that name nobody by one text. Source: seed A38, A39. */
export interface RowCount {
  table: string;
  /** `null` for rows of nobody; `slug` is then what they have instead. */
  tenantId: string | null;
  slug: string | null;
  rows: number;
  withoutUuid: number;
  /** Rows whose UUID and slug do not name one tenant. */
  disagreeing: number;
  /** Rows whose UUID is no tenant's. */
  withoutTenant: number;
}

/** Every row of the migrated tables, counted by table and tenant. Reads all of them once. */
export async function countRows(runner: SqlRunner): Promise<RowCount[]> {
  const stage = await readStage(runner);
  const counts = migratedTables.map(
    ({ name }) => sql`
      SELECT ${name}::text AS table, row_tenant AS "tenantId",
             coalesce(max(t.slug), min(row_text)) AS slug,
             count(*)::float8 AS rows,
             count(*) FILTER (WHERE row_uuid IS NULL)::float8 AS "withoutUuid",
             count(*) FILTER (WHERE row_uuid IS NOT NULL AND row_text IS DISTINCT FROM t.slug)::float8 AS disagreeing,
             count(*) FILTER (WHERE row_uuid IS NOT NULL AND t.id IS NULL)::float8 AS "withoutTenant"
        FROM ${rowsOf(name, { stage, scope: null })} r LEFT JOIN ${tenantTable(stage)} t ON t.id = row_tenant
       GROUP BY row_tenant, CASE WHEN row_tenant IS NULL THEN row_text END`,
  );
  return runner.rows<RowCount>(sql`
    WITH ${namesOfTenants(stage)} SELECT * FROM (${join(counts, ' UNION ALL ')}) c ORDER BY c.table, c.slug`);
}

/** The counts of each table, whoever's its rows are. */
export function countsByTable(counts: readonly RowCount[]): Omit<RowCount, 'tenantId' | 'slug'>[] {
  return migratedTables.map(({ name: table }) => {
    const own = counts.filter((count) => count.table === table);
    const total = (of: (count: RowCount) => number) => own.reduce((sum, count) => sum + of(count), 0);
    return {
      table,
      rows: total(({ rows }) => rows),
      withoutUuid: total(({ withoutUuid }) => withoutUuid),
      disagreeing: total(({ disagreeing }) => disagreeing),
      withoutTenant: total(({ withoutTenant }) => withoutTenant),
    };
  });
}

/** How many of a tenant's rows have its UUID. */
export interface TenantProgress {
  tenantId: string;
  slug: string | null;
  rowsDone: number;
  rowsLeft: number;
}

/** How far each tenant's rows are, in the order of the slugs; a tenant without rows is left out. */
export function progressByTenant(counts: readonly RowCount[]): TenantProgress[] {
  const tenants = groupBy(counts, ({ tenantId }) => tenantId);
  return [...tenants]
    .flatMap(([tenantId, own]) => {
      if (tenantId === null) return [];
      const rowsLeft = own.reduce((sum, { withoutUuid }) => sum + withoutUuid, 0);
      const rows = own.reduce((sum, count) => sum + count.rows, 0);
      return [{ tenantId, slug: own[0]?.slug ?? null, rowsDone: rows - rowsLeft, rowsLeft }];
    })
    .toSorted((one, other) => (one.slug ?? '').localeCompare(other.slug ?? ''));
}

export function isWrong({
  withoutUuid,
  disagreeing,
  withoutTenant,
}: Omit<RowCount, 'tenantId' | 'slug'>): boolean {
  return withoutUuid + disagreeing + withoutTenant > 0;
}
