import sql from 'sql-template-tag';
import type { RecordedChange } from '../../../../shared/audit/record-change';
import type { SqlRunner } from '../../../../shared/database/database';
import { NO_TENANT } from '../../../../shared/tenancy/no-tenant';
import { type KnobRule, readNumbers, writeSetting } from '../knobs/settings';

/** What an operator may turn while the backfill runs; it is read again before each batch. */
export const backfillKnobs = {
  backfillTargetMs: { default: 200, min: 10, max: 5_000, meaning: 'milliseconds that a batch should take' },
  backfillLiveTargetMs: {
    default: 50,
    min: 10,
    max: 5_000,
    meaning: 'milliseconds that a batch should take while CRM answers requests',
  },
  backfillLiveRest: {
    default: 1,
    min: 0,
    max: 100,
    isFractional: true,
    meaning: 'how many times as long as a batch took it rests while CRM answers requests',
  },
  backfillMinBatch: { default: 100, min: 1, max: 20_000, meaning: 'rows that a batch has at least' },
  backfillMaxBatch: { default: 20_000, min: 1, max: 20_000, meaning: 'rows that a batch has at most' },
  backfillTablesAtOnce: { default: 2, min: 1, max: 6, meaning: 'tables that are worked on at once' },
  backfillLiveTablesAtOnce: {
    default: 1,
    min: 1,
    max: 6,
    meaning: 'tables that are worked on at once while CRM answers requests',
  },
  backfillRestMs: { default: 0, min: 0, max: 60_000, meaning: 'milliseconds of rest after each batch' },
  backfillMaxReplicationLagMs: {
    default: 5_000,
    min: 0,
    max: 3_600_000,
    meaning:
      'milliseconds that a replica may be behind; the backfill holds beyond, and slows from half of it on',
  },
  backfillMaxLockWaits: {
    default: 3,
    min: 0,
    max: 1_000,
    meaning:
      'requests that may wait for a lock at once; the backfill holds beyond, and slows from half of it on',
  },
  backfillMaxLiveP95Ms: {
    default: 500,
    min: 1,
    max: 60_000,
    meaning:
      "milliseconds that 95 of 100 running statements of CRM's may last; it holds beyond, and slows from half of it on",
  },
  backfillVacuumRest: {
    default: 0.5,
    min: 0,
    max: 100,
    isFractional: true,
    meaning: 'how many times as long as a batch took it rests while the table is vacuumed',
  },
} satisfies Record<string, KnobRule>;

export type BackfillKnobs = Record<keyof typeof backfillKnobs, number>;

const PAUSE = 'backfillPaused';

/** The knobs as they are now. */
export function readBackfillKnobs(runner: SqlRunner): Promise<BackfillKnobs> {
  return readNumbers(runner, backfillKnobs);
}

/** Who paused the backfill, and when; `null` while it may run. */
export async function readPause(runner: SqlRunner): Promise<{ by: string; at: Date } | null> {
  return runner.row<{ by: string; at: Date }>(sql`
    SELECT changed_by AS by, changed_at AS at FROM crm_tenancy.setting WHERE name = ${PAUSE} AND value = 'true'`);
}

/** Has the backfill rest before its next batch, until it is resumed. Answers whether it did not rest already. */
export async function pauseBackfill(runner: SqlRunner, { by }: { by: string }): Promise<boolean> {
  if ((await readPause(runner)) !== null) return false;
  await writeSetting(runner, { name: PAUSE, value: true, by });
  return true;
}

/** Answers whether it was paused. */
export async function resumeBackfill(runner: SqlRunner, { by }: { by: string }): Promise<boolean> {
  if ((await readPause(runner)) === null) return false;
  await writeSetting(runner, { name: PAUSE, value: false, by });
  return true;
}

/** What the audit trail says of a pause that begins or ends. */
export function recordOfPause(isPaused: boolean): RecordedChange {
  return {
    action: isPaused ? 'pauseCrmBackfill' : 'resumeCrmBackfill',
    tenantKey: NO_TENANT,
    recordType: 'CrmBackfill',
    recordId: 'backfill',
    before: { isPaused: !isPaused },
    after: { isPaused },
  };
}
