import { CodedError } from '../../../shared/errors/coded-error';
import { reaches } from '../../../shared/identity/viewer';
import { parseInput } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { ProvisionTenantInput } from '../graphql.generated';
import type { Tenant } from '../tenants/tenant.entity';
import { examineRequest } from './examine-request';
import { findKeyedRun, keyOutOfReach, type RequestKey, requestKeyOf } from './idempotency-key';
import { assertNamesTenant } from './identity-refusals';
import { asConflict, type PlanConflict, type PlanWarning } from './plan-conflicts';
import type { PlannedStep } from './plan-steps';
import { ProvisionTenantRules } from './provisioning-input';
import type { ProvisioningRun } from './provisioning-run.entity';

/** What `provisionTenant` would do with an input. */
export interface ProvisioningPlan {
  /** `null` while there is no such tenant. */
  tenant: Tenant | null;
  steps: PlannedStep[];
  conflicts: PlanConflict[];
  /** Systems that did not answer, and keys that the tenant would lose. */
  warnings: PlanWarning[];
}

/**
 * Says what `provisionTenant` would do with this input at this moment, with every reason for which it would refuse, and
 * writes nothing. Throws `BAD_USER_INPUT`.
 */
export async function planProvisioning(
  context: Context,
  input: ProvisionTenantInput,
): Promise<ProvisioningPlan> {
  const { idempotencyKey, ...request } = parseInput(ProvisionTenantRules, input);
  assertNamesTenant(request.tenant);
  const key = requestKeyOf(idempotencyKey, request);
  const keyed = await lookAtKey(context, key);
  const { tenant, steps, conflicts, warnings } = await examineRequest(context, request, {
    isKeyed: key !== null,
  });
  if (keyed.run) {
    const done = steps.map((step) => ({ ...step, action: 'NOTHING' as const }));
    return {
      tenant: await context.tenants.findById(keyed.run.tenantId),
      steps: done,
      conflicts: [],
      warnings: [],
    };
  }
  return { tenant, steps, conflicts: [...keyed.conflicts, ...conflicts], warnings };
}

interface KeyFinding {
  run: ProvisioningRun | null;
  conflicts: PlanConflict[];
}

async function lookAtKey({ everyTenant, viewer }: Context, key: RequestKey | null): Promise<KeyFinding> {
  if (key === null) return { run: null, conflicts: [] };
  try {
    const run = await findKeyedRun(everyTenant, key);
    if (run && !reaches(viewer, run.tenantId)) throw keyOutOfReach();
    return { run, conflicts: [] };
  } catch (error) {
    if (error instanceof CodedError && error.code === 'IDEMPOTENCY_CONFLICT') {
      return { run: null, conflicts: [asConflict(error)] };
    }
    throw error;
  }
}
