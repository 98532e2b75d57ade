import sql from 'sql-template-tag';
import { isDatabaseUnavailable, postgresErrorOf } from '../../../../shared/database/postgres-errors';
import { nameOf } from '../rows/table-rows';
import { isLockNotAvailable } from '../schema/lock-holders';
import type { MigratedTable } from '../schema/migrated-tables';
import type { Owner } from '../schema/owner';
import { type BatchTime, nextBatchSize, RECENT_BATCHES, rateOf } from './batch-size';
import type { BackfillKnobs } from './knobs';
import type { Pace } from './pressure';
import { restFor } from './rest';
import {
  isHopeless,
  isWhole,
  partDone,
  partFailed,
  rowFailed,
  type SplitBatch,
  wholeBatch,
} from './split-batch';
import { beginTable, noteState, takeRows } from './take-rows';

/** What the tables of one run share. */
export interface BackfillRun {
  owner: Owner;
  report: (line: string) => void;
  signal: AbortSignal;
  /** The knobs as they are now. */
  knobs(): Promise<BackfillKnobs>;
  /** Whether the table goes on now, and how long it rests after a batch. */
  paceOf(table: MigratedTable, knobs: BackfillKnobs): Promise<Pace>;
}

export type TableEnd = 'DONE' | 'STOPPED' | 'INTERRUPTED';

/** Where a run is in a table. */
interface Work {
  run: BackfillRun;
  table: MigratedTable;
  /** Rows of the next batch. */
  size: number;
  /** The batch that is being taken. */
  batch: SplitBatch | null;
  /** Whether the table was gone through from end to end, so that only rows that came in behind the cursor are left. */
  isPassOver: boolean;
  /** What PostgreSQL said of the next row by itself. */
  giveUp?: string;
  /** How often the same was tried in a row. */
  attempts: number;
  waitsFor: string | null;
  recent: BatchTime[];
}

/** Where a table starts that was never worked on. */
const FIRST_BATCH = 200;
const LOOK_AGAIN_MS = 250;
/** A batch that takes so many times as long as it should is ended and split. */
const PATIENCE = 2.5;
const MAX_ATTEMPTS = 60;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Goes through one table batch by batch until every row has its tenant or is on the quarantine list. What cannot be had
 * at the moment, a lock or the database itself, is tried again up to sixty times; a batch that fails is split down to the
 * row. Throws PostgreSQL's error after that, and whatever is not the rows' fault.
 */
export async function backfillTable(run: BackfillRun, table: MigratedTable): Promise<TableEnd> {
  const { rowsDone, rowsTotal, batchSize } = await beginTable(run.owner, table, FIRST_BATCH);
  run.report(
    `${table.name}: ${rowsTotal} rows, ${rowsDone > 0 ? `goes on behind ${rowsDone}` : 'from the first on'}`,
  );
  const work: Work = {
    run,
    table,
    size: batchSize,
    batch: null,
    isPassOver: false,
    attempts: 0,
    waitsFor: null,
    recent: [],
  };
  while (!run.signal.aborted) {
    const end = await step(work).catch((error: unknown) => afterFailure(work, error));
    if (end !== null) return end;
  }
  await noteState(run.owner, table, { state: 'STOPPED', why: 'the run was interrupted; run it again' });
  return 'INTERRUPTED';
}

