import type { NewJob } from '../../../../shared/jobs/jobs';
import { EFFECT_MS } from './retry-rules';

export const PROVISIONING_QUEUE = 'provisioning';

/** What a job of the queue says: there is something to do for the run. What it is stands in the run's rows. */
export interface ProvisioningJob {
  runId: string;
  /** It comes again and again until the run has ended. */
  isWatch?: boolean;
}

/** The job for what is to be done next, now or later. */
export function nextStepJob(runId: string, delayMs = 0): NewJob {
  const data: ProvisioningJob = { runId };
  return { queue: PROVISIONING_QUEUE, data, key: runId, delayMs };
}

/** The job that looks after a run whose next step's job was lost with a process, sooner than the queue gives it out again. */
export function watchJob(runId: string): NewJob {
  const data: ProvisioningJob = { runId, isWatch: true };
  return { queue: PROVISIONING_QUEUE, data, key: `${runId} watch`, delayMs: EFFECT_MS };
}
