import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import type { Owner } from '../schema/owner';
import type { BackfillKnobs } from './knobs';

/** What the database is busy with at a moment. */
export interface Pressure {
  /** Milliseconds that the slowest replica is behind; `null` where there is none. */
  replicationLagMs: number | null;
  /** Requests of CRM's that wait for a lock. */
  lockWaits: number;
  /** How long the statements of CRM's that run now have lasted, in milliseconds. */
  liveMs: number[];
  /** Whether CRM answers requests: some of its connections ran statements in the last second. */
  isInUse: boolean;
  /** Names of the tables in CRM's schema that are being vacuumed. */
  vacuumed: string[];
}

/** Whether a batch may follow: one of `targetMs` with a rest of `rest` times its own duration after it, or not now. */
export type Pace = { kind: 'GO'; rest: number; targetMs: number } | { kind: 'HOLD' | 'PAUSE'; why: string };

/** CRM looks after the move by itself now and then, on one of them. */
const CONNECTIONS_IN_USE = 2;

/**
 * What PostgreSQL tells of the moment. It tells the login more than the schema's owner, who may not see what others do, and
 * nothing of others to a login that is neither a superuser nor in `pg_read_all_stats`; such a pressure looks like none.
 */
export function readPressure(owner: Owner): Promise<Pressure> {
  return owner.transaction(async (runner) => {
    await runner.rows(sql`SET LOCAL ROLE NONE`);
    const row = await runner.row<Pressure>(sql`
      SELECT
        (SELECT max(extract(epoch FROM replay_lag) * 1000)::float8 FROM pg_stat_replication) AS "replicationLagMs",
        (SELECT count(*)::int FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'tenant-graph crm' AND wait_event_type = 'Lock'
        ) AS "lockWaits",
        ARRAY (SELECT (extract(epoch FROM clock_timestamp() - query_start) * 1000)::float8 FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'tenant-graph crm' AND state = 'active'
        ) AS "liveMs",
        (SELECT count(*) >= ${CONNECTIONS_IN_USE} FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'tenant-graph crm'
            AND query_start > clock_timestamp() - interval '1 s'
        ) AS "isInUse",
        ARRAY (SELECT c.relname::text FROM pg_stat_progress_vacuum v JOIN pg_class c ON c.oid = v.relid
          WHERE v.datname = current_database() AND c.relnamespace = 'crm'::regnamespace) AS vacuumed`);
    if (row === null) throw new Error('PostgreSQL told nothing of its activity');
    return row;
  });
}

/** Whether the login sees what others do in the database, without which the backfill cannot mind them. */
export async function seesOthers(owner: Owner): Promise<boolean> {
  return owner.transaction(async (runner: SqlRunner) => {
    await runner.rows(sql`SET LOCAL ROLE NONE`);
    const row = await runner.row<{ sees: boolean }>(
      sql`SELECT pg_has_role('pg_read_all_stats', 'USAGE') AS sees`,
    );
    return row?.sees === true;
  });
}

/** Fewer statements than this say nothing of how long 95 of 100 take. */
const ENOUGH_STATEMENTS = 5;

/** The time within which 95 of 100 are, or `null` when there are too few to tell. */
export function p95(times: readonly number[]): number | null {
  if (times.length < ENOUGH_STATEMENTS) return null;
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? null;
}

/** How many tables may be worked on at once: each takes a processor, of which requests need theirs. */
export function tablesAtOnce({ isInUse }: Pressure, knobs: BackfillKnobs): number {
  const { backfillTablesAtOnce, backfillLiveTablesAtOnce } = knobs;
  return isInUse ? Math.min(backfillTablesAtOnce, backfillLiveTablesAtOnce) : backfillTablesAtOnce;
}

/** How the backfill of a table goes on under a pressure: `liveMs` holds the statements of the last moments. */
export function paceOf(pressure: Pressure, knobs: BackfillKnobs, table: string): Pace {
  const measures: [what: string, value: number | null, limit: number, unit: string][] = [
    ['a replica is behind by', pressure.replicationLagMs, knobs.backfillMaxReplicationLagMs, ' ms'],
    ['requests that wait for a lock:', pressure.lockWaits, knobs.backfillMaxLockWaits, ''],
    ['95 of 100 live statements last up to', p95(pressure.liveMs), knobs.backfillMaxLiveP95Ms, ' ms'],
  ];
  const over = measures.find(([, value, limit]) => value !== null && value > limit);
  if (over) {
    const [what, value, limit, unit] = over;
    return { kind: 'HOLD', why: `${what} ${Math.round(value ?? 0)}${unit} (limit ${limit}${unit})` };
  }
  const isNear = measures.some(([, value, limit]) => value !== null && value > 0 && value > limit / 2);
  const vacuumRest = pressure.vacuumed.includes(table) ? knobs.backfillVacuumRest : 0;
  const liveRest = pressure.isInUse ? knobs.backfillLiveRest : 0;
  const { backfillTargetMs, backfillLiveTargetMs } = knobs;
  return {
    kind: 'GO',
    rest: Math.max(isNear ? 1 : 0, vacuumRest, liveRest),
    targetMs: pressure.isInUse ? Math.min(backfillTargetMs, backfillLiveTargetMs) : backfillTargetMs,
  };
}
