import sql, { raw } from 'sql-template-tag';
import type { Transaction } from '../../../shared/database/database';
import type { Context } from '../context';
import { awaitEnd } from './await-end';
import { changeRun } from './change-run';
import { ProvisioningRun } from './provisioning-run.entity';
import { nextStepJob, watchJob } from './steps/provisioning-queue';

/**
 * Takes a run back, whether it has ended or not, and waits a while until that is done. Throws `NOT_FOUND`, or `CONFLICT`
 * when it is not the tenant's newest.
 */
export async function cancelProvisioning(context: Context, runId: string): Promise<ProvisioningRun> {
  const run = await changeRun(context, runId, {
    action: 'cancelProvisioning',
    isDone: ({ status }) => status === 'COMPENSATING' || status === 'COMPENSATED',
    change: (transaction, { id }) => beginTakingBack(context, transaction, id),
  });
  return awaitEnd(context, run);
}

async function beginTakingBack(
  { database, viewer, requestId }: Context,
  transaction: Transaction,
  id: string,
): Promise<ProvisioningRun> {
  // An attempt that is under way may still take effect, so `busy_until` stays.
  await transaction.rows(sql`
    UPDATE access_control.provisioning_step SET attempts_before = attempts, retry_at = NULL WHERE run_id = ${id}`);
  const run = await transaction.row<ProvisioningRun>(sql`
    UPDATE access_control.provisioning_run AS r SET status = 'COMPENSATING', is_cancelled = true, finished_at = NULL,
      asked_by = ${viewer.subject}, request_id = ${requestId}
    WHERE r.id = ${id} RETURNING ${raw(database.columns(ProvisioningRun, 'r'))}`);
  if (run === null) throw new Error(`Run ${id} is gone`);
  await transaction.enqueue(nextStepJob(id));
  await transaction.enqueue(watchJob(id));
  return run;
}
