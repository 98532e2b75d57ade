import sql, { raw } from 'sql-template-tag';
import type { Transaction } from '../../../shared/database/database';
import type { Context } from '../context';
import { claimKeys } from '../registry/claimed-keys';
import { readEntry } from '../registry/registry-reads';
import { keyConflicts } from './plan-conflicts';
import { ProvisioningRun } from './provisioning-run.entity';
import { nextStepJob, watchJob } from './steps/provisioning-queue';
import { keysToTake, type TenantSetUp } from './tenant-set-up';

/**
 * Lets a run that failed go on from the step that did, in the direction in which it was going. Its tenant is locked.
 * Throws `CONFLICT` when another tenant has taken one of its keys meanwhile.
 */
export async function resumeRun(
  { database, viewer, requestId }: Context,
  transaction: Transaction,
  { id, tenantId, isCancelled }: ProvisioningRun,
): Promise<ProvisioningRun> {
  const kept = await transaction.row<{ setUp: TenantSetUp | null }>(sql`
    SELECT r.set_up AS "setUp" FROM access_control.provisioning_run r WHERE r.id = ${id} FOR UPDATE`);
  if (!kept?.setUp) throw new Error(`Run ${id} does not say what it sets up`);
  const { setUp } = kept;
  if (!isCancelled) {
    const entry = await readEntry(database, transaction, tenantId);
    await claimKeys(transaction, tenantId, keysToTake(setUp));
    const claimant = { tenantId, isNewTenant: false, entry };
    const [conflict] = await transaction.amongAllTenants(() => keyConflicts(transaction, claimant, setUp));
    if (conflict) throw conflict;
  }
  await transaction.rows(sql`
    UPDATE access_control.provisioning_step SET status = ${isCancelled ? 'COMPENSATING' : 'PENDING'},
      attempts_before = attempts, retry_at = NULL
    WHERE run_id = ${id} AND status = 'FAILED'`);
  const run = await transaction.row<ProvisioningRun>(sql`
    UPDATE access_control.provisioning_run AS r SET status = ${isCancelled ? 'COMPENSATING' : 'RUNNING'},
      finished_at = NULL, asked_by = ${viewer.subject}, request_id = ${requestId}
    WHERE r.id = ${id} RETURNING ${raw(database.columns(ProvisioningRun, 'r'))}`);
  if (run === null) throw new Error(`Run ${id} is gone`);
  await transaction.enqueue(nextStepJob(id));
  await transaction.enqueue(watchJob(id));
  return run;
}
