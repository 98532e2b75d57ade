import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { createQueue } from '../../migrations/job-queues';
import type { DatabasePool } from '../../shared/database/database';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import type { EventConsumer } from '../../shared/events/delivery/event-consumer';
import { startDelivery } from '../../shared/events/delivery/start-delivery';
import type { EventEnvelope } from '../../shared/events/event';
import { systemCall } from '../../shared/subgraph/transport';
import { loadSubgraph } from '../../subgraphs/modules';
import type { TestDatabase } from '../testkit/test-database';

/** The queues of consumers that only tests have. */
export const QUEUES = ['events-first', 'events-second'];

/** Makes the queues of the tests in TeeTime's schema. */
export async function createTestQueues(database: Pick<TestDatabase, 'query'>): Promise<void> {
  const runner = { query: (text: string, values?: unknown[]) => database.query(text, values) };
  for (const queue of QUEUES) {
    // A migration's runner can do more; these two need its statements alone.
    await createQueue(runner as Parameters<typeof createQueue>[0], 'teetime', queue, { expireInSeconds: 5 });
  }
}

/** TeeTime's database as one process has it, which hands its events to `consumers`. */
export async function openProcess(
  url: string,
  consumers: readonly EventConsumer[],
  queues = QUEUES,
): Promise<DatabasePool> {
  const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  const database = await openSubgraphDatabase(await loadSubgraph('teetime'), {
    location: { url },
    poolSize: 4,
    logger,
  });
  const delivery = { name: 'teetime', consumers: async () => consumers, queues, logger } as const;
  await startDelivery({ database, ...delivery });
  return database;
}

/** Publishes `count` events of a tenant in one transaction, with the numbers from `first` as their club codes. */
export function publishClubs(
  database: DatabasePool,
  tenantId: string,
  { first, count = 1 }: { first: number; count?: number },
): Promise<void> {
  return database.forCall(systemCall('test')).transaction(async (transaction) => {
    for (let number = first; number < first + count; number += 1) {
      await transaction.publish({
        type: 'teetime.club.created',
        tenantKey: tenantId,
        tenant: { id: tenantId, slug: 'the-slug' },
        payload: { clubId: randomUUID(), clubCode: String(number) },
      });
    }
  });
}

/** A consumer that notes what it takes. */
export interface NotingConsumer extends EventConsumer {
  /** The club codes that it took, by tenant and in their order. */
  readonly taken: Map<string, string[]>;
}

const clubCodeOf = ({ payload }: EventEnvelope) => (payload as { clubCode: string }).clubCode;

/** `refuse` says why an event cannot be taken; `null` for one that can. */
export function notingConsumer(
  changes: Partial<EventConsumer> & { refuse?: (clubCode: string, tenantId: string) => string | null } = {},
): NotingConsumer {
  const { refuse = () => null, ...own } = changes;
  const taken = new Map<string, string[]>();
  return {
    name: 'noting',
    queue: QUEUES[0] ?? '',
    types: 'all',
    tenantKey: null,
    since: null,
    retry: { attempts: 3, delayMs: () => 20 },
    taken,
    async handOver(events) {
      for (const [index, event] of events.entries()) {
        const tenantId = String(event.tenantId);
        const refusal = refuse(clubCodeOf(event), tenantId);
        if (refusal !== null) return { taken: index, refusal };
        taken.set(tenantId, [...(taken.get(tenantId) ?? []), clubCodeOf(event)]);
      }
      return { taken: events.length, refusal: null };
    },
    ...own,
  };
}

/** `['1', '2', …]` */
export function numbers(count: number, first = 1): string[] {
  return Array.from({ length: count }, (_, index) => String(first + index));
}
