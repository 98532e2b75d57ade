import sql, { raw, type Sql } from 'sql-template-tag';
import { isReached } from '../../../../migrations/crm/tenant-rows-policy';
import { type MigratedTable, pagedTables } from './migrated-tables';
import type { Stage } from './stage';
import { tenantTable } from './tenant-table';

/** The rows of one tenant as CRM reads them page by page, in an SQL statement: `crm_tenancy.customer_rows(part.key)`. */
export function rowsOfTenant(table: 'customer' | 'lead', tenantId: string): string {
  return `crm_tenancy.${table}_rows(${tenantId})`;
}

/**
 * The statements that make the function of a table that is read page by page, which shows one tenant's rows as the contracted
 * schema has them: what the view of `crm_live` shows of the tenant, and in its index's order. The view joins each row with its
 * tenant and is sorted; the function knows the tenant, and has each way of finding rows look for nobody's where the tenant is
 * not read that way. PostgreSQL's planner takes it apart, so a page costs what it costs without it. It comes after the view,
 * whose rows it has. `columns` are the table's, without those that say whose a row is.
 */
export function pageFunctionStatements(
  { name, pageOrder }: MigratedTable,
  columns: readonly string[],
  stage: Exclude<Stage, 'CONTRACTED'>,
): Sql[] {
  if (!pageOrder) return [];
  const selected = columns.map((column) => `r.${column}`).join(', ');
  return [createFunction(`crm_live.${name}`, bodyOf({ name, pageOrder, columns: selected, stage }))];
}

/** The statements that make the functions of the contracted schema, where rows are as they are shown. */
export const contractedPageFunctions: readonly Sql[] = pagedTables.map(({ name }) =>
  createFunction(`crm.${name}`, `SELECT r.* FROM crm.${name} r WHERE r.tenant_id = wanted`),
);

export const dropPageFunctions: readonly Sql[] = pagedTables.map(
  ({ name }) => sql`DROP FUNCTION IF EXISTS crm_tenancy.${raw(`${name}_rows(uuid)`)}`,
);

/** `shape` is the table or view whose rows the function answers. */
function createFunction(shape: string, body: string): Sql {
  const [, name] = shape.split('.');
  return raw(
    `CREATE FUNCTION crm_tenancy.${name}_rows(wanted uuid) RETURNS SETOF ${shape} LANGUAGE sql STABLE AS $$ ${body} $$`,
  );
}

function bodyOf({
  name,
  pageOrder,
  columns,
  stage,
}: Pick<MigratedTable, 'name'> & { pageOrder: string; columns: string; stage: Stage }): string {
  const slug = `(SELECT t.slug FROM ${tenantTable(stage).text} t WHERE t.id = wanted)`;
  if (stage === 'LEGACY') {
    return `SELECT wanted, r.tenant_id, ${columns} FROM crm.${name} r WHERE r.tenant_id = ${slug}`;
  }
  if (stage === 'ENFORCED') {
    return `SELECT r.tenant_uuid, r.tenant_id, ${columns} FROM crm.${name} r
      WHERE r.tenant_uuid = wanted AND ${isReached('r.tenant_uuid')}`;
  }
  // `NULL`, which is no row's, where the tenant is not read in this way.
  const when = (condition: string, key: string) =>
    `(SELECT CASE WHEN ${condition} THEN ${key} END FROM crm_tenancy.row_owners() o WHERE o.tenant_id = wanted)`;
  return [
    `r.tenant_uuid = ${when('o.by_uuid', 'o.tenant_id')}`,
    `r.tenant_id = ${when('o.by_uuid AND o.by_slug', 'o.slug')} AND r.tenant_uuid IS NULL`,
    `r.tenant_id = ${when('NOT o.by_uuid AND o.by_slug', 'o.slug')}`,
  ]
    .map(
      (isOfTenant) =>
        `(SELECT wanted, ${slug}, ${columns} FROM crm.${name} r WHERE ${isOfTenant} ORDER BY ${pageOrder})`,
    )
    .join(' UNION ALL ');
}
