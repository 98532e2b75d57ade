import { type AskedOf, askedOfConnection } from '../../../shared/graphql/asked-fields';
import { parseInput, parseUuid } from '../../../shared/input/parse-input';
import { emptyConnection, parsePage } from '../../../shared/pagination/connection';
import type { Context } from '../context';
import type {
  MutationCreateCustomerArgs,
  MutationUpdateCustomerArgs,
  QueryCustomerArgs,
  QueryCustomersArgs,
  TenantCustomersArgs,
} from '../graphql.generated';
import { namedTenantId } from '../tenancy/named-tenant';
import { readableTenantId, type TenantReference } from '../tenancy/tenant-reference';
import { createCustomer } from './create-customer';
import type { Customer } from './customer.entity';
import { CustomerFilterRules } from './customer-input';
import { updateCustomer } from './update-customer';

export const customerResolvers = {
  Query: {
    customer: (_root: unknown, { id }: QueryCustomerArgs, { customers }: Context) =>
      customers.findById(parseUuid(id, 'id')),
    async customers(_root: unknown, args: QueryCustomersArgs, context: Context, info: AskedOf) {
      const { customers, isServed } = context;
      const id = await namedTenantId(context, args.tenantId, 'tenantId');
      const [page, filter] = [parsePage(args), parseFilter(args)];
      return (await isServed({ id }))
        ? customers.listOfTenant(id, page, filter, askedOfConnection(info))
        : emptyConnection<Customer>();
    },
  },
  Mutation: {
    createCustomer: (_root: unknown, { input }: MutationCreateCustomerArgs, context: Context) =>
      createCustomer(context, input),
    updateCustomer: (_root: unknown, { id, input }: MutationUpdateCustomerArgs, context: Context) =>
      updateCustomer(context, id, input),
  },
  Customer: {
    __resolveReference: ({ id }: { id: string }, { customers }: Context) =>
      customers.findById(parseUuid(id, 'id')),
    tenant: ({ tenantId }: Customer) => ({ id: tenantId }),
  },
  Tenant: {
    customers(tenant: TenantReference, args: TenantCustomersArgs, { customers }: Context, info: AskedOf) {
      const [page, filter] = [parsePage(args), parseFilter(args)];
      const tenantId = readableTenantId(tenant);
      return tenantId === null
        ? emptyConnection<Customer>()
        : customers.listOfTenant(tenantId, page, filter, askedOfConnection(info));
    },
  },
};

function parseFilter({ filter }: TenantCustomersArgs): CustomerFilterRules {
  return filter ? parseInput(CustomerFilterRules, filter, 'filter') : {};
}
