import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { MigratedTable } from '../schema/migrated-tables';
import type { Stage } from '../schema/stage';

/** Whose rows a statement reads: one tenant's, by its UUID and all the names that rows have for it. */
interface RowScope {
  tenantId: string;
  names: readonly string[];
  /** Whether also those rows are read that name the tenant, though their UUID is another's. */
  withClaimed?: boolean;
}

/** Whose rows are looked at, everybody's where `scope` is `null`, and at which stage of the schema. */
export interface Look {
  stage: Stage;
  scope: RowScope | null;
}

/** A common table expression `names (name, tenant_id, slug)`: every text by which rows name a tenant. */
export function namesOfTenants(stage: Stage): Sql {
  const source =
    stage === 'CONTRACTED'
      ? sql`SELECT slug AS name, id AS tenant_id, slug FROM crm.tenant`
      : sql`SELECT name, tenant_id, slug FROM crm_tenancy.row_names()`;
  return sql`names AS MATERIALIZED (${source})`;
}

/**
 * The rows of a table with the wanted columns, in a form that is the same at every stage, for a statement with `names`:
 * `row_uuid` and `row_text` are the two columns that name the tenant, `row_tenant` is the tenant whom they mean, the UUID
 * before the text, or `NULL` where nobody is meant.
 */
export function rowsOf(
  table: MigratedTable['name'],
  { stage, scope }: Look,
  columns: readonly string[] = [],
): Sql {
  const { uuid, text } = tenantColumns(stage);
  const wanted = [
    ...columns.map((column) => raw(`r.${column}`)),
    sql`${uuid} AS row_uuid`,
    sql`${text} AS row_text`,
    sql`coalesce(${uuid}, n.tenant_id) AS row_tenant`,
  ];
  const isWanted = scope ? isOf(scope, { uuid, text }) : sql`true`;
  return sql`(
    SELECT ${join(wanted)} FROM ${raw(`crm.${table}`)} r LEFT JOIN names n ON n.name = ${text} WHERE ${isWanted})`;
}

function isOf({ tenantId, names, withClaimed }: RowScope, { uuid, text }: TenantColumns): Sql {
  const isNamed = sql`${text} = ANY (${names}::text[])`;
  return sql`${uuid} = ${tenantId}::uuid OR ${withClaimed ? isNamed : sql`(${uuid} IS NULL AND ${isNamed})`}`;
}

interface TenantColumns {
  uuid: Sql;
  text: Sql;
}

/** The columns of the row `r` that hold the tenant's UUID and its slug. */
function tenantColumns(stage: Stage): TenantColumns {
  if (stage === 'LEGACY') return { uuid: raw('NULL::uuid'), text: raw('r.tenant_id') };
  if (stage === 'CONTRACTED') return { uuid: raw('r.tenant_id'), text: raw('r.tenant_slug') };
  return { uuid: raw('r.tenant_uuid'), text: raw('r.tenant_id') };
}
