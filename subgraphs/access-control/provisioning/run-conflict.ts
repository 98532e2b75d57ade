import { type CodedError, stateConflict } from '../../../shared/errors/coded-error';
import { isUnfinished, type ProvisioningRun } from './provisioning-run.entity';

/**
 * `CONFLICT` when the tenant's newest run has not ended and stands in the way of this call; `null` when it does not, or is
 * what the call asks for: a call without a key joins a run of equal input.
 */
export function runConflict(
  newest: ProvisioningRun | null,
  { inputDigest, isKeyed }: { inputDigest: string; isKeyed: boolean },
): CodedError | null {
  if (newest === null) return null;
  if (newest.status === 'FAILED' && newest.isCancelled) {
    return stateConflict(
      'input.tenant',
      `run ${newest.id} of the tenant could not be taken back; retry it first`,
    );
  }
  if (!isUnfinished(newest)) return null;
  if (newest.status === 'COMPENSATING') {
    return stateConflict(
      'input.tenant',
      `run ${newest.id} of the tenant is being taken back; wait for its end`,
    );
  }
  if (!isKeyed && newest.inputDigest === inputDigest) return null;
  return stateConflict(
    'input.tenant',
    `run ${newest.id} of the tenant has not ended; wait for its end, or cancel it`,
  );
}
