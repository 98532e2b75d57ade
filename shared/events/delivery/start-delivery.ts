import type { Logger } from 'pino';
import type { DatabasePool } from '../../database/database';
import { repeat } from '../../jobs/repeat';
import type { SubgraphName } from '../../subgraph/names';
import { OUTBOX_QUEUE } from '../outbox';
import { deliverBacklog } from './backlog';
import { deliverEvents } from './deliver-events';
import { dispatchEvents } from './dispatch-events';
import type { EventConsumer } from './event-consumer';
import { forgetOldEvents } from './forget-old-events';

/** Tenants whose new events one transaction tells of. */
const TENANTS_A_DISPATCH = 100;
/** Tenants whose events are handed to consumers of one queue at once, unless the queue says otherwise. */
const TENANTS_AT_ONCE = 4;
/** Events go after so many days, once everybody has heard of them. */
const KEPT_DAYS = 30;
const FORGET_EVERY_MS = 3_600_000;

export interface DeliveryOptions {
  database: DatabasePool;
  name: SubgraphName;
  /** The consumers there are now. Asked for each time, because they come and go. */
  consumers: () => Promise<readonly EventConsumer[]>;
  /** All queues that consumers can be of. */
  queues: readonly string[];
  /** How many tenants' events are handed to consumers of a queue at once, where it is not four. */
  tenantsAtOnce?: Readonly<Record<string, number>>;
  logger: Logger;
}

/**
 * Begins to hand on the events of a subgraph's outbox in this process; any number of its processes may do so. It ends
 * with the database's jobs. A job says of a tenant that there is something new; what there is stands in the outbox.
 */
export async function startDelivery(options: DeliveryOptions): Promise<void> {
  const { database, name, consumers, queues, tenantsAtOnce = {}, logger } = options;
  await database.jobs.work(OUTBOX_QUEUE, {
    batchSize: TENANTS_A_DISPATCH,
    concurrency: 1,
    async handle(jobs) {
      const tenantKeys = (jobs as { tenantKey: string }[]).map(({ tenantKey }) => tenantKey);
      await dispatchEvents(database, name, await consumers(), [...new Set(tenantKeys)]);
    },
  });
  for (const queue of queues) {
    await database.jobs.work(queue, {
      batchSize: 1,
      concurrency: tenantsAtOnce[queue] ?? TENANTS_AT_ONCE,
      async handle(jobs) {
        for (const { consumer: asked, tenantKey } of jobs as {
          consumer: string;
          tenantKey: string | null;
        }[]) {
          const consumer = (await consumers()).find((candidate) => candidate.name === asked);
          // Whoever is no consumer any more has nothing to hear.
          if (!consumer) continue;
          if (tenantKey === null) await deliverBacklog(database, name, consumer);
          else await deliverEvents({ database, name, consumer, tenantKey, logger });
        }
      },
    });
  }
  await repeat(database.jobs, 'outbox-retention', {
    everyMs: FORGET_EVERY_MS,
    async work() {
      const count = await forgetOldEvents(database, name, {
        keptDays: KEPT_DAYS,
        consumers: await consumers(),
      });
      if (count > 0) logger.info({ subgraph: name, count }, 'old events were removed');
    },
  });
}
