import type { Context } from '../context';
import type { TenantReference } from './tenant-reference';

export const messagingTenantResolvers = {
  Tenant: {
    async messagingProvider({ registry }: TenantReference, _args: unknown, { messagingTenants }: Context) {
      if (!registry?.messagingEnabled || registry.messagingTenantId === null) return null;
      return (await messagingTenants.find(registry.messagingTenantId))?.provider ?? null;
    },
  },
};
