import { parseUuid } from '../../../shared/input/parse-input';
import { parsePage } from '../../../shared/pagination/connection';
import type { Context } from '../context';
import type {
  MutationCancelProvisioningArgs,
  MutationProvisionTenantArgs,
  MutationRetryProvisioningArgs,
  QueryProvisioningPlanArgs,
  QueryProvisioningRunArgs,
  QueryProvisioningRunsArgs,
} from '../graphql.generated';
import { cancelProvisioning } from './cancel-provisioning';
import { planProvisioning } from './plan-provisioning';
import { provisionTenant } from './provision-tenant';
import type { ProvisioningRun } from './provisioning-run.entity';
import type { ProvisioningStep } from './provisioning-step.entity';
import { findRunById, listRuns } from './provisioning-store';
import { retryProvisioning } from './retry-provisioning';

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
    retryProvisioning: (_root: unknown, { runId }: MutationRetryProvisioningArgs, context: Context) =>
      retryProvisioning(context, runId),
    cancelProvisioning: (_root: unknown, { runId }: MutationCancelProvisioningArgs, context: Context) =>
      cancelProvisioning(context, runId),
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
