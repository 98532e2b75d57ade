import sql, { raw } from 'sql-template-tag';
import type { DatabasePool, Transaction } from '../../../../shared/database/database';
import { systemCall } from '../../../../shared/subgraph/transport';
import { Tenant } from '../../tenants/tenant.entity';
import { nextStepJob, type ProvisioningJob, watchJob } from './provisioning-queue';
import { EFFECT_MS } from './retry-rules';
import type { Attempt, RunAtWork } from './run-at-work';

type Step = Pick<Attempt, 'position' | 'system' | 'name'> & {
  status: RunAtWork['status'];
  attempts: number;
  counted: number;
  /** Milliseconds until the step may be tried again; `null` where no attempt has ended so that it should. */
  waitsMs: number | null;
  /** Milliseconds until the attempt that was begun last can have no effect any more. */
  busyMs: number;
};

/**
 * Begins an attempt at what is to be done next for the run: its first step that is not done or, where it is taken back, the
 * last one that was begun. `null` when there is nothing to do, or not yet; then a job waits for it.
 */
export function beginAttempt(
  pool: DatabasePool,
  { runId, isWatch = false }: ProvisioningJob,
): Promise<Attempt | null> {
  const database = pool.forCall(systemCall('provisioning'));
  return database.transaction(async (transaction) => {
    const run = await transaction.row<RunAtWork>(sql`
      SELECT r.id, r.tenant_id AS "tenantId", r.status, r.set_up AS "setUp", r.creates_tenant AS "createsTenant",
        r.creates_entry AS "createsEntry", r.asked_by AS "askedBy", r.request_id AS "requestId"
      FROM access_control.provisioning_run r WHERE r.id = ${runId} FOR UPDATE`);
    if (run === null || !['PENDING', 'RUNNING', 'COMPENSATING'].includes(run.status)) return null;
    const direction = run.status === 'COMPENSATING' ? 'back' : 'forward';
    const step = await nextStep(transaction, runId, direction);
    if (step === undefined) return null;
    if (isWatch) await transaction.enqueue(watchJob(runId));
    const tooEarlyMs = waitFor(step, direction);
    if (tooEarlyMs > 0) {
      await transaction.enqueue(nextStepJob(runId, tooEarlyMs));
      return null;
    }

    const status = direction === 'back' ? 'COMPENSATING' : 'RUNNING';
    await transaction.rows(sql`
      UPDATE access_control.provisioning_step SET status = ${status}, attempts = attempts + 1, retry_at = NULL,
        busy_until = clock_timestamp() + ${EFFECT_MS} * interval '1 ms', started_at = coalesce(started_at, clock_timestamp()),
        finished_at = NULL
      WHERE run_id = ${runId} AND position = ${step.position}`);
    if (run.status === 'PENDING') {
      await transaction.rows(
        sql`UPDATE access_control.provisioning_run SET status = 'RUNNING' WHERE id = ${runId}`,
      );
    }
    const tenant = await transaction.row<Tenant>(sql`
      SELECT ${raw(database.columns(Tenant, 't'))} FROM access_control.tenant t WHERE t.id = ${run.tenantId}`);
    const { position, system, name, attempts, counted } = step;
    return { run, tenant, position, system, name, number: attempts + 1, counted: counted + 1, direction };
  });
}

async function nextStep(
  transaction: Transaction,
  runId: string,
  direction: Attempt['direction'],
): Promise<Step | undefined> {
  const steps = await transaction.rows<Step>(sql`
    SELECT s.position, s.system, s.name, s.status, s.attempts, s.attempts - s.attempts_before AS counted,
      ${millisecondsUntil('s.retry_at')} AS "waitsMs", coalesce(${millisecondsUntil('s.busy_until')}, 0) AS "busyMs"
    FROM access_control.provisioning_step s WHERE s.run_id = ${runId} ORDER BY s.position`);
  return direction === 'forward'
    ? steps.find(({ status }) => status !== 'COMPLETED')
    : steps.findLast(({ status, attempts }) => attempts > 0 && status !== 'COMPENSATED');
}

/** Milliseconds until the step is to be begun: its pause, and the end of an attempt that somebody may be at. */
function waitFor({ status, waitsMs, busyMs }: Step, direction: Attempt['direction']): number {
  // What may still be set up could not be taken back yet.
  if (direction === 'back' && status !== 'COMPENSATING') return busyMs;
  if (waitsMs !== null) return waitsMs;
  return status === 'RUNNING' || status === 'COMPENSATING' ? busyMs : 0;
}

const millisecondsUntil = (column: string) =>
  raw(`CASE WHEN ${column} IS NOT NULL
    THEN greatest(0, ceil(extract(epoch FROM ${column} - clock_timestamp()) * 1000))::int END`);