async function step(work: Work): Promise<TableEnd | null> {
  const { run, table } = work;
  const knobs = await run.knobs();
  const pace = await run.paceOf(table, knobs);
  if (pace.kind !== 'GO') return wait(work, pace);
  if (work.waitsFor !== null) run.report(`${table.name}: goes on`);
  work.waitsFor = null;

  const startedAt = performance.now();
  work.size = Math.min(Math.max(work.size, knobs.backfillMinBatch), knobs.backfillMaxBatch);
  const batch = work.batch ?? wholeBatch(work.size);
  work.batch = batch;
  const { isPassOver, giveUp, size, recent } = work;
  const timeoutMs = Math.round(PATIENCE * knobs.backfillTargetMs);
  const rate = rateOf(recent);
  const take = { limit: batch.part, isPassOver, giveUp, timeoutMs, batchSize: size, rate };
  const taken = await takeRows(run.owner, table, take);
  if (taken === 'BUSY') {
    await restFor(LOOK_AGAIN_MS, run.signal);
    return null;
  }
  if (taken === 'END') {
    await analyze(work);
    run.report(`${table.name}: done`);
    return 'DONE';
  }
  const last = { rows: taken.rows, ms: performance.now() - startedAt };
  if (await isGivenUp(work, batch, last.rows)) return 'STOPPED';
  const { backfillMinBatch: min, backfillMaxBatch: max } = knobs;
  const limits = { targetMs: pace.targetMs, min, max };
  if (batch.part === batch.size) work.size = nextBatchSize({ size, last }, limits);
  await restFor(knobs.backfillRestMs + pace.rest * last.ms, run.signal);
  work.recent = [...recent, { rows: last.rows, ms: performance.now() - startedAt }].slice(-RECENT_BATCHES);
  return null;
}

async function wait(work: Work, { kind, why }: Exclude<Pace, { kind: 'GO' }>): Promise<null> {
  const { run, table } = work;
  if (work.waitsFor === null) run.report(`${table.name}: waits, ${why}`);
  work.waitsFor = why;
  await noteState(run.owner, table, { state: kind === 'PAUSE' ? 'PAUSED' : 'HELD', why });
  await restFor(LOOK_AGAIN_MS, run.signal);
  return null;
}

/** Tells PostgreSQL's planner what the column holds by now. Where a vacuum is at the table, the same follows from that. */
async function analyze({ run, table }: Work): Promise<void> {
  try {
    await run.owner.rows(sql`ANALYZE ${nameOf(table)}`);
  } catch (error) {
    if (!isLockNotAvailable(error)) throw error;
    run.report(`${table.name}: its statistics are left to the vacuum that is at it`);
  }
}

/** Counts rows that went through, or failed by themselves. Answers whether too many of the batch failed. */
async function isGivenUp(work: Work, batch: SplitBatch, rows: number): Promise<boolean> {
  const { run, table } = work;
  const after = work.giveUp === undefined ? partDone(batch, rows) : rowFailed(batch);
  work.attempts = 0;
  work.giveUp = undefined;
  work.isPassOver ||= rows < batch.part;
  work.batch = isWhole(after) || work.isPassOver ? null : after;
  if (!isHopeless(after)) return false;
  const why = `${after.failed} of the last ${after.done} rows failed; see the quarantine list`;
  run.report(`${table.name}: stops, ${why}`);
  await noteState(run.owner, table, { state: 'STOPPED', why });
  return true;
}

async function afterFailure(work: Work, error: unknown): Promise<null> {
  const { run, table, batch } = work;
  const kind = failureOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (kind === null || work.attempts === MAX_ATTEMPTS) throw error;
  const half = kind !== 'LATER' && batch ? partFailed(batch) : null;
  if (half !== null) {
    run.report(`${table.name}: a batch of ${batch?.part} rows failed and is split: ${message}`);
    work.batch = half;
    if (kind === 'TIME') work.size = half.part;
    return null;
  }
  if (kind === 'ROWS' && batch && work.giveUp === undefined) {
    run.report(`${table.name}: a row failed and goes on the quarantine list: ${message}`);
    work.giveUp = message;
    return null;
  }
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** work.attempts, LONGEST_PAUSE_MS);
  work.attempts += 1;
  run.report(`${table.name}: ${message}; tries again in ${pause} ms (attempt ${work.attempts})`);
  await restFor(pause, run.signal);
  return null;
}

/** Whether to try the same again later, to split because of the time or of rows, or (`null`) to give up. */
function failureOf(error: unknown): 'LATER' | 'TIME' | 'ROWS' | null {
  const code = postgresErrorOf(error)?.code ?? '';
  if (code === '57014') return 'TIME';
  if (isDatabaseUnavailable(error)) return 'LATER';
  // Data, constraints, and what a trigger raised.
  return /^(22|23|P0)/.test(code) ? 'ROWS' : null;
}
