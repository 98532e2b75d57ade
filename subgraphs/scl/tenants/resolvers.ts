import { type AskedOf, askedFields } from '../../../shared/graphql/asked-fields';
import { exactlyOneArgument } from '../../../shared/graphql/exactly-one-argument';
import { parseInput, parseKey, parseUuid } from '../../../shared/input/parse-input';
import { parsePage } from '../../../shared/pagination/connection';
import type { Context } from '../context';
import type {
  MutationCreateSclTenantArgs,
  MutationUpdateSclTenantArgs,
  QuerySclTenantArgs,
  QuerySclTenantsArgs,
} from '../graphql.generated';
import { createSclTenant } from './create-scl-tenant';
import { SclTenantFilterRules } from './scl-tenant-input';
import { updateSclTenant } from './update-scl-tenant';

/** A tenant as the gateway hands it over, with what `Tenant.sclTenant` requires. */
interface TenantReference {
  registry?: { sclTenantCode: string | null; sclEnabled: boolean } | null;
}

export const sclTenantResolvers = {
  Query: {
    async sclTenant(
      _root: unknown,
      args: QuerySclTenantArgs,
      { sclTenants, isServed }: Context,
      info: AskedOf,
    ) {
      const [key, value] = exactlyOneArgument(args, ['id', 'code']);
      if (key === 'id') return sclTenants.findById(parseUuid(value, 'id'), asksForClubs(info));
      const sclTenantCode = parseKey(value, 'code');
      return (await isServed({ sclTenantCode }))
        ? sclTenants.findByCode(sclTenantCode, asksForClubs(info))
        : null;
    },
    sclTenants(_root: unknown, args: QuerySclTenantsArgs, { sclTenants }: Context) {
      const { text } = parseInput(SclTenantFilterRules, args.filter ?? {}, 'filter');
      return sclTenants.list(parsePage(args), { text });
    },
  },
  Mutation: {
    createSclTenant: (_root: unknown, { input }: MutationCreateSclTenantArgs, context: Context) =>
      createSclTenant(context, input),
    updateSclTenant: (_root: unknown, { id, input }: MutationUpdateSclTenantArgs, context: Context) =>
      updateSclTenant(context, id, input),
  },
  SclTenant: {
    /** Other subgraphs name an SCL tenant by its id or its code; one that does not exist answers `null`. */
    __resolveReference(reference: { id?: string; code?: string }, { sclTenants }: Context, info: AskedOf) {
      if (reference.id !== undefined) {
        return sclTenants.findById(parseUuid(reference.id, 'id'), asksForClubs(info));
      }
      return sclTenants.findByCode(parseKey(reference.code ?? '', 'code'), asksForClubs(info));
    },
  },
  Tenant: {
    sclTenant({ registry }: TenantReference, _args: unknown, { sclTenants }: Context, info: AskedOf) {
      if (!registry?.sclEnabled || registry.sclTenantCode === null) return null;
      return sclTenants.findByCode(registry.sclTenantCode, asksForClubs(info));
    },
  },
};

function asksForClubs(info: AskedOf): boolean {
  return askedFields(info).has('clubs');
}
