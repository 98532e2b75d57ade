import type { DatabasePool } from '../../../shared/database/database';
import type { TakeEvents } from '../../../shared/events/delivery/receive-events';
import type { TenantDirectory } from '../../../shared/tenancy/tenant-directory';
import { refreshCopies, tenantCopies } from './tenant-read-model';

/**
 * Brings CRM's copies of the tenants that events tell of up to date, by what Access Control says now: taking an event
 * again, or after a later one, has no effect. Source: seed A24.
 */
export function followTenantEvents(pool: DatabasePool, tenants: TenantDirectory): TakeEvents {
  return async (events, call) => {
    for (const tenantId of new Set(events.map((event) => event.tenantId))) {
      if (tenantId === null) continue;
      const tenant = await tenants.resolveTenant({ id: tenantId }, call);
      if (tenant) await refreshCopies(tenantCopies(pool, tenants, call), [tenant]);
    }
    return { taken: events.length, refusal: null };
  };
}
