import type { Context } from '../context';
import { readableTenantId, type TenantReference } from '../tenancy/tenant-reference';

export const slugAliasResolvers = {
  Tenant: {
    slugAliases(tenant: TenantReference, _args: unknown, { slugAliases }: Context) {
      const tenantId = readableTenantId(tenant);
      return tenantId === null ? [] : slugAliases.listOfTenant(tenantId);
    },
  },
};
