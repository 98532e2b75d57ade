import { CodedError } from '../../../shared/errors/coded-error';
import { reaches } from '../../../shared/identity/viewer';
import { parseInput } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { ProvisionTenantInput } from '../graphql.generated';
import type { Tenant } from '../tenants/tenant.entity';
import { findKeyedRun, keyOutOfReach, type RequestKey, requestKeyOf } from './idempotency-key';
import { assertNamesTenant, disabledTenant, missingTenant, otherSlug } from './identity-refusals';
import { asConflict, identityConflicts, type PlanConflict, registryConflictsOf } from './plan-conflicts';
import { type PlannedStep, planSteps } from './plan-steps';
import { ProvisionTenantRules, type TenantIdentity } from './provisioning-input';
import type { ProvisioningRun } from './provisioning-run.entity';

/** What `provisionTenant` would do with an input. */
export interface ProvisioningPlan {
  /** `null` while there is no such tenant. */
  tenant: Tenant | null;
  steps: PlannedStep[];
  conflicts: PlanConflict[];
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
  const { tenant: identity, ...config } = request;
  assertNamesTenant(identity);

  const keyed = await lookAtKey(context, requestKeyOf(idempotencyKey, request));
  if (keyed.run) {
    const tenant = await context.tenants.findById(keyed.run.tenantId);
    const entry = await context.registry.findByTenantId(keyed.run.tenantId);
    const steps = planSteps({ isNewTenant: false, entry }, config);
    return { tenant, steps: steps.map((step) => ({ ...step, action: 'NOTHING' })), conflicts: [] };
  }

  const { tenant, isNewTenant, conflicts } = await lookAtTenant(context, identity);
  const entry = tenant && (await context.registry.findByTenantId(tenant.id));
  const claimant = { tenantId: tenant?.id ?? identity.id?.toLowerCase() ?? null, isNewTenant, entry };
  return {
    tenant,
    steps: tenant || isNewTenant ? planSteps({ isNewTenant, entry }, config) : [],
    conflicts: [
      ...keyed.conflicts,
      ...conflicts,
      ...(await registryConflictsOf(context.everyTenant, claimant, config)),
    ],
  };
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

interface TenantFinding {
  tenant: Tenant | null;
  isNewTenant: boolean;
  conflicts: PlanConflict[];
}

async function lookAtTenant(context: Context, identity: TenantIdentity): Promise<TenantFinding> {
  const { tenants, viewer, everyTenant } = context;
  const id = identity.id?.toLowerCase() ?? null;
  const { slug, displayName } = identity;
  const tenant = id ? await tenants.findById(id) : await tenants.findBySlug(slug ?? '');
  const conflicts: PlanConflict[] = [];
  if (slug && displayName && viewer.tenants !== 'all' && !(id && reaches(viewer, id))) {
    conflicts.push(outOfReach);
  }
  if (tenant) {
    if (slug && tenant.slug !== slug) conflicts.push(asConflict(otherSlug()));
    if (tenant.status === 'DISABLED') conflicts.push(asConflict(disabledTenant(identity)));
    return { tenant, isNewTenant: false, conflicts };
  }
  if (!slug || !displayName) {
    return { tenant, isNewTenant: false, conflicts: [asConflict(missingTenant(identity))] };
  }
  conflicts.push(...(await identityConflicts(everyTenant, { id, slug })));
  return { tenant, isNewTenant: conflicts.length === 0, conflicts };
}

const outOfReach: PlanConflict = {
  path: 'input.tenant',
  code: 'FORBIDDEN',
  message: 'your token creates no tenants; name one that it reaches by its id alone, or by its slug alone',
};
