import DataLoader from 'dataloader';
import sql, { empty, join, raw, type Sql } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { createColumnSplit } from '../../../shared/database/split-columns';
import { groupBy } from '../../../shared/group-by';
import { isOfTenant, isOfTenants, TENANT_KEY, type TenantRow, type TenantTable } from './tenant-row';

/** A short list of each tenant's rows. All texts are constants of the code. */
export interface TenantList {
  table: TenantTable | 'crm.tenant_slug_alias';
  /** Of its own among the lists. */
  alias: string;
  /** `s.id AS "<prefix>id", …`: every column of a row. */
  columns: (prefix: string) => string;
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

/** The short lists of one request. */
export interface TenantLists {
  /** The tenant's rows, in the list's order. */
  load<Row extends ListedRow>(list: TenantList, tenantId: string): Promise<Row[]>;
  /** Forgets what was read, so that what is asked for after a write is read again. */
  forget(): void;
}

/** One statement for all lists of all tenants of a tick. */
export function createTenantLists(database: Database): TenantLists {
  const loader = new DataLoader((keys: readonly ListOfTenant[]) => readLists(database, keys), {
    cacheKeyFn: ({ list, tenantId }) => `${list.table} ${tenantId}`,
    maxBatchSize: MAX_BATCH,
  });
  return {
    // A list's rows are what its columns say.
    load: async <Row extends ListedRow>(list: TenantList, tenantId: string) =>
      (await loader.load({ list, tenantId })) as Row[],
    forget: () => void loader.clearAll(),
  };
}

type ListedRow = Pick<TenantRow, 'tenantId'>;

interface ListOfTenant {
  list: TenantList;
  tenantId: string;
}

const MAX_BATCH = 500;

/** Reads the lists side by side: the first rows of each stand in one row, then the second ones, and so on. */
async function readLists(database: Database, keys: readonly ListOfTenant[]): Promise<ListedRow[][]> {
  const lists = [...new Map(keys.map(({ list }) => [list.table, list])).values()];
  const tenantIds = [...new Set(keys.map(({ tenantId }) => tenantId))];
  const [first, ...others] = lists.map((list) => sql`(${rowsOfList(list)}) AS ${raw(list.alias)}`);
  const beside = others.map((rows) => sql` FULL JOIN ${rows} USING (place)`);
  const rows = await database.rows<object>(sql`
    SELECT own.* FROM unnest(${tenantIds}::uuid[]) WITH ORDINALITY AS tenant(id, place)
    CROSS JOIN LATERAL (SELECT * FROM ${join([first ?? empty, ...beside], '')}) AS own
    ORDER BY tenant.place, own.place`);

  const byTable = new Map(lists.map((list) => [list.table, rowsByTenant(list, rows)]));
  return keys.map(({ list, tenantId }) => byTable.get(list.table)?.get(tenantId) ?? []);
}

function rowsOfList({ table, alias, columns, condition = 'true', order, limit }: TenantList): Sql {
  return sql`
    SELECT row_number() OVER (ORDER BY ${raw(order)}) AS place, ${raw(columns(prefixOf(alias)))}
    FROM ${raw(`${table} ${alias}`)} WHERE ${isOfTenant(alias, raw('tenant.id'))} AND ${raw(condition)}
    ORDER BY ${raw(order)} LIMIT ${limit}`;
}

function rowsByTenant({ alias }: TenantList, rows: object[]): Map<string, ListedRow[]> {
  const split = createColumnSplit(prefixOf(alias), 'tenantId');
  const own = rows.flatMap((row) => split<unknown, ListedRow>(row).beside ?? []);
  return groupBy(own, ({ tenantId }) => tenantId);
}

/** What the columns of one list are told from another's by. */
const prefixOf = (alias: string) => `${alias}.`;
