import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { SqlRunner, Transaction } from '../database/database';
import { badInput } from '../errors/coded-error';

/** A table whose rows are tenants'. All texts are constants of the code. */
export interface TenantTableData {
  /** As SQL names it. */
  table: string;
  /** With its schema, as exports and records name it; as SQL does unless given. */
  name?: string;
  /** The columns by which its rows of one tenant are told apart, and in whose order they are read. */
  key: readonly { column: string; type: 'uuid' | 'text' | 'integer' | 'timestamptz' | 'jsonb' }[];
  /** The condition that the row under the alias `own` is the tenant's. */
  isOfTenant: (tenantKey: string) => Sql;
}

/** Everything that a system holds of its tenants, children before what they belong to. */
export type TenantData = readonly TenantTableData[];

export interface ExportedRows {
  rows: { table: string; row: object }[];
  /** Goes into `after` of the next call; `null` after the last. */
  next: string | null;
}

const MAX_ROWS = 500;

/**
 * The next rows of a tenant as they are stored, `first` (1–500, 500 unless given) at most, from table to table. Throws `BAD_USER_INPUT`, also
 * when `after` is not what an earlier call answered.
 */
export async function exportRows(
  database: SqlRunner,
  data: TenantData,
  { tenantKey, ...page }: { tenantKey: string; first?: number | null; after?: string | null },
): Promise<ExportedRows> {
  const { first, after } = { first: page.first ?? MAX_ROWS, after: page.after ?? null };
  if (first < 1 || first > MAX_ROWS) throw badInput('first', 'range', `must be from 1 to ${MAX_ROWS}`);
  let position = after === null ? startOf(data, 0) : parsePosition(data, after);
  const rows: ExportedRows['rows'] = [];
  while (position !== null && rows.length < first) {
    const { table, index, behind }: Position = position;
    const wanted = first - rows.length;
    const page: { row: object; position: string[] }[] = await database.rows(
      pageOf(table, { tenantKey, behind, limit: wanted }),
    );
    rows.push(...page.map(({ row }) => ({ table: nameOf(table), row })));
    const last = page.at(-1);
    position =
      last && page.length === wanted ? { table, index, behind: last.position } : startOf(data, index + 1);
  }
  return { rows, next: position && formatPosition(position) };
}

/** The place in a table behind which the rows are still to be read; behind nothing at its begin. */
interface Position {
  table: TenantTableData;
  index: number;
  behind: string[] | null;
}

function nameOf({ table, name = table }: TenantTableData): string {
  return name;
}

function startOf(data: TenantData, index: number): Position | null {
  const table = data[index];
  return table ? { table, index, behind: null } : null;
}

function pageOf(
  { table, key, isOfTenant }: TenantTableData,
  { tenantKey, behind, limit }: { tenantKey: string; behind: string[] | null; limit: number },
): Sql {
  const columns = raw(key.map(({ column }) => `own.${column}`).join(', '));
  const values = behind?.map((value, index) => sql`${value}::${raw(key[index]?.type ?? 'text')}`);
  const isBehind = values ? sql`AND (${columns}) > (${join(values)})` : sql``;
  return sql`
    SELECT to_jsonb(own) AS row, ARRAY[${raw(key.map(({ column }) => `own.${column}::text`).join(', '))}] AS position
    FROM ${raw(table)} own WHERE ${isOfTenant(tenantKey)} ${isBehind} ORDER BY ${columns} LIMIT ${limit}`;
}

function formatPosition({ table, behind }: Position): string {
  return Buffer.from(JSON.stringify([table.table, behind])).toString('base64url');
}

function parsePosition(data: TenantData, text: string): Position {
  const [name, behind] = partsOf(text);
  const index = data.findIndex(({ table }) => table === name);
  const table = data[index];
  const isKey =
    behind === null ||
    (Array.isArray(behind) &&
      behind.length === table?.key.length &&
      behind.every((value) => typeof value === 'string'));
  if (!table || !isKey) throw badInput('after', 'cursor', 'must be what an earlier call answered as `next`');
  return { table, index, behind };
}

function partsOf(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

export interface RemovedRows {
  removed: number;
  done: boolean;
}

/**
 * Removes up to `limit` (1–500) rows of a tenant, children first, and records under the mutation's name how many were
 * removed of each table. `done` says that there were no more. Throws `BAD_USER_INPUT`.
 */
export async function removeRows(
  transaction: Transaction,
  data: TenantData,
  {
    action,
    tenantKey,
    tenantId,
    limit,
  }: { action: string; tenantKey: string; tenantId: string; limit: number },
): Promise<RemovedRows> {
  if (limit < 1 || limit > MAX_ROWS) throw badInput('limit', 'range', `must be from 1 to ${MAX_ROWS}`);
  const counts: Record<string, number> = {};
  let left = limit;
  let done = true;
  for (const part of data) {
    const { table, key, isOfTenant } = part;
    if (left === 0) {
      done = false;
      break;
    }
    const columns = raw(key.map(({ column }) => `own.${column}`).join(', '));
    const removed = await transaction.rows(sql`
      DELETE FROM ${raw(table)} own WHERE ${isOfTenant(tenantKey)} AND (${columns}) IN (
        SELECT ${columns} FROM ${raw(table)} own WHERE ${isOfTenant(tenantKey)} LIMIT ${left} FOR UPDATE)
      RETURNING 1`);
    const name = nameOf(part);
    if (removed.length > 0) counts[name] = (counts[name] ?? 0) + removed.length;
    left -= removed.length;
  }
  const removed = limit - left;
  if (removed > 0) {
    await transaction.record({
      action,
      tenantKey,
      recordType: 'Tenant',
      recordId: tenantId,
      before: counts,
      after: null,
    });
  }
  return { removed, done };
}
