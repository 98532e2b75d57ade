import type { SubgraphCall } from '../../shared/subgraph/transport';
import type { TenantDirectory } from '../../shared/tenancy/tenant-directory';
import type { LeadTenant } from './public-lead';

/** The key that a lead's tenant is counted under: one and the same for its UUID and its slug. Never rejects. */
export type CountedTenant = (named: LeadTenant, call: SubgraphCall) => Promise<string>;

/** A lead is delayed no longer than this for its count. */
const MAY_TAKE_MS = 400;

/**
 * Asks the directory whose slug it is. A slug that nobody has counts under its own text, and so does every slug while
 * Access Control does not answer: a lead is not lost for its count. `null` asks nobody.
 */
export function countedTenant(tenants: Pick<TenantDirectory, 'resolveTenant'> | null): CountedTenant {
  return async (named, call) => {
    if ('id' in named) return `id:${named.id}`;
    const deadline = Math.min(call.deadline, Date.now() + MAY_TAKE_MS);
    const tenant = await tenants?.resolveTenant(named, { ...call, deadline }).catch(() => null);
    return tenant ? `id:${tenant.id}` : `slug:${named.slug}`;
  };
}
