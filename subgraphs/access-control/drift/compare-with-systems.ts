import type { TenantSystem } from '../graphql.generated';
import type { FoundOfTenant } from '../holdings/found-of-tenant';
import type { HeldClub } from '../holdings/survey';
import { type KeyOwners, proposeImport } from '../import/propose-import';
import type { RegistryEntry } from '../registry/tenant-registry.entity';
import type { Tenant } from '../tenants/tenant.entity';
import { type DriftName, driftIdOf, type RegistryDrift } from './drift';

/** What the systems said of a tenant and of the keys that its entry names. */
export interface SystemAnswers {
  /** Systems that did not answer; nothing of them is known. */
  silent: readonly TenantSystem[];
  found: FoundOfTenant;
  owners: KeyOwners;
  /** Whether SCL and Messaging have what the entry names. */
  hasSclCode: boolean;
  hasMessagingId: boolean;
  /** The clubs that the entry names, as TeeTime has them. */
  mappedClubs: ReadonlyMap<string, HeldClub>;
}

type Finding = Omit<RegistryDrift, 'id' | 'tenantId'>;

/**
 * The differences between a tenant's registry entry and what the systems say, in the order of the systems. A system that did
 * not answer has one, which says that: what it holds is not known, and is never called missing. Source: B48.
 */
export function compareWithSystems(
  { tenant, entry }: { tenant: Pick<Tenant, 'id' | 'slug' | 'status'>; entry: RegistryEntry | null },
  answers: SystemAnswers,
): RegistryDrift[] {
  const findings = [
    ...ofSilent(answers.silent, tenant.id),
    ...ofMapped(entry, answers, tenant.status === 'ACTIVE'),
    ...ofClubs(entry, answers, tenant.id),
    ...ofHeld(entry, answers, tenant.id),
    ...ofCopy(answers, tenant.slug),
  ].filter(({ system, kind }) => kind === 'UNKNOWN' || !answers.silent.includes(system));
  return findings.map((finding) => named({ ...finding, tenantId: tenant.id }));
}

function named(drift: Omit<RegistryDrift, 'id'> & DriftName): RegistryDrift {
  return { ...drift, id: driftIdOf(drift) };
}

function ofSilent(silent: readonly TenantSystem[], key: string): Finding[] {
  return silent.map((system) => ({
    system,
    kind: 'UNKNOWN',
    key,
    description: `${system} does not answer, so that nobody knows what it holds`,
    repair: null,
  }));
}

/** What the entry names and a system does not have; it can be made for a tenant that is not disabled. */
function ofMapped(entry: RegistryEntry | null, answers: SystemAnswers, canCreate: boolean): Finding[] {
  const missing = (system: TenantSystem, key: string, description: string): Finding => ({
    system,
    kind: 'MISSING',
    key,
    description,
    repair: canCreate ? 'CREATE' : null,
  });
  const { sclTenantCode: code, messagingTenantId } = entry ?? {};
  return [
    ...(code && !answers.hasSclCode ? [missing('SCL', code, `SCL has no tenant with the code ${code}`)] : []),
    ...(messagingTenantId && !answers.hasMessagingId
      ? [missing('MESSAGING', messagingTenantId, `Messaging knows nothing of ${messagingTenantId}`)]
      : []),
  ];
}

function ofClubs(entry: RegistryEntry | null, { mappedClubs }: SystemAnswers, tenantId: string): Finding[] {
  return (entry?.teeTimeClubIds ?? []).flatMap((key): Finding[] => {
    const club = mappedClubs.get(key);
    const of = { system: 'TEETIME', key } as const;
    if (!club)
      return [{ ...of, kind: 'MISSING', description: `TeeTime has no club ${key}`, repair: 'UNMAP' }];
    if (club.tenantId === tenantId) return [];
    const description = `the club ${club.clubCode} is another tenant’s in TeeTime`;
    return [{ ...of, kind: 'DISAGREEING', description, repair: null }];
  });
}

/** What the systems hold of the tenant and the entry does not map. */
function ofHeld(entry: RegistryEntry | null, { found, owners }: SystemAnswers, tenantId: string): Finding[] {
  const proposal = proposeImport({ tenantId, entry }, found, owners);
  const orphaned = (system: TenantSystem, key: string | null, thing: string): Finding[] =>
    key === null
      ? []
      : [
          {
            system,
            kind: 'ORPHANED',
            key,
            description: `${thing} ${key} is the tenant’s, and the registry does not map it`,
            repair: 'MAP',
          },
        ];
  // A new entry has the CRM key whatever CRM holds.
  const crmKey = found.crmCopy?.hasRows ? proposal.crmTenantId : null;
  return [
    ...orphaned('SCL', proposal.sclTenantCode, 'the SCL tenant'),
    ...proposal.teeTimeClubIds.flatMap((id) => orphaned('TEETIME', id, 'the club')),
    ...orphaned('MESSAGING', proposal.messagingTenantId, 'the Messaging id'),
    ...orphaned('CRM', crmKey, 'the data in CRM under'),
    ...proposal.conflicts.flatMap(({ system, kind, key, message }): Finding[] => {
      const of = { system, key, description: message, repair: null };
      // Another tenant's code or id that is like this tenant's name is no drift.
      if (kind === 'TAKEN') return system === 'TEETIME' ? [{ ...of, kind: 'DISAGREEING' }] : [];
      return [{ ...of, kind: 'ORPHANED' }];
    }),
  ];
}

function ofCopy({ found: { crmCopy } }: SystemAnswers, slug: string): Finding[] {
  if (crmCopy === null || crmCopy.slug === slug) return [];
  const description = `CRM has the slug ${crmCopy.slug}, and the tenant’s is ${slug}; CRM follows by itself within seconds`;
  return [{ system: 'CRM', kind: 'DISAGREEING', key: crmCopy.key, description, repair: null }];
}
