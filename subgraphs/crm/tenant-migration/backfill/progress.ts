import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { migratedTables } from '../schema/migrated-tables';
import { type Estimate, estimate } from './batch-size';

export type BackfillState = 'RUNNING' | 'PAUSED' | 'HELD' | 'STOPPED' | 'DONE';

/** How far the backfill is in a table. */
export interface TableProgress {
  table: string;
  /** `null` where it never began. */
  state: BackfillState | null;
  /** Whether a run gave a sign within the last seconds; one that was killed leaves its state behind. */
  isWorkedOn: boolean;
  /** Why it waits, or has stopped. */
  holdReason: string | null;
  rowsTotal: number;
  rowsDone: number;
  rowsLeft: number;
  /** Went on the quarantine list because PostgreSQL refused them. */
  rowsFailed: number;
  batchSize: number | null;
  rowsPerSecond: number | null;
  /** When the rest will be done at the pace of the last batches; `null` when it is, or nothing is known of the pace. */
  eta: Estimate | null;
  startedAt: Date | null;
  updatedAt: Date | null;
  finishedAt: Date | null;
}

/** Longer than a batch may take, and than a run keeps silent while it waits. */
const SIGN_WITHIN_SECONDS = 35;

/** How far the backfill is in every table, in the order in which it takes them. */
export async function readBackfillProgress(runner: SqlRunner): Promise<TableProgress[]> {
  const rows = await runner.rows<Omit<TableProgress, 'rowsLeft' | 'eta'> & { deviation: number | null }>(sql`
    SELECT t.name AS table, b.state, b.hold_reason AS "holdReason", coalesce(b.rows_total, 0)::int AS "rowsTotal",
      coalesce(b.rows_done, 0)::int AS "rowsDone", coalesce(b.rows_failed, 0)::int AS "rowsFailed",
      b.batch_size AS "batchSize", b.rows_per_second AS "rowsPerSecond", b.rate_deviation AS deviation,
      b.started_at AS "startedAt", b.updated_at AS "updatedAt", b.finished_at AS "finishedAt",
      coalesce(b.state IN ('RUNNING', 'HELD', 'PAUSED')
        AND b.updated_at > clock_timestamp() - make_interval(secs => ${SIGN_WITHIN_SECONDS}), false) AS "isWorkedOn"
    FROM unnest(${migratedTables.map(({ name }) => name)}::text[]) WITH ORDINALITY AS t(name, position)
    LEFT JOIN crm_tenancy.backfill b ON b.table_name = t.name ORDER BY t.position`);
  return rows.map(({ deviation, ...row }) => {
    const rowsLeft = Math.max(row.rowsTotal - row.rowsDone, 0);
    const { rowsPerSecond } = row;
    const eta =
      rowsLeft > 0 && rowsPerSecond ? estimate(rowsLeft, { rowsPerSecond, deviation: deviation ?? 0 }) : null;
    return { ...row, rowsLeft, eta };
  });
}
