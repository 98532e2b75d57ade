import { parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { MutationRepairRegistryDriftArgs, QueryRegistryDriftArgs } from '../graphql.generated';
import type { RegistryDrift } from './drift';
import { findDrift } from './find-drift';
import { repairRegistryDrift } from './repair-registry-drift';

export const driftResolvers = {
  Query: {
    async registryDrift(
      _root: unknown,
      { tenantId }: QueryRegistryDriftArgs,
      context: Context,
    ): Promise<RegistryDrift[] | null> {
      const tenant = await context.tenants.findById(parseUuid(tenantId, 'tenantId'));
      if (tenant === null) return null;
      const [drifts = []] = await findDrift(context, [tenant]);
      return drifts;
    },
  },
  Mutation: {
    repairRegistryDrift: (
      _root: unknown,
      { ids, dryRun = true }: MutationRepairRegistryDriftArgs,
      context: Context,
    ) => repairRegistryDrift(context, { ids, dryRun }),
  },
};
