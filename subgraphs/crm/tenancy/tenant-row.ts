import sql, { raw, type Sql } from 'sql-template-tag';
import { Column } from 'typeorm';
import type { SqlRunner } from '../../../shared/database/database';

/**
 * The columns by which a row of CRM belongs to its tenant: the UUID, and beside it the slug, which a foreign key keeps
 * as it is in `crm.tenant`. Source: A16, A22.
 */
export abstract class TenantRow {
  @Column({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  @Column({ name: 'tenant_slug', type: 'text' })
  tenantSlug!: string;
}

/** Whose a row is, for the events that tell of it. */
export function tenantOfRow({ tenantId, tenantSlug }: TenantRow) {
  return { tenantKey: tenantId, tenant: { id: tenantId, slug: tenantSlug } };
}

/** The tables of CRM whose rows belong to tenants, children before what they belong to. */
export const tenantTables = [
  'lead',
  'customer',
  'segment',
  'journey_step',
  'journey',
  'template_pack_installation',
] as const;

export type TenantTable = (typeof tenantTables)[number];

/** What says whose a row is: beside what is unique within a tenant in ON CONFLICT. */
export const TENANT_KEY = 'tenant_id';

/** Both columns of a `TenantRow`, in its order, in the column list of an INSERT. */
export const TENANT_COLUMNS = 'tenant_id, tenant_slug';

/** Both columns of the row under `alias`, under the names that a `TenantRow` has for them. */
export function tenantRowOf(alias: string): string {
  return `${alias}.tenant_id AS "tenantId", ${alias}.tenant_slug AS "tenantSlug"`;
}

/** How a list of rows under `alias` is divided among tenants. */
export function partitionByTenant(alias: string): { column: string; type: 'uuid' } {
  return { column: `${alias}.tenant_id`, type: 'uuid' };
}

/** The condition that the row under `alias` is the tenant's, who is a value or a column of the statement. */
export function isOfTenant(alias: string, tenantId: string | Sql): Sql {
  return sql`${raw(alias)}.tenant_id = ${tenantId}`;
}

/** The condition that the row under `alias` is of one of the tenants. */
export function isOfTenants(alias: string, tenantIds: readonly string[]): Sql {
  return sql`${raw(alias)}.tenant_id = ANY (${[...tenantIds]}::uuid[])`;
}

/** The tenant of a row as it is now, or `null` when no row has the id. */
export async function findTenantIdOf(
  database: SqlRunner,
  table: TenantTable,
  id: string,
): Promise<string | null> {
  const row = await database.row<{ tenantId: string }>(
    sql`SELECT tenant_id AS "tenantId" FROM ${raw(table)} WHERE id = ${id}`,
  );
  return row?.tenantId ?? null;
}
