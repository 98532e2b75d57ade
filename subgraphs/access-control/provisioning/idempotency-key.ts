import sql, { raw } from 'sql-template-tag';
import type { Database } from '../../../shared/database/database';
import { postgresErrorOf } from '../../../shared/database/postgres-errors';
import { CodedError } from '../../../shared/errors/coded-error';
import { digestOf } from './input-digest';
import type { ProvisioningRequest } from './provisioning-input';
import { ProvisioningRun } from './provisioning-run.entity';
import { switchedOff } from './templates';

/** A caller's key, with the digest of the whole input that it came with. */
export interface RequestKey {
  idempotencyKey: string;
  requestDigest: string;
}

const PATH = 'input.idempotencyKey';

/** The caller's key for this request; `null` where it gives none. */
export function requestKeyOf(
  idempotencyKey: string | null | undefined,
  request: ProvisioningRequest,
): RequestKey | null {
  if (!idempotencyKey) return null;
  const requestDigest = digestOf({ ...request, switchedOff: switchedOff(request) });
  return { idempotencyKey, requestDigest };
}

/** The run that was made under the key, or `null`. Throws `IDEMPOTENCY_CONFLICT` when another input made it. */
export async function findKeyedRun(
  database: Database,
  { idempotencyKey, requestDigest }: RequestKey,
): Promise<ProvisioningRun | null> {
  const run = await database.row<ProvisioningRun>(sql`
    SELECT ${raw(database.columns(ProvisioningRun, 'r'))} FROM access_control.provisioning_run r
    WHERE r.idempotency_key = ${idempotencyKey}`);
  if (run && run.requestDigest !== requestDigest) {
    throw keyConflict('this key was used before with another input');
  }
  return run;
}

/**
 * Runs `provision` unless a run was made under the key before; then answers that run. Of calls that come at once, the
 * unique index lets one make its run. Throws `IDEMPOTENCY_CONFLICT` as above.
 */
export async function onceForKey(
  database: Database,
  key: RequestKey | null,
  provision: () => Promise<ProvisioningRun>,
): Promise<ProvisioningRun> {
  if (key === null) return provision();
  const earlier = await findKeyedRun(database, key);
  if (earlier) return earlier;
  try {
    return await provision();
  } catch (error) {
    // Whatever this call met, the call beside it that made the run has the answer for both.
    const made = await findKeyedRun(database, key);
    if (made) return made;
    if (postgresErrorOf(error)?.constraint === 'provisioning_run_idempotency_key_key') {
      throw keyOutOfReach();
    }
    throw error;
  }
}

/** Under the key a run was made that the viewer cannot see. */
export function keyOutOfReach(): CodedError {
  return keyConflict('this key was used before for a tenant that your token does not reach');
}

function keyConflict(message: string): CodedError {
  return new CodedError('IDEMPOTENCY_CONFLICT', `${PATH}: ${message}`, {
    fields: [{ path: PATH, constraint: 'idempotencyKey', message }],
  });
}
