import type { TakeEvents } from '../events/delivery/receive-events';
import type { TenantDirectory } from './tenant-directory';

/** Lets a process forget what it remembers of the tenants that events tell of. Forgetting twice is the same as once. */
export function forgetTenantsOfEvents(directory: Pick<TenantDirectory, 'forget'>): TakeEvents {
  return async (events) => {
    for (const { tenantId } of events) {
      if (tenantId !== null) directory.forget(tenantId);
    }
    return { taken: events.length, refusal: null };
  };
}
