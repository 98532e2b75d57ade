import type { SqlRunner } from '../../../shared/database/database';
import { CodedError } from '../../../shared/errors/coded-error';
import type { TenantSystem } from '../graphql.generated';
import { type FoundOfTenant, findTenantsInSystems } from '../holdings/found-of-tenant';
import type { HeldClub, Survey } from '../holdings/survey';
import { findOwners } from '../import/propose-for-tenants';
import type { RegistryEntry } from '../registry/tenant-registry.entity';
import type { TenantRegistryService } from '../registry/tenant-registry-service';
import type { Tenant } from '../tenants/tenant.entity';
import { compareWithSystems } from './compare-with-systems';
import type { RegistryDrift } from './drift';

interface Sources {
  survey: Survey;
  registry: TenantRegistryService;
  /** Every tenant's rows, because a key may be any tenant's. */
  everyTenant: SqlRunner;
}

const SYSTEMS = ['SCL', 'TEETIME', 'MESSAGING', 'CRM'] as const satisfies TenantSystem[];
const nothingFound: FoundOfTenant = { sclCodes: [], messagingIds: [], clubs: [], crmCopy: null };

/** Looks now at how the systems differ from the entries of the tenants, in their order. */
export async function findDrift(
  { survey, registry, everyTenant }: Sources,
  tenants: readonly Tenant[],
): Promise<RegistryDrift[][]> {
  const entries = await Promise.all(tenants.map(({ id }) => registry.findByTenantId(id)));
  const silent = new Set<TenantSystem>();
  /** What a system answers, or `nothing` where it does not answer. */
  const ask = async <Answer>(system: TenantSystem, work: () => Promise<Answer>, nothing: Answer) => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CodedError && error.code === 'SUBGRAPH_UNAVAILABLE')) throw error;
      silent.add(system);
      return nothing;
    }
  };
  const [found, codes, messagingIds, clubs] = await Promise.all([
    findInEach(survey, tenants, ask),
    ask('SCL', () => survey.under('SCL', keysOf(entries, 'sclTenantCode')), []),
    ask('MESSAGING', () => survey.under('MESSAGING', keysOf(entries, 'messagingTenantId')), []),
    ask('TEETIME', () => survey.clubs(entries.flatMap((entry) => entry?.teeTimeClubIds ?? [])), []),
  ]);
  const owners = await findOwners(everyTenant, [...found.values()], tenants);
  const hasCode = new Set<string | null>(codes.map(({ key }) => key));
  const hasMessagingId = new Set<string | null>(messagingIds.map(({ key }) => key));
  const mappedClubs = new Map<string, HeldClub>(clubs.map((club) => [club.id, club]));
  return tenants.map((tenant, index) => {
    const entry = entries[index] ?? null;
    return compareWithSystems(
      { tenant, entry },
      {
        silent: SYSTEMS.filter((system) => silent.has(system)),
        found: found.get(tenant.id) ?? nothingFound,
        owners,
        hasSclCode: hasCode.has(entry?.sclTenantCode ?? null),
        hasMessagingId: hasMessagingId.has(entry?.messagingTenantId ?? null),
        mappedClubs,
      },
    );
  });
}

type Ask = <Answer>(system: TenantSystem, work: () => Promise<Answer>, nothing: Answer) => Promise<Answer>;

/** What each system that answers holds of the tenants, so that one that is down hides nothing of the others. */
async function findInEach(
  survey: Survey,
  tenants: readonly Tenant[],
  ask: Ask,
): Promise<Map<string, FoundOfTenant>> {
  const parts = await Promise.all(
    SYSTEMS.map((system) =>
      ask(system, () => findTenantsInSystems(survey, tenants, [system]), new Map<string, FoundOfTenant>()),
    ),
  );
  return new Map(
    tenants.map(({ id }) => {
      const own = parts.flatMap((part) => part.get(id) ?? []);
      return [
        id,
        {
          sclCodes: own.flatMap(({ sclCodes }) => sclCodes),
          messagingIds: own.flatMap((each) => each.messagingIds),
          clubs: own.flatMap((each) => each.clubs),
          crmCopy: own.find(({ crmCopy }) => crmCopy !== null)?.crmCopy ?? null,
        },
      ];
    }),
  );
}

function keysOf(
  entries: readonly (RegistryEntry | null)[],
  key: 'sclTenantCode' | 'messagingTenantId',
): string[] {
  return entries.flatMap((entry) => entry?.[key] ?? []);
}
