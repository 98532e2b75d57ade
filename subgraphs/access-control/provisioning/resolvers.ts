import { parseUuid } from '../../../shared/input/parse-input';
import { parsePage } from '../../../shared/pagination/connection';
import type { Context } from '../context';
import type {
  MutationProvisionTenantArgs,
  QueryProvisioningPlanArgs,
  QueryProvisioningRunArgs,
  QueryProvisioningRunsArgs,
} from '../graphql.generated';
import { planProvisioning } from './plan-provisioning';
import { provisionTenant } from './provision-tenant';
import type { ProvisioningRun, ProvisioningStep } from './provisioning-run.entity';
import { findRunById, listRuns } from './provisioning-store';

export const provisioningResolvers = {
  Query: {
    provisioningPlan: (_root: unknown, { input }: QueryProvisioningPlanArgs, context: Context) =>
      planProvisioning(context, input),
    provisioningRun: (_root: unknown, { id }: QueryProvisioningRunArgs, { database }: Context) =>
      findRunById(database, parseUuid(id, 'id')),
    provisioningRuns: (_root: unknown, args: QueryProvisioningRunsArgs, { database }: Context) =>
      listRuns(database, parseUuid(args.tenantId, 'tenantId'), parsePage(args)),
  },
  Mutation: {
    provisionTenant: (_root: unknown, { input }: MutationProvisionTenantArgs, context: Context) =>
      provisionTenant(context, input),
  },
  ProvisioningRun: {
    startedAt: ({ createdAt }: ProvisioningRun) => createdAt,
    steps: (run: ProvisioningRun, _args: unknown, { steps }: Context) => steps.load(run.id),
    tenant: (run: ProvisioningRun, _args: unknown, { tenants }: Context) => tenants.findById(run.tenantId),
    registry: (run: ProvisioningRun, _args: unknown, { registry }: Context) =>
      registry.findByTenantId(run.tenantId),
  },
  ProvisioningStep: {
    error: ({ errorCode, errorMessage }: ProvisioningStep) =>
      errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' },
  },
};
