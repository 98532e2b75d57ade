import { CodedError } from '../../../shared/errors/coded-error';
import { parseInput } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { ProvisionTenantInput } from '../graphql.generated';
import { awaitEnd } from './await-end';
import { examineRequest } from './examine-request';
import { onceForKey, requestKeyOf } from './idempotency-key';
import { assertNamesTenant } from './identity-refusals';
import type { PlanConflict } from './plan-conflicts';
import { ProvisionTenantRules } from './provisioning-input';
import type { ProvisioningRun } from './provisioning-run.entity';
import { startRun } from './start-run';

/**
 * Sets a tenant up: begins the run that does it, or takes the one that does or did, and waits a while for its end. A call
 * with a key answers the key's run, whatever became of it. Throws `BAD_USER_INPUT`, `TENANT_NOT_FOUND`,
 * `TENANT_DISABLED`, `IDEMPOTENCY_CONFLICT`, `CONFLICT` that names what belongs to another tenant or what the tenant would lose,
 * or `SUBGRAPH_UNAVAILABLE` where nobody knows whether it would. Source: ADR-0003, `provision`.
 */
export async function provisionTenant(
  context: Context,
  input: ProvisionTenantInput,
): Promise<ProvisioningRun> {
  const { idempotencyKey, ...request } = parseInput(ProvisionTenantRules, input);
  assertNamesTenant(request.tenant);
  const key = requestKeyOf(idempotencyKey, request);
  const run = await onceForKey(context.database, key, async () => {
    const { conflicts, inSystems } = await examineRequest(context, request, { isKeyed: key !== null });
    const [first] = conflicts;
    if (first) throw refusalOf(first, conflicts);
    return startRun(context, request, { key, inSystems });
  });
  return awaitEnd(context, run);
}

/** The first conflict as an error, with all of its code. */
function refusalOf({ code, path, message }: PlanConflict, conflicts: readonly PlanConflict[]): CodedError {
  const fields = conflicts
    .filter((conflict) => conflict.code === code)
    .map((conflict) => ({ path: conflict.path, constraint: 'plan', message: conflict.message }));
  return new CodedError(code, `${path}: ${message}`, { fields });
}
