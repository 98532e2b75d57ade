import type { Logger } from 'pino';
import type { DatabasePool } from '../../../shared/database/database';
import { oncePerEvent } from '../../../shared/events/delivery/inbox';
import type { TakeEvents } from '../../../shared/events/delivery/receive-events';
import { aliasExpiry, keepFormerSlugs } from './former-slugs';

/** Makes an alias of each slug that events say a tenant had before, once for each event; passes over all other events. */
export function keepRenamedSlugs(
  pool: DatabasePool,
  { slugAliasDays, logger }: { slugAliasDays: number; logger: Logger },
): TakeEvents {
  const keepOnce = oncePerEvent(
    pool,
    { name: 'crm', consumer: 'tenants', logger },
    async (transaction, event) => {
      if (event.type !== 'tenant.slug.changed' || event.tenantId === null) return;
      const since = new Date(event.timestamp);
      const expiresAt = aliasExpiry(since, slugAliasDays);
      await keepFormerSlugs(transaction, [
        { slug: event.payload.oldSlug, tenantId: event.tenantId, since, expiresAt },
      ]);
    },
  );
  return async (events, call) => {
    const renames = events.filter(({ type }) => type === 'tenant.slug.changed');
    const { taken, refusal } = await keepOnce(renames, call);
    const next = renames[taken];
    return { taken: next ? events.indexOf(next) : events.length, refusal };
  };
}
