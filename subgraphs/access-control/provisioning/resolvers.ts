import type { Context } from '../context';
import type { MutationProvisionTenantArgs } from '../graphql.generated';
import { provisionTenant } from './provision-tenant';
import type { ProvisioningRun, ProvisioningStep } from './provisioning-run.entity';

export const provisioningResolvers = {
  Mutation: {
    provisionTenant: (_root: unknown, { input }: MutationProvisionTenantArgs, context: Context) =>
      provisionTenant(context, input),
  },
  ProvisioningRun: {
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
