import { reaches } from '../../../shared/identity/viewer';
import type { Context } from '../context';
import { replacedKeys } from '../registry/replaced-keys';
import type { Tenant } from '../tenants/tenant.entity';
import { disabledTenant, missingTenant, otherSlug } from './identity-refusals';
import { digestOf } from './input-digest';
import {
  adoptedClubs,
  countNewClubs,
  foreignClubs,
  type InSystems,
  lookAtSystems,
  surveyCallOf,
} from './look-at-systems';
import {
  asConflict,
  identityConflicts,
  keyConflicts,
  type PlanConflict,
  type PlanWarning,
} from './plan-conflicts';
import { type PlannedStep, planSteps } from './plan-steps';
import type { ProvisioningRequest, TenantIdentity } from './provisioning-input';
import { findNewestRun, hasCompletedScl } from './provisioning-store';
import { lookAtReplacedKeys } from './replace-keys';
import { runConflict } from './run-conflict';
import { setUpOf } from './templates';

/** What a request meets at this moment. */
export interface Examination {
  /** `null` while there is no such tenant. */
  tenant: Tenant | null;
  /** Empty when no tenant is there and none would be created. */
  steps: PlannedStep[];
  conflicts: PlanConflict[];
  warnings: PlanWarning[];
  inSystems: InSystems;
}

/**
 * Looks at everything that a request would meet, in the registry and in the systems, and names every conflict. It writes
 * nothing. Throws `BAD_USER_INPUT`.
 */
export async function examineRequest(
  context: Context,
  request: ProvisioningRequest,
  { isKeyed }: { isKeyed: boolean },
): Promise<Examination> {
  const found = await lookAtTenant(context, request.tenant);
  const examination = await examineFor(context, request, { ...found, isKeyed });
  if (found.tenant !== null || examination.conflicts.length === 0) return examination;
  // What belongs to nobody we know may belong to the tenant itself, which an equal call has created meanwhile.
  context.tenants.forget();
  const again = await lookAtTenant(context, request.tenant);
  return again.tenant ? examineFor(context, request, { ...again, isKeyed }) : examination;
}

async function examineFor(
  context: Context,
  request: ProvisioningRequest,
  { tenant, isNewTenant, isKeyed, conflicts }: TenantFinding & { isKeyed: boolean },
): Promise<Examination> {
  const { database, everyTenant, registry, subgraphs } = context;
  const slug = tenant?.slug ?? request.tenant.slug;
  if (request.template && !slug) {
    return { tenant, steps: [], conflicts, warnings: [], inSystems: { hasSclClubs: false } };
  }
  const entry = tenant && (await registry.findByTenantId(tenant.id));
  const setUp = setUpOf(request, { slug: slug ?? '', entry });
  const tenantId = tenant?.id ?? request.tenant.id?.toLowerCase() ?? null;
  const surveyCall = surveyCallOf(context);
  const [{ seen, warnings }, replaced] = await Promise.all([
    lookAtSystems(subgraphs, { setUp, tenantId }, surveyCall),
    lookAtReplacedKeys(subgraphs, replacedKeys(entry, setUp), surveyCall),
  ]);
  const inSystems = {
    ...seen,
    hasSclClubs: tenant !== null && (await hasCompletedScl(database, tenant.id, setUp.scl)),
  };
  const newest = tenant && (await findNewestRun(database, database, tenant.id));
  const refusal = runConflict(newest, { inputDigest: digestOf(setUp), isKeyed });
  const inTeeTime = {
    foreign: foreignClubs(inSystems, setUp, tenantId),
    adopted: adoptedClubs(inSystems, setUp, tenantId),
    toMake: countNewClubs(inSystems, setUp, tenantId),
  };
  const taken = await keyConflicts(everyTenant, { tenantId, isNewTenant, entry }, setUp, inTeeTime);
  const isPlannable = tenant !== null || isNewTenant;
  return {
    tenant,
    steps: isPlannable ? planSteps({ isNewTenant, entry }, setUp, inSystems) : [],
    conflicts: [
      ...conflicts,
      ...(refusal ? [asConflict(refusal)] : []),
      ...replaced.conflicts,
      ...taken.map(asConflict),
    ],
    warnings: [...warnings, ...replaced.warnings],
    inSystems,
  };
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
