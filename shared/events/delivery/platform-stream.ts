import type { Logger } from 'pino';
import type { DatabasePool } from '../../database/database';
import type { SubgraphName } from '../../subgraph/names';
import type { SubgraphTransport } from '../../subgraph/transport';
import { handToSubgraph } from './hand-to-subgraph';
import { outageDelayMs } from './retry-rules';
import { startDelivery } from './start-delivery';

/** The consumer in Access Control that takes every system's events into the one stream from which others get them. */
export const PLATFORM_STREAM = 'platform-stream';

/** The queue of that consumer's deliveries in every other system. */
const QUEUE = 'events-platform-stream';

/** Begins to hand a system's events on to Access Control, where those who consume events hear of them. */
export function joinPlatformStream(options: {
  database: DatabasePool;
  name: SubgraphName;
  accessControl: SubgraphTransport;
  logger: Logger;
}): Promise<void> {
  const { database, name, accessControl, logger } = options;
  const consumer = {
    name: PLATFORM_STREAM,
    queue: QUEUE,
    types: 'all',
    tenantKey: null,
    since: null,
    // No event is given up on the way to the stream: what it refuses is a defect, and waits for its mending.
    retry: { attempts: Number.POSITIVE_INFINITY, delayMs: outageDelayMs },
    handOver: handToSubgraph(accessControl, { sender: name, consumer: PLATFORM_STREAM }),
  } as const;
  return startDelivery({ database, name, consumers: async () => [consumer], queues: [QUEUE], logger });
}
