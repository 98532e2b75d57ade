import type { DatabasePool } from '../../../shared/database/database';
import type { TakeEvents } from '../../../shared/events/delivery/receive-events';
import type { TenantDirectory } from '../../../shared/tenancy/tenant-directory';
import { refreshCopies, tenantCopies } from './tenant-read-model';

/**
 * Makes this process forget what it remembers of the tenants that events tell of, and brings CRM's copies of them up to
 * date by what Access Control says now: taking an event again, or after a later one, has no effect. Source: seed A24.
 */
export function followTenantEvents(pool: DatabasePool, tenants: TenantDirectory): TakeEvents {
  return async (events, call) => {
    const copies = tenantCopies(pool, tenants, call);
    for (const tenantId of new Set(events.map((event) => event.tenantId))) {
      if (tenantId === null) continue;
      tenants.forget(tenantId);
      const tenant = await copies.askAnew(tenantId);
      if (tenant) await refreshCopies(copies, [tenant]);
    }
    return { taken: events.length, refusal: null };
  };
}
