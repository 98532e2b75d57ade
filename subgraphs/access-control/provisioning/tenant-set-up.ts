import type { TemplatePackKey } from '../graphql.generated';
import type { UniqueKey } from '../registry/claimed-keys';
import type { TenantProvisionConfig } from '../registry/provision-config';
import { uniqueKeysOf } from '../registry/taken-keys';

/** A club that TeeTime is to have. */
export interface ClubToSetUp {
  clubCode: string;
  name: string;
  location?: string | null;
  timezone?: string | null;
}

/**
 * What a run is to set up for a tenant, with the template's share: a system that is absent is left as it is. It is kept
 * with the run, as JSON.
 */
export interface TenantSetUp {
  /** `name` is that of a new SCL tenant; the tenant's own unless given. */
  scl?: { code: string; name?: string | null; clubs: { name: string }[] };
  /** UUIDs in lower case. */
  teeTime?: { clubIds: string[]; clubs: ClubToSetUp[] };
  messaging?: { tenantId: string; provider?: string | null };
  crm?: { enabled: boolean; templatePack?: TemplatePackKey | null };
  billing?: boolean;
  payments?: { providers: string[] };
  association?: { provider: string; memberId?: string | null };
}

/** The part of it that the registry holds before any system has answered: clubs to be made have no id yet. */
export function registryPartOf({ scl, teeTime, ...rest }: TenantSetUp): TenantProvisionConfig {
  return {
    ...rest,
    ...(scl && { scl: { code: scl.code } }),
    ...(teeTime && { teeTime: { clubIds: teeTime.clubIds } }),
  };
}

/** The keys that the run will take for the tenant. */
export function keysToTake(setUp: TenantSetUp): UniqueKey[] {
  const codes = (setUp.teeTime?.clubs ?? []).map(({ clubCode }) => clubCode);
  return [
    ...uniqueKeysOf(registryPartOf(setUp)),
    ...codes.map((key) => ({ kind: 'CLUB_CODE', key }) as const),
  ];
}
