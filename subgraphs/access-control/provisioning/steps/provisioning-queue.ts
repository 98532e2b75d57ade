import type { NewJob } from '../../../../shared/jobs/jobs';

export const PROVISIONING_QUEUE = 'provisioning';

/** What a job of the queue says: there is something to do for the run. What it is stands in the run's rows. */
export interface ProvisioningJob {
  runId: string;
}

/** The job for what is to be done next, now or later. One of each waits at most. */
export function nextStepJob(runId: string, delayMs?: number): NewJob {
  const data: ProvisioningJob = { runId };
  // Under another key, so that a job that waits for later does not stand for one that is to be done now.
  const key = delayMs === undefined ? runId : `${runId} later`;
  return { queue: PROVISIONING_QUEUE, data, key, delayMs };
}
