import sql from 'sql-template-tag';
import type { CodedError } from '../../../../shared/errors/coded-error';
import { lockTenant } from '../../tenants/tenant-store';
import { maySucceedLater } from '../ask-system';
import { isCurrent } from './current-attempt';
import { nextStepJob } from './provisioning-queue';
import { MAX_ATTEMPTS, pauseMs } from './retry-rules';
import { type Attempt, databaseOfRun, type RunWrites } from './run-at-work';

/**
 * Ends an attempt with the error that it met. After an outage the step is tried again a while later, a bounded number of
 * times; any other error, or one outage too many, fails the step and the run.
 */
export function failAttempt(writes: RunWrites, attempt: Attempt, error: CodedError): Promise<void> {
  const { run, position, system, counted } = attempt;
  const { id: runId, tenantId } = run;
  const { code, message } = error;
  const mayTakeEffectLater = maySucceedLater(error);
  const isFinal = !mayTakeEffectLater || counted >= MAX_ATTEMPTS;
  const pause = pauseMs(counted);
  const database = databaseOfRun(writes, run);
  return database.transaction(async (transaction) => {
    const tenant = await lockTenant(database, transaction, { id: tenantId });
    if (!(await isCurrent(transaction, attempt, { mayTakeEffectLater }))) return;
    await transaction.rows(sql`
      UPDATE access_control.provisioning_step SET error_code = ${code}, error_message = ${message},
        status = CASE WHEN ${isFinal} THEN 'FAILED' ELSE status END,
        finished_at = CASE WHEN ${isFinal} THEN clock_timestamp() END,
        retry_at = CASE WHEN NOT ${isFinal} THEN clock_timestamp() + ${pause} * interval '1 ms' END,
        busy_until = CASE WHEN ${mayTakeEffectLater} THEN busy_until END
      WHERE run_id = ${runId} AND position = ${position}`);
    if (!isFinal) return transaction.enqueue(nextStepJob(runId, pause));
    await transaction.rows(sql`
      UPDATE access_control.provisioning_run SET status = 'FAILED', finished_at = clock_timestamp()
      WHERE id = ${runId}`);
    await transaction.publish({
      type: 'tenant.provisioning.failed',
      tenantKey: tenantId,
      tenant,
      payload: { runId, position, system, code, message },
    });
  });
}
