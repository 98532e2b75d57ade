import { type AskedOf, askedOfConnection } from '../../../shared/graphql/asked-fields';
import { parseInput, parseUuid } from '../../../shared/input/parse-input';
import { emptyConnection, parsePage } from '../../../shared/pagination/connection';
import type { Context } from '../context';
import type {
  MutationSubmitLeadArgs,
  MutationUpdateLeadArgs,
  QueryLeadArgs,
  QueryLeadsArgs,
  TenantLeadsArgs,
} from '../graphql.generated';
import { namedTenantId } from '../tenancy/named-tenant';
import { readableTenantId, type TenantReference } from '../tenancy/tenant-reference';
import type { Lead } from './lead.entity';
import { LeadFilterRules } from './lead-input';
import { submitLead } from './submit-lead';
import { updateLead } from './update-lead';

export const leadResolvers = {
  Query: {
    lead: (_root: unknown, { id }: QueryLeadArgs, { leads }: Context) => leads.findById(parseUuid(id, 'id')),
    async leads(_root: unknown, args: QueryLeadsArgs, context: Context, info: AskedOf) {
      const { leads, isServed } = context;
      const id = await namedTenantId(context, args.tenantId, 'tenantId');
      const [page, filter] = [parsePage(args), parseFilter(args)];
      return (await isServed({ id }))
        ? leads.listOfTenant(id, page, filter, askedOfConnection(info))
        : emptyConnection<Lead>();
    },
  },
  Mutation: {
    submitLead: (_root: unknown, { input }: MutationSubmitLeadArgs, context: Context) =>
      submitLead(context, input),
    updateLead: (_root: unknown, { id, input }: MutationUpdateLeadArgs, context: Context) =>
      updateLead(context, id, input),
  },
  Lead: {
    __resolveReference: ({ id }: { id: string }, { leads }: Context) => leads.findById(parseUuid(id, 'id')),
    tenant: ({ tenantId }: Lead) => ({ id: tenantId }),
    customer: ({ customerId }: Lead, _args: unknown, { customers }: Context) =>
      customerId ? customers.findById(customerId) : null,
  },
  Tenant: {
    leads(tenant: TenantReference, args: TenantLeadsArgs, { leads }: Context, info: AskedOf) {
      const [page, filter] = [parsePage(args), parseFilter(args)];
      const tenantId = readableTenantId(tenant);
      return tenantId === null
        ? emptyConnection<Lead>()
        : leads.listOfTenant(tenantId, page, filter, askedOfConnection(info));
    },
  },
};

function parseFilter({ filter }: TenantLeadsArgs): LeadFilterRules {
  return filter ? parseInput(LeadFilterRules, filter, 'filter') : {};
}
