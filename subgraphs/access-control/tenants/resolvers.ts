import { exactlyOneArgument } from '../../../shared/graphql/exactly-one-argument';
import { parseInput, parseUuid } from '../../../shared/input/parse-input';
import { parsePage } from '../../../shared/pagination/connection';
import { parseSlug } from '../../../shared/tenancy/slug';
import type { Context } from '../context';
import type {
  MutationCreateTenantArgs,
  MutationDisableTenantArgs,
  MutationEnableTenantArgs,
  MutationUpdateTenantArgs,
  QueryTenantArgs,
  QueryTenantsArgs,
} from '../graphql.generated';
import { createTenant } from './create-tenant';
import { TenantFilterRules } from './tenant-input';
import { disableTenant, enableTenant, updateTenant } from './update-tenant';

export const tenantResolvers = {
  Query: {
    tenant(_root: unknown, args: QueryTenantArgs, { tenants }: Context) {
      const [key, value] = exactlyOneArgument(args, ['id', 'slug']);
      return key === 'id'
        ? tenants.findById(parseUuid(value, 'id'))
        : tenants.findBySlug(parseSlug(value, 'slug'));
    },
    tenants(_root: unknown, args: QueryTenantsArgs, { tenants }: Context) {
      const { text } = parseInput(TenantFilterRules, { text: args.filter?.text }, 'filter');
      return tenants.list(parsePage(args), { ...args.filter, text });
    },
  },
  Mutation: {
    createTenant: (_root: unknown, { input }: MutationCreateTenantArgs, context: Context) =>
      createTenant(context, input),
    updateTenant: (_root: unknown, { id, input }: MutationUpdateTenantArgs, context: Context) =>
      updateTenant(context, id, input),
    disableTenant: (_root: unknown, { id }: MutationDisableTenantArgs, context: Context) =>
      disableTenant(context, id),
    enableTenant: (_root: unknown, { id }: MutationEnableTenantArgs, context: Context) =>
      enableTenant(context, id),
  },
  Tenant: {
    /** Other subgraphs name a tenant by its id or its slug; one that does not exist answers `null`. */
    __resolveReference(reference: { id?: string; slug?: string }, { tenants }: Context) {
      if (reference.id !== undefined) return tenants.findById(parseUuid(reference.id, 'id'));
      return tenants.findBySlug(parseSlug(reference.slug ?? '', 'slug'));
    },
  },
};
