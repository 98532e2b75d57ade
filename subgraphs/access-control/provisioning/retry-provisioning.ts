import { stateConflict } from '../../../shared/errors/coded-error';
import type { Context } from '../context';
import { awaitEnd } from './await-end';
import { changeRun } from './change-run';
import { tenantDisabled } from './identity-refusals';
import type { ProvisioningRun } from './provisioning-run.entity';
import { resumeRun } from './resume-run';

/**
 * Goes on with a run that failed, and waits a while for its end; one that did not fail is answered as it is. Throws
 * `NOT_FOUND`, `TENANT_DISABLED`, or `CONFLICT` when the run was cancelled, is not the tenant's newest, or has lost a key to
 * another tenant.
 */
export async function retryProvisioning(context: Context, runId: string): Promise<ProvisioningRun> {
  const run = await changeRun(context, runId, {
    action: 'retryProvisioning',
    isDone({ status }) {
      if (status === 'COMPENSATING' || status === 'COMPENSATED') throw cancelled();
      return status !== 'FAILED';
    },
    change(transaction, failed, tenant) {
      if (tenant?.status === 'DISABLED' && !failed.isCancelled) throw tenantDisabled('runId');
      return resumeRun(context, transaction, failed);
    },
  });
  return awaitEnd(context, run);
}

const cancelled = () =>
  stateConflict('runId', 'the run was cancelled; provision the tenant again for a new one');
