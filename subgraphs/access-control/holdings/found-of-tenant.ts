import { groupBy } from '../../../shared/group-by';
import type { TenantSystem } from '../graphql.generated';
import type { HeldClub, Holdings, Survey } from './survey';

/** What the systems hold of one tenant by what they know of it themselves, whatever the registry says. */
export interface FoundOfTenant {
  /** Codes that are the tenant's UUID or slug, whatever their capitals. */
  sclCodes: string[];
  messagingIds: string[];
  /** Clubs whose rows hold the tenant's UUID. */
  clubs: HeldClub[];
  /** CRM's copy of the tenant, and whether it has more of it. */
  crmCopy: Holdings['CRM'] | null;
}

interface TenantIdentity {
  id: string;
  slug: string;
}

/** Looks for the tenants in all systems, or in those that are named. Throws `SUBGRAPH_UNAVAILABLE`. */
export async function findTenantsInSystems(
  survey: Survey,
  tenants: readonly TenantIdentity[],
  systems: readonly TenantSystem[] = ['SCL', 'TEETIME', 'MESSAGING', 'CRM'],
): Promise<Map<string, FoundOfTenant>> {
  const ids = tenants.map(({ id }) => id);
  const names = tenants.flatMap(({ id, slug }) => [id, slug]);
  const look = <System extends TenantSystem>(system: System, keys: string[], anyCase?: boolean) =>
    systems.includes(system) ? survey.under(system, keys, anyCase ? { anyCase } : {}) : [];
  const [codes, clubs, messagingIds, copies] = await Promise.all([
    look('SCL', names, true),
    look('TEETIME', ids),
    look('MESSAGING', names, true),
    look('CRM', ids),
  ]);
  const codesByName = groupBy(codes, ({ key }) => key.toLowerCase());
  const messagingIdsByName = groupBy(messagingIds, ({ key }) => key.toLowerCase());
  const clubsOf = new Map(clubs.map((holding) => [holding.key, holding.clubs]));
  const copyOf = new Map(copies.map((copy) => [copy.key, copy]));
  const keysUnder = (byName: Map<string, { key: string }[]>, { id, slug }: TenantIdentity) =>
    [...(byName.get(id) ?? []), ...(byName.get(slug) ?? [])].map(({ key }) => key);
  return new Map(
    tenants.map((tenant) => [
      tenant.id,
      {
        sclCodes: keysUnder(codesByName, tenant),
        messagingIds: keysUnder(messagingIdsByName, tenant),
        clubs: clubsOf.get(tenant.id) ?? [],
        crmCopy: copyOf.get(tenant.id) ?? null,
      },
    ]),
  );
}
