import { parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type {
  MutationCreateJourneyArgs,
  MutationSetJourneyStatusArgs,
  MutationUpdateJourneyArgs,
  QueryJourneyArgs,
} from '../graphql.generated';
import { readableTenantId, type TenantReference } from '../tenancy/tenant-reference';
import { createJourney } from './create-journey';
import type { Journey } from './journey.entity';
import { setJourneyStatus } from './set-journey-status';
import { updateJourney } from './update-journey';

export const journeyResolvers = {
  Query: {
    journey: (_root: unknown, { id }: QueryJourneyArgs, { journeys }: Context) =>
      journeys.findById(parseUuid(id, 'id')),
  },
  Mutation: {
    createJourney: (_root: unknown, { input }: MutationCreateJourneyArgs, context: Context) =>
      createJourney(context, input),
    updateJourney: (_root: unknown, { id, input }: MutationUpdateJourneyArgs, context: Context) =>
      updateJourney(context, id, input),
    setJourneyStatus: (_root: unknown, { id, status }: MutationSetJourneyStatusArgs, context: Context) =>
      setJourneyStatus(context, id, status),
  },
  Journey: {
    __resolveReference: ({ id }: { id: string }, { journeys }: Context) =>
      journeys.findById(parseUuid(id, 'id')),
    tenant: ({ tenantId }: Journey) => ({ id: tenantId }),
    steps: (journey: Journey, _args: unknown, { journeys }: Context) => journeys.listSteps(journey),
  },
  Tenant: {
    journeys(tenant: TenantReference, _args: unknown, { journeys }: Context) {
      const tenantId = readableTenantId(tenant);
      return tenantId === null ? [] : journeys.listOfTenant(tenantId);
    },
  },
};
