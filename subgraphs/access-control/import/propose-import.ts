import type { TenantSystem } from '../graphql.generated';
import type { FoundOfTenant } from '../holdings/found-of-tenant';
import { MAX_CLUBS } from '../registry/registry-writes';
import type { RegistryEntry } from '../registry/tenant-registry.entity';

/** The keys that a tenant's entry would get. */
export interface MissingKeys {
  sclTenantCode: string | null;
  messagingTenantId: string | null;
  crmTenantId: string | null;
  teeTimeClubIds: string[];
}

export interface ImportConflict {
  system: TenantSystem;
  /** `TAKEN`: the registry maps the key to another tenant. `AMBIGUOUS`: it is one of several. `TOO_MANY`: it has no room. */
  kind: 'TAKEN' | 'AMBIGUOUS' | 'TOO_MANY';
  key: string;
  message: string;
}

/** What the systems hold of a tenant and its registry entry does not say. */
export interface ImportProposal extends MissingKeys {
  isNewEntry: boolean;
  conflicts: ImportConflict[];
}

/** Whose the keys are by the registry; a key that nobody has is absent. */
export interface KeyOwners {
  sclTenantCodes: ReadonlyMap<string, string>;
  messagingTenantIds: ReadonlyMap<string, string>;
  crmTenantIds: ReadonlyMap<string, string>;
  teeTimeClubIds: ReadonlyMap<string, string>;
}

/** Whether there is anything to write. */
export function hasMissingKeys(proposal: ImportProposal): boolean {
  const { isNewEntry, sclTenantCode, messagingTenantId, crmTenantId, teeTimeClubIds } = proposal;
  return (
    isNewEntry || Boolean(sclTenantCode || messagingTenantId || crmTenantId) || teeTimeClubIds.length > 0
  );
}

/**
 * What the entry of a tenant lacks. A key that it has stays, whatever the systems hold; a key that another tenant has, or
 * that is one of two, is a conflict that a person must decide. Source: B47, B51.
 */
export function proposeImport(
  { tenantId, entry }: { tenantId: string; entry: RegistryEntry | null },
  found: FoundOfTenant,
  owners: KeyOwners,
): ImportProposal {
  const conflicts: ImportConflict[] = [];
  const choose = (
    system: TenantSystem,
    present: string | null | undefined,
    candidates: readonly string[],
    ownerOf: ReadonlyMap<string, string>,
  ): string | null => {
    if (present) return null;
    const isTaken = (key: string) => (ownerOf.get(key) ?? tenantId) !== tenantId;
    for (const key of candidates.filter(isTaken)) conflicts.push(taken(system, key));
    const free = candidates.filter((key) => !isTaken(key));
    if (free.length > 1) conflicts.push(...free.map((key) => ambiguous(system, key, free)));
    return free.length === 1 ? (free[0] ?? null) : null;
  };
  const sclTenantCode = choose('SCL', entry?.sclTenantCode, found.sclCodes, owners.sclTenantCodes);
  const messagingTenantId = choose(
    'MESSAGING',
    entry?.messagingTenantId,
    found.messagingIds,
    owners.messagingTenantIds,
  );
  // A new entry enables CRM, which answered the tenant by its UUID until then.
  const crmKeys = entry === null || found.crmCopy?.hasRows ? [tenantId] : [];
  const crmTenantId = choose('CRM', entry?.crmTenantId, crmKeys, owners.crmTenantIds);
  const teeTimeClubIds = missingClubs({ tenantId, entry }, found, owners, conflicts);
  // An entry without its CRM key cannot be opened for a tenant that was there before.
  if (entry === null && crmTenantId === null) {
    const nothing = { sclTenantCode: null, messagingTenantId: null, crmTenantId, teeTimeClubIds: [] };
    return { isNewEntry: false, ...nothing, conflicts };
  }
  return {
    isNewEntry: entry === null,
    sclTenantCode,
    messagingTenantId,
    crmTenantId,
    teeTimeClubIds,
    conflicts,
  };
}

function missingClubs(
  { tenantId, entry }: { tenantId: string; entry: RegistryEntry | null },
  { clubs }: FoundOfTenant,
  { teeTimeClubIds: ownerOf }: KeyOwners,
  conflicts: ImportConflict[],
): string[] {
  const mapped = entry?.teeTimeClubIds ?? [];
  const ids = clubs.map(({ id }) => id).filter((id) => !mapped.includes(id));
  const takenIds = ids.filter((id) => (ownerOf.get(id) ?? tenantId) !== tenantId);
  conflicts.push(...takenIds.map((id) => taken('TEETIME', id)));
  const free = ids.filter((id) => !takenIds.includes(id));
  const room = Math.max(0, MAX_CLUBS - mapped.length);
  conflicts.push(...free.slice(room).map(tooMany));
  return free.slice(0, room);
}

function taken(system: TenantSystem, key: string): ImportConflict {
  return { system, kind: 'TAKEN', key, message: `the registry maps ${key} to another tenant` };
}

function ambiguous(system: TenantSystem, key: string, all: readonly string[]): ImportConflict {
  return {
    system,
    kind: 'AMBIGUOUS',
    key,
    message: `${all.join(' and ')} could all be the tenant’s; choose one`,
  };
}

function tooMany(key: string): ImportConflict {
  const message = `a tenant has at most ${MAX_CLUBS} clubs in the registry`;
  return { system: 'TEETIME', kind: 'TOO_MANY', key, message };
}
