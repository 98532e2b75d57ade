import type DataLoader from 'dataloader';
import sql, { raw } from 'sql-template-tag';
import type { Database } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import { isOfTenant, type TenantRow, type TenantTable } from './tenant-row';

/** A short list of each tenant's rows. All texts are constants of the code. */
export interface TenantList {
  table: TenantTable;
  alias: string;
  columns: string;
  /** `s.name, s.id` */
  order: string;
  /** Rows that a tenant's list has at most. */
  limit: number;
}

/** One statement for the lists of all tenants of a tick; `null` for a tenant without rows. */
export function createTenantLists<Row extends TenantRow>(
  database: Database,
  { table, alias, columns, order, limit }: TenantList,
): DataLoader<string, Row[] | null> {
  return createLoader(async (tenantIds) => {
    const rows = await database.rows<Row>(sql`
      SELECT own.* FROM unnest(${[...tenantIds]}::uuid[]) WITH ORDINALITY AS tenant(id, place)
      CROSS JOIN LATERAL (
        SELECT ${raw(columns)}, row_number() OVER (ORDER BY ${raw(order)}) AS place
        FROM ${raw(`${table} ${alias}`)} WHERE ${isOfTenant(alias, raw('tenant.id'))}
        ORDER BY ${raw(order)} LIMIT ${limit}
      ) AS own
      ORDER BY tenant.place, own.place`);
    const lists = new Map<string, Row[]>();
    for (const row of rows) {
      const list = lists.get(row.tenantId);
      if (list) list.push(row);
      else lists.set(row.tenantId, [row]);
    }
    return lists;
  });
}
