import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { nameOf, type RowKey } from '../rows/table-rows';
import type { MigratedTable } from '../schema/migrated-tables';
import type { Owner } from '../schema/owner';
import type { Rate } from './batch-size';
import { fillRows, quarantineFailed, releaseSettled } from './fill-rows';
import { rowsBehind, rowsLeftBehind } from './next-rows';

export interface Take {
  /** Rows to take at most. */
  limit: number;
  /** Whether the table was gone through from end to end, so that only what was left behind is taken. */
  isPassOver: boolean;
  /** Instead of filling the rows, put them on the quarantine list with this message. */
  giveUp?: string;
  /** Milliseconds after which PostgreSQL ends a statement that holds rows. */
  timeoutMs: number;
  /** What is known of the pace by now. */
  batchSize: number;
  rate: Rate | null;
}

/** `BUSY`: another run works on the table at this moment. `END`: there is nothing left to do in it. */
export type Taken = 'BUSY' | 'END' | { rows: number };

/** What looks through a whole table for what is left may take so long; it holds no row of it. */
const STATEMENT_TIMEOUT_MS = 30_000;
const LOCK_TIMEOUT_MS = 250;

/**
 * Takes the next rows of a table: fills them and moves the cursor behind them in one transaction, so that whatever ends the process, a
 * row is either done and behind the cursor or neither. Runs that meet on a table take turns. Throws PostgreSQL's errors.
 */
export function takeRows(owner: Owner, table: MigratedTable, take: Take): Promise<Taken> {
  return owner.transaction(async (runner) => {
    await runner.rows(sql`SELECT set_config('statement_timeout', ${String(STATEMENT_TIMEOUT_MS)}, true)`);
    if (!take.isPassOver) await goByKey(runner, take.timeoutMs);
    if (!(await tryLock(runner, table))) return 'BUSY';
    const position = await runner.row<{ cursor: RowKey | null; state: string }>(
      sql`SELECT cursor, state FROM crm_tenancy.backfill WHERE table_name = ${table.name} FOR UPDATE`,
    );
    if (position === null || position.state === 'DONE') return 'END';
    const { cursor } = position;
    const { limit, isPassOver, giveUp } = take;
    const rows = isPassOver
      ? await rowsLeftBehind(runner, table, limit)
      : await rowsBehind(runner, table, { from: cursor, limit });
    if (rows === null) {
      if (isPassOver) await finish(runner, table);
      return isPassOver ? 'END' : { rows: 0 };
    }
    const { scope, count } = rows;
    if (giveUp === undefined) await fillRows(runner, table, scope);
    else await quarantineFailed(runner, table, { scope, message: giveUp });
    const { batchSize, rate } = take;
    await runner.rows(sql`
      UPDATE crm_tenancy.backfill SET
        cursor = ${JSON.stringify(isPassOver ? cursor : rows.last)}::jsonb,
        rows_total = greatest(rows_total, rows_done + ${count}::int), rows_done = rows_done + ${count}::int,
        rows_failed = rows_failed + ${giveUp === undefined ? 0 : count}::int,
        batch_size = ${batchSize}::int,
        rows_per_second = coalesce(${rate?.rowsPerSecond ?? null}::float8, rows_per_second),
        rate_deviation = coalesce(${rate?.deviation ?? null}::float8, rate_deviation),
        state = 'RUNNING', hold_reason = NULL, updated_at = now()
      WHERE table_name = ${table.name}`);
    return { rows: count };
  });
}

/**
 * Has PostgreSQL find the rows of a batch by the range of their keys. It would rather go through all of a tenant's rows, for each
 * tenant, which takes the longer the bigger the table is. What takes too long is ended, so that nobody waits for its rows.
 */
async function goByKey(runner: SqlRunner, timeoutMs: number): Promise<void> {
  // Shorter than the statement's, so that waiting for others is not taken for slowness of its own.
  const lockTimeoutMs = Math.min(LOCK_TIMEOUT_MS, Math.round(timeoutMs / 2));
  await runner.rows(sql`
    SELECT set_config('enable_nestloop', 'off', true), set_config('statement_timeout', ${String(timeoutMs)}, true),
      set_config('lock_timeout', ${String(lockTimeoutMs)}, true)`);
}

async function tryLock(runner: SqlRunner, { name }: MigratedTable): Promise<boolean> {
  const row = await runner.row<{ locked: boolean }>(
    sql`SELECT pg_try_advisory_xact_lock(hashtextextended(${`crm_tenancy backfill ${name}`}, 0)) AS locked`,
  );
  return row?.locked === true;
}

async function finish(runner: SqlRunner, table: MigratedTable): Promise<void> {
  await releaseSettled(runner, table);
  await runner.rows(sql`
    UPDATE crm_tenancy.backfill
    SET state = 'DONE', hold_reason = NULL, rows_total = rows_done, finished_at = now(), updated_at = now()
    WHERE table_name = ${table.name}`);
}

/**
 * Begins to go through the table, or goes on where an earlier run ended. Answers the rows behind which it goes on.
 */
export async function beginTable(
  owner: Owner,
  table: MigratedTable,
  firstBatch: number,
): Promise<{ rowsDone: number; rowsTotal: number; batchSize: number }> {
  const row = await owner.row<{ rowsDone: number; rowsTotal: number; batchSize: number }>(sql`
    INSERT INTO crm_tenancy.backfill AS own (table_name, rows_total, batch_size, state)
    SELECT ${table.name}, count(*), ${firstBatch}::int, 'RUNNING' FROM ${nameOf(table)}
    ON CONFLICT (table_name) DO UPDATE SET
      cursor = CASE WHEN own.state = 'DONE' THEN NULL ELSE own.cursor END,
      rows_done = CASE WHEN own.state = 'DONE' THEN 0 ELSE own.rows_done END,
      rows_failed = CASE WHEN own.state = 'DONE' THEN 0 ELSE own.rows_failed END,
      started_at = CASE WHEN own.state = 'DONE' THEN now() ELSE own.started_at END,
      rows_total = excluded.rows_total, state = 'RUNNING', hold_reason = NULL, finished_at = NULL, updated_at = now()
    RETURNING rows_done::int AS "rowsDone", rows_total::int AS "rowsTotal", batch_size AS "batchSize"`);
  if (row === null) throw new Error(`The backfill of ${table.name} could not be noted`);
  return row;
}

/** Notes why a table is not worked on at the moment, for whoever looks at the progress. */
export async function noteState(
  owner: Owner,
  { name }: MigratedTable,
  { state, why }: { state: 'PAUSED' | 'HELD' | 'STOPPED'; why: string },
): Promise<void> {
  await owner.rows(sql`
    UPDATE crm_tenancy.backfill SET state = ${state}, hold_reason = ${why}, updated_at = now()
    WHERE table_name = ${name} AND state <> 'DONE'`);
}
