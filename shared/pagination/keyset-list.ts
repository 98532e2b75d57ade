import sql, { empty, join, raw, type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../database/database';
import { createArgumentLoaders } from '../graphql/argument-loaders';
import type { AskedOfConnection } from '../graphql/asked-fields';
import { groupBy } from '../group-by';
import type { Connection, Page, PageRequest } from './connection';
import { decodeCursor, encodeCursor, type Position } from './cursor';

/**
 * A list in the database that is read page by page in a fixed order, whole or one part for each tenant.
 * All texts are constants of the code; nothing of a request goes into them.
 */
export interface KeysetList {
  /** The list's name inside its cursors. */
  name: string;
  /** The table with its alias: `crm.customer c`. */
  from: string;
  /** What one row answers: `c.id AS "id", …`. The columns `id` and the sort's property must be among them. */
  columns: string;
  id: string;
  sort: { column: string; property: string; type: 'timestamptz' | 'text'; direction: 'ASC' | 'DESC' };
  /** The column that says whose part a row is in; absent for a list that is read whole. */
  partition?: { column: string; type: 'uuid' | 'text' };
}

/** A list of which each tenant, by whatever key the system knows it, has its own part. */
export interface PartitionedList extends KeysetList {
  partition: NonNullable<KeysetList['partition']>;
  /** The columns that answer these fields; `columns` unless given. */
  columnsFor?: (fields: ReadonlySet<string>) => string;
}

/** The connections of one request on a partitioned list. */
export interface PartitionedConnections<Row, Filter> {
  /** Reads what is asked for; a row may lack the rest, and `totalCount` throws where it was not asked for. */
  load(key: string, page: PageRequest, filter: Filter, asked: AskedOfConnection): Promise<Connection<Row>>;
}

/** What shares one statement, whosever parts it reads. */
interface PartQuery<Filter> {
  page: PageRequest;
  filter: Filter;
  columns: string;
  isCounted: boolean;
}

/**
 * Reads the list's parts in batches: all keys that ask for the same with equal arguments share one statement.
 * `conditionsOf` turns a filter into conditions on the rows.
 */
export function createPartitionedConnections<Row extends { id: string }, Filter>(
  database: SqlRunner,
  list: PartitionedList,
  conditionsOf: (filter: Filter) => Sql[],
): PartitionedConnections<Row, Filter> {
  const parts = createArgumentLoaders(({ filter, ...query }: PartQuery<Filter>, keys) =>
    readParts<Row>(database, list, keys, { where: conditionsOf(filter), ...query }),
  );
  return {
    load: (key, page, filter, { isCounted, fields }) => {
      const columns = list.columnsFor?.(fields) ?? list.columns;
      return parts({ page, filter, columns, isCounted }).load(key);
    },
  };
}

/**
 * One page of a list that is read whole; `totalCount` is counted when it is asked for.
 * Throws `BAD_USER_INPUT` when the cursor is not one of this list.
 */
export async function readConnection<Row extends { id: string }>(
  database: SqlRunner,
  list: KeysetList,
  page: PageRequest,
  where: Sql[],
): Promise<Connection<Row>> {
  const after = positionAfter(list, list.name, page);
  const conditions = [...where, ...(after ? [isBehind(list, after)] : [])];
  const rows = await database.rows<Row>(pageStatement(list, list.columns, conditions, page.first + 1));
  const totalCount = async () => {
    const counted = await database.row<{ count: number }>(
      sql`SELECT count(*)::int AS count FROM ${raw(list.from)} WHERE ${allOf(where)}`,
    );
    return counted?.count ?? 0;
  };
  return { totalCount, ...toPage(list, list.name, page, rows) };
}

/**
 * One page for each of several parts that have conditions of their own, in the order of `parts`, all in one statement.
 * Throws `BAD_USER_INPUT` when the cursor is not one of a part's.
 */
export async function readPagesOfParts<Row extends { id: string }>(
  database: SqlRunner,
  list: KeysetList,
  page: PageRequest,
  parts: readonly { key: string; where: Sql[] }[],
): Promise<Page<Row>[]> {
  const statements = parts.map(({ key, where }, index) => {
    const after = positionAfter(list, partName(list, key), page);
    const conditions = [...where, ...(after ? [isBehind(list, after)] : [])];
    return sql`SELECT ${index + 1}::int AS "partIndex", page.* FROM (${pageStatement(list, list.columns, conditions, page.first + 1)}) AS page`;
  });
  const rows = await database.rows<Row & { partIndex: number }>(sql`
    SELECT page.* FROM (${join(statements, ' UNION ALL ')}) AS page ORDER BY page."partIndex", ${orderOf(list)}`);

  const rowsByPart = groupBy(rows, (row) => row.partIndex);
  return parts.map(({ key }, index) =>
    toPage(list, partName(list, key), page, rowsByPart.get(index + 1) ?? []),
  );
}

/** A row of a part, or the one row of a part that has none, whose columns are `null`. */
type PartRow<Row> = { partIndex: number; partCount?: number } & (Row | { id: null });

async function readParts<Row extends { id: string }>(
  database: SqlRunner,
  list: PartitionedList,
  keys: readonly string[],
  { page, columns, isCounted, where }: Omit<PartQuery<never>, 'filter'> & { where: Sql[] },
): Promise<Connection<Row>[]> {
  const [after] = keys.map((key) => positionAfter(list, partName(list, key), page));
  const inPart = [isInPart(list), ...where];
  const rowsOfPage = pageStatement(
    list,
    columns,
    [...inPart, ...(after ? [isBehind(list, after)] : [])],
    page.first + 1,
  );
  const count = sql`(SELECT count(*)::int AS "partCount" FROM ${raw(list.from)} WHERE ${allOf(inPart)})`;
  const rows = await database.rows<PartRow<Row>>(sql`
    SELECT part.index::int AS "partIndex", ${isCounted ? raw('counted."partCount", ') : empty}page.*
    FROM ${parts(list, keys)}${isCounted ? sql` CROSS JOIN LATERAL ${count} AS counted` : empty}
    LEFT JOIN LATERAL (${rowsOfPage}) AS page ON true
    ORDER BY part.index, ${orderOf(list)}`);

  const rowsByPart = groupBy(rows, (row) => row.partIndex);
  return keys.map((key, index) => {
    const part = rowsByPart.get(index + 1) ?? [];
    const found = part.filter((row): row is PartRow<Row> & Row => row.id !== null);
    return {
      totalCount: () => {
        const total = part[0]?.partCount;
        if (total === undefined) throw new Error(`The list ${list.name} was read without being counted`);
        return total;
      },
      ...toPage(list, partName(list, key), page, found),
    };
  });
}

function parts(list: PartitionedList, keys: readonly string[]): Sql {
  return sql`unnest(${[...keys]}::${raw(list.partition.type)}[]) WITH ORDINALITY AS part(key, index)`;
}

function isInPart(list: PartitionedList): Sql {
  return raw(`${list.partition.column} = part.key`);
}

function pageStatement(list: KeysetList, columns: string, conditions: Sql[], limit: number): Sql {
  return sql`SELECT ${raw(columns)} FROM ${raw(list.from)} WHERE ${allOf(conditions)}
    ORDER BY ${raw(`${list.sort.column} ${list.sort.direction}, ${list.id} ${list.sort.direction}`)} LIMIT ${limit}`;
}

function allOf(conditions: Sql[]): Sql {
  return conditions.length === 0 ? raw('true') : join(conditions, ' AND ');
}

function orderOf(list: KeysetList): Sql {
  const { property, direction } = list.sort;
  return raw(`page."${property}" ${direction}, page."id" ${direction}`);
}

function isBehind(list: KeysetList, position: Position): Sql {
  const comparison = list.sort.direction === 'ASC' ? '>' : '<';
  return sql`(${raw(`${list.sort.column}, ${list.id}`)}) ${raw(comparison)} (${position.sortValue}::${raw(list.sort.type)}, ${position.id}::uuid)`;
}

function partName(list: KeysetList, key: string): string {
  return `${list.name}:${key}`;
}

function positionAfter(list: KeysetList, name: string, page: PageRequest): Position | null {
  if (page.after === null) return null;
  return decodeCursor(name, page.after, (value) =>
    list.sort.type === 'timestamptz' ? isMoment(value) : !value.includes('\u0000'),
  );
}

/** Whether the text is a moment as our cursors write it; `Date.parse` alone takes texts that PostgreSQL does not. */
function isMoment(value: string): boolean {
  const moment = new Date(value);
  return /^[1-9]\d{3}-/.test(value) && !Number.isNaN(moment.getTime()) && moment.toISOString() === value;
}

function toPage<Row extends { id: string }>(
  list: KeysetList,
  name: string,
  page: PageRequest,
  rowsAndOneMore: Row[],
): Page<Row> {
  const rows = rowsAndOneMore.slice(0, page.first);
  const cursorOf = (row: Row) =>
    encodeCursor(name, { sortValue: sortValueOf(row, list.sort.property), id: row.id });
  const cursorAt = (index: number) => () => {
    const row = rows.at(index);
    return row ? cursorOf(row) : null;
  };
  return {
    edges: rows.map((node) => ({ node, cursor: () => cursorOf(node) })),
    pageInfo: {
      hasNextPage: rowsAndOneMore.length > page.first,
      hasPreviousPage: page.after !== null,
      startCursor: cursorAt(0),
      endCursor: cursorAt(-1),
    },
  };
}

function sortValueOf(row: object, property: string): string {
  const value: unknown = (row as Record<string, unknown>)[property];
  return value instanceof Date ? value.toISOString() : String(value);
}
