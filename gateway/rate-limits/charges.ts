import type { RateLimitSettings } from '../../shared/door-settings';
import { isServiceOf } from '../../shared/identity/viewer';
import { addressGroup } from '../../shared/network-address';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import type { CountedTenant } from './counted-tenant';
import { PUBLIC_LEAD, tenantIdOfLead, tenantOfLead } from './public-lead';
import type { RootField } from './root-fields';

export type LimitName = keyof RateLimitSettings;

/** What an operation counts as: `points` uses of one limit under one key. */
export interface Charge {
  limit: LimitName;
  key: string;
  points: number;
}

/** Under which name a caller is counted: its token's subject, or its address without a token. */
export function callerOf({ viewer, address }: Pick<SubgraphCall, 'viewer' | 'address'>): string {
  return viewer.kind === 'anonymous' ? `address:${addressGroup(address)}` : `subject:${viewer.subject}`;
}

/**
 * What an operation counts as by who sends it, in the order in which it is counted. A query is one read. A mutation is as
 * many writes as it has root fields, but a lead of the public counts by its address instead.
 */
export function chargesOf(
  { viewer, address }: Pick<SubgraphCall, 'viewer' | 'address'>,
  isMutation: boolean,
  fields: RootField[],
): Charge[] {
  const caller = callerOf({ viewer, address });
  if (!isMutation) return [{ limit: 'reads', key: caller, points: 1 }];

  const leads = fields.filter(({ name }) => name === PUBLIC_LEAD);
  const byAddress = leads.filter((lead) => !isServiceOf(viewer, tenantIdOfLead(lead))).length;
  const writes = fields.length - byAddress;
  const charges: Charge[] = [];
  if (writes > 0 || fields.length === 0) {
    charges.push({ limit: 'writes', key: caller, points: Math.max(writes, 1) });
  }
  if (byAddress > 0) {
    charges.push({ limit: 'leadsPerAddress', key: addressGroup(address), points: byAddress });
  }
  return charges;
}

/**
 * What the leads of a mutation count as by their tenants. To be counted after `chargesOf`, so that a lead that is refused
 * for its address uses nothing of the tenant's.
 */
export async function chargesOfTenants(
  call: SubgraphCall,
  fields: RootField[],
  countedTenant: CountedTenant,
): Promise<Charge[]> {
  const named = fields.filter(({ name }) => name === PUBLIC_LEAD).map(tenantOfLead);
  const keys = await Promise.all(named.map((tenant) => tenant && countedTenant(tenant, call)));
  const counts = new Map<string, number>();
  for (const key of keys) {
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, points]) => ({ limit: 'leadsPerTenant', key, points }));
}
