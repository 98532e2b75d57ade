import type { NewJob } from '../../../shared/jobs/jobs';

/** The queue of removals that wait for their time; a migration made it. */
export const REMOVAL_QUEUE = 'deprovisioning';

/** The job that removes a tenant, `delayMs` from now. */
export function removalJob(deprovisioningId: string, delayMs: number): NewJob {
  return { queue: REMOVAL_QUEUE, data: { deprovisioningId }, key: deprovisioningId, delayMs };
}
