import type { Logger } from 'pino';
import { postgresErrorOf } from '../../../shared/database/postgres-errors';
import { CodedError } from '../../../shared/errors/coded-error';
import type { TakeEvents } from '../../../shared/events/delivery/receive-events';
import type { EventEnvelope } from '../../../shared/events/event';
import type { EventType } from '../../../shared/events/event-catalogue';
import { keepRenamedSlugs } from '../slug-aliases/keep-renamed-slugs';
import type { CopyRefresher } from './copy-refresher';
import { WAIT_BRIEFLY } from './lock-wait';
import { type CopySource, tenantCopies } from './tenant-read-model';
import { removeCopies } from './write-copies';

/** What may have ended a tenant that Access Control does not have. */
const ENDS: readonly EventType[] = ['tenant.deprovisioning.completed', 'tenant.provisioning.compensated'];
/** A tenant that Access Control does not have so long after its last event is gone, whatever its events say. */
const UNKNOWN_FOR_MS = 600_000;
const FOREIGN_KEY_VIOLATION = '23503';

/**
 * Makes this process forget what it remembers of the tenants that events tell of, and brings CRM's copies of them up to
 * date by what Access Control says now: taking an event again, or after a later one, has no effect. Slugs become aliases
 * first, so that none waits for the rename that it comes with. The copy of a tenant that is gone goes too; while CRM has
 * rows of it, its events are refused. Throws when Access Control does not tell who the tenant is, or a rename takes longer
 * than the call. Source: seed A24.
 */
export function followTenantEvents(
  source: CopySource,
  { refresher, logger }: { refresher: CopyRefresher; logger: Logger },
): TakeEvents {
  const keepSlugs = keepRenamedSlugs(source.pool, { slugAliasDays: source.slugAliasDays, logger });
  return async (events, call) => {
    const handOver = await keepSlugs(events, call);
    for (const tenantId of new Set(events.map((event) => event.tenantId))) {
      if (tenantId === null) continue;
      source.tenants.forget(tenantId);
      if (await refresher.bringUpToDate(tenantId, call)) continue;
      if (!isGone(events, new Date())) {
        throw new CodedError('SUBGRAPH_UNAVAILABLE', `Access Control does not have tenant ${tenantId} yet`);
      }
      try {
        await removeCopies(tenantCopies(source, call), [tenantId], WAIT_BRIEFLY);
      } catch (error) {
        if (postgresErrorOf(error)?.code !== FOREIGN_KEY_VIOLATION) throw error;
        return {
          taken: 0,
          refusal: `CRM has rows of tenant ${tenantId}, whom Access Control does not have any more`,
        };
      }
    }
    return handOver;
  };
}

function isGone(events: readonly EventEnvelope[], now: Date): boolean {
  const isLongAgo = events.every(({ timestamp }) => now.getTime() - Date.parse(timestamp) > UNKNOWN_FOR_MS);
  return isLongAgo || events.some(({ type }) => ENDS.includes(type));
}
