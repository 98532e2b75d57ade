import { exactlyOneArgument } from '../../../shared/graphql/exactly-one-argument';
import { parseKey, parseUuid } from '../../../shared/input/parse-input';
import { asUuid } from '../../../shared/input/uuid';
import { parseSlug } from '../../../shared/tenancy/slug';
import type { Context } from '../context';
import type {
  MutationAddTeeTimeClubArgs,
  MutationDisableSystemArgs,
  MutationEnableSystemArgs,
  MutationRemoveTeeTimeClubArgs,
  QueryTenantRegistryArgs,
} from '../graphql.generated';
import { addTeeTimeClub } from './add-tee-time-club';
import { systemsByName } from './registry-columns';
import type { RegistryEntry } from './tenant-registry.entity';

const lookupNames = [
  'tenantId',
  'tenantSlug',
  'sclTenantCode',
  'teeTimeClubId',
  'messagingTenantId',
  'crmTenantId',
] as const;

/** A key of CRM's as the registry writes it: a UUID in lower case, and an older key as it is. */
function parseCrmKey(value: string, path: string): string {
  const key = parseKey(value, path);
  return asUuid(key) ?? key;
}

async function tenantOf(entry: Promise<RegistryEntry | null>, { tenants }: Context) {
  const found = await entry;
  return found && tenants.findById(found.tenantId);
}

export const registryResolvers = {
  Query: {
    tenantRegistry(_root: unknown, args: QueryTenantRegistryArgs, { registry }: Context) {
      const [name, value] = exactlyOneArgument(args, lookupNames);
      switch (name) {
        case 'tenantId':
          return registry.findByTenantId(parseUuid(value, name));
        case 'tenantSlug':
          return registry.findByTenantSlug(parseSlug(value, name));
        case 'sclTenantCode':
          return registry.findBySclCode(parseKey(value, name));
        case 'teeTimeClubId':
          return registry.findByTeeTimeClubId(parseUuid(value, name));
        case 'messagingTenantId':
          return registry.findByMessagingTenantId(parseKey(value, name));
        case 'crmTenantId':
          return registry.findByCrmTenantId(parseCrmKey(value, name));
      }
    },
  },
  Mutation: {
    enableSystem: (_root: unknown, { tenantId, system }: MutationEnableSystemArgs, { registry }: Context) =>
      registry.enableSystem(parseUuid(tenantId, 'tenantId'), systemsByName[system]),
    disableSystem: (_root: unknown, { tenantId, system }: MutationDisableSystemArgs, { registry }: Context) =>
      registry.disableSystem(parseUuid(tenantId, 'tenantId'), systemsByName[system]),
    addTeeTimeClub: (_root: unknown, { tenantId, clubId }: MutationAddTeeTimeClubArgs, context: Context) =>
      addTeeTimeClub(context, {
        tenantId: parseUuid(tenantId, 'tenantId'),
        clubId: parseUuid(clubId, 'clubId'),
      }),
    removeTeeTimeClub: (
      _root: unknown,
      { tenantId, clubId }: MutationRemoveTeeTimeClubArgs,
      { registry }: Context,
    ) => registry.removeTeeTimeClub(parseUuid(tenantId, 'tenantId'), parseUuid(clubId, 'clubId')),
  },
  TenantRegistry: {
    __resolveReference: ({ id }: { id: string }, { registry }: Context) =>
      registry.findById(parseUuid(id, 'id')),
    tenant: (entry: RegistryEntry, _args: unknown, { tenants }: Context) => tenants.findById(entry.tenantId),
  },
  Tenant: {
    registry: (tenant: { id: string }, _args: unknown, { registry }: Context) =>
      registry.findByTenantId(tenant.id),
  },
  SclTenant: {
    tenant: ({ code }: { code: string }, _args: unknown, context: Context) =>
      tenantOf(context.registry.findBySclCode(code), context),
  },
  Contact: {
    tenant: ({ messagingTenantId }: { messagingTenantId: string }, _args: unknown, context: Context) =>
      tenantOf(context.registry.findByMessagingTenantId(messagingTenantId), context),
  },
};
