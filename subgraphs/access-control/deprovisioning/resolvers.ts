import type { DeprovisioningSettings } from '../../../shared/deprovisioning-settings';
import { parseUuid } from '../../../shared/input/parse-input';
import { parsePage } from '../../../shared/pagination/connection';
import type { SubgraphName } from '../../../shared/subgraph/names';
import { callOf, type SubgraphTransport } from '../../../shared/subgraph/transport';
import type { Context } from '../context';
import type {
  MutationCancelDeprovisioningArgs,
  MutationDeprovisionTenantArgs,
  QueryTenantDeprovisioningsArgs,
} from '../graphql.generated';
import { cancelDeprovisioning } from './cancel-deprovisioning';
import { deprovisionTenant, type PlannedDeprovisioning } from './deprovision-tenant';
import type { TenantDeprovisioning } from './deprovisioning.entity';
import { listDeprovisionings } from './deprovisioning-store';
import { countHoldings } from './tenant-holdings';

export function deprovisioningResolvers(
  subgraphs: Record<SubgraphName, SubgraphTransport>,
  settings: DeprovisioningSettings,
) {
  return {
    Query: {
      tenantDeprovisionings: (_root: unknown, args: QueryTenantDeprovisioningsArgs, { database }: Context) =>
        listDeprovisionings(
          database,
          parsePage(args),
          args.tenantId ? parseUuid(args.tenantId, 'tenantId') : null,
        ),
    },
    Mutation: {
      deprovisionTenant: (
        _root: unknown,
        { id, dryRun = false }: MutationDeprovisionTenantArgs,
        context: Context,
      ) => deprovisionTenant(context, settings, { id, dryRun }),
      cancelDeprovisioning: (
        _root: unknown,
        { tenantId }: MutationCancelDeprovisioningArgs,
        context: Context,
      ) => cancelDeprovisioning(context, tenantId),
    },
    TenantDeprovisioning: {
      holdings: (
        { tenantId }: TenantDeprovisioning | PlannedDeprovisioning,
        _args: unknown,
        context: Context,
      ) =>
        countHoldings(context, subgraphs, {
          tenantId,
          onBehalfOf: context.viewer.subject,
          call: callOf(context),
        }),
    },
  };
}
