import type DataLoader from 'dataloader';
import sql, { raw } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import { groupBy } from '../../../shared/group-by';
import { isOfTenant, isOfTenants, TENANT_KEY, type TenantRow, type TenantTable } from './tenant-row';

/** A short list of each tenant's rows. All texts are constants of the code. */
export interface TenantList {
  table: TenantTable | 'crm.tenant_slug_alias';
  alias: string;
  columns: string;
  /** Rows that are listed, where not all are: `a.expires_at > now()`. */
  condition?: string;
  /** `s.name, s.id` */
  order: string;
  /** Rows that a tenant's list has at most. */
  limit: number;
}

/**
 * Whether one of the tenants has more than `limit` rows. Ask after inserting, in a transaction that holds the tenants
 * one at a time: then what is counted is what will be there.
 */
export async function isListOverfull(
  transaction: SqlRunner,
  { table, tenantIds, limit }: { table: TenantTable; tenantIds: readonly string[]; limit: number },
): Promise<boolean> {
  const overfull = await transaction.row(sql`
    SELECT count(*) FROM ${raw(table)} own WHERE ${isOfTenants('own', tenantIds)}
    GROUP BY ${raw(TENANT_KEY)} HAVING count(*) > ${limit} LIMIT 1`);
  return overfull !== null;
}

/** One statement for the lists of all tenants of a tick; `null` for a tenant without rows. */
export function createTenantLists<Row extends Pick<TenantRow, 'tenantId'>>(
  database: Database,
  { table, alias, columns, condition = 'true', order, limit }: TenantList,
): DataLoader<string, Row[] | null> {
  return createLoader(async (tenantIds) => {
    const rows = await database.rows<Row>(sql`
      SELECT own.* FROM unnest(${[...tenantIds]}::uuid[]) WITH ORDINALITY AS tenant(id, place)
      CROSS JOIN LATERAL (
        SELECT ${raw(columns)}, row_number() OVER (ORDER BY ${raw(order)}) AS place
        FROM ${raw(`${table} ${alias}`)} WHERE ${isOfTenant(alias, raw('tenant.id'))} AND ${raw(condition)}
        ORDER BY ${raw(order)} LIMIT ${limit}
      ) AS own
      ORDER BY tenant.place, own.place`);
    return groupBy(rows, (row) => row.tenantId);
  });
}
