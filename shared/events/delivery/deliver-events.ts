import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { DatabasePool } from '../../database/database';
import { beforeDeadline } from '../../subgraph/deadline';
import type { SubgraphName } from '../../subgraph/names';
import { type SubgraphCall, systemCall } from '../../subgraph/transport';
import { createDeliveryStore, type DeliveryStore, type Leased } from './delivery-store';
import { deliveryJob } from './dispatch-events';
import type { EventConsumer, HandOver } from './event-consumer';
import { HAND_OVER_MAY_TAKE_MS } from './lease-times';
import { outageDelayMs } from './retry-rules';

const BATCH = 100;
/** How soon a tenant is looked at again whose events another worker is handing over. */
const LOOK_AGAIN_MS = 200;
/** One tenant with many events lets others go first after so many batches, or so many milliseconds. */
const BATCHES_IN_A_ROW = 20;
const MAY_GO_ON_MS = 10_000;

export interface DeliverOptions {
  database: DatabasePool;
  name: SubgraphName;
  consumer: EventConsumer;
  tenantKey: string;
  logger: Logger;
}

/**
 * Hands a tenant's events over to one consumer, from where it stands to the newest, and remembers how far it came. One
 * worker at a time does so, by a lease; no transaction is open meanwhile. An event that the consumer refuses too often
 * becomes a dead letter. A consumer that cannot be asked is asked again, without end.
 */
export async function deliverEvents(options: DeliverOptions): Promise<void> {
  const { database, consumer, tenantKey } = options;
  const turn = consumer.takeTurn?.() ?? null;
  const again = (delayMs: number) => database.jobs.enqueue([deliveryJob(consumer, tenantKey, delayMs)]);
  if (turn && 'notForMs' in turn) return again(turn.notForMs);
  try {
    const delayMs = await handTenantOver(options);
    if (delayMs !== null) await again(delayMs);
  } finally {
    turn?.end();
  }
}

/** Answers after how many milliseconds to go on, or `null` where there is nothing left. */
async function handTenantOver(options: DeliverOptions): Promise<number | null> {
  const { database, consumer, tenantKey, name } = options;
  const store = createDeliveryStore(database, name, { consumer, tenantKey });
  const lease = randomUUID();
  const until = Date.now() + MAY_GO_ON_MS;
  for (let batch = 1; batch <= BATCHES_IN_A_ROW && Date.now() < until; batch += 1) {
    const leased = await store.lease(lease, BATCH);
    if ('notForMs' in leased) return leased.notForMs ?? LOOK_AGAIN_MS;
    const handed = leased.events.length === 0 ? 'all' : await handBatchOver(options, store, lease, leased);
    if (typeof handed === 'object') return handed.notForMs;
    if (handed === 'some' || leased.newest === null) continue;
    await store.release(lease, leased.newest);
    return null;
  }
  await store.release(lease, null);
  return 0;
}

/** How many of a batch's events are behind the consumer now, or for how long it is left alone. */
type HandedOver = 'all' | 'some' | { notForMs: number };

async function handBatchOver(
  { consumer, tenantKey, logger }: DeliverOptions,
  store: DeliveryStore,
  lease: string,
  leased: Leased,
): Promise<HandedOver> {
  const call = systemCall('events-delivery', HAND_OVER_MAY_TAKE_MS);
  const { taken, refusal, retryAfterMs, isOutage } = await ask(consumer, leased, call);
  const last = leased.events[taken - 1]?.position ?? leased.position;
  if (refusal === null) {
    // Where the batch was all that there is, the lease's release says so.
    const isAll = taken === leased.events.length;
    if (!isAll || leased.newest === null) await store.moveTo(lease, last);
    return isAll ? 'all' : 'some';
  }
  // What a consumer took before it stopped shows that it can be asked.
  const before = taken > 0 ? { attempts: 0, outages: 0 } : leased;
  const counts = isOutage
    ? { attempts: before.attempts, outages: before.outages + 1 }
    : { attempts: before.attempts + 1, outages: 0 };
  const refused = leased.events[taken];
  const about = { consumer: consumer.name, tenantKey, event: refused?.event.id, ...counts, reason: refusal };
  if (!isOutage && refused && counts.attempts >= consumer.retry.attempts) {
    logger.error(about, 'An event is a dead letter: its consumer refused it too often');
    await store.bury(lease, { position: refused.position, attempts: counts.attempts, error: refusal });
    return 'some';
  }
  const ownDelayMs = isOutage ? outageDelayMs(counts.outages) : consumer.retry.delayMs(counts.attempts);
  const delayMs = Math.max(ownDelayMs, retryAfterMs ?? 0);
  logger.warn(
    { ...about, delayMs },
    isOutage ? 'A consumer of events cannot be asked' : 'An event was refused',
  );
  await store.pause(lease, { position: last, ...counts, error: refusal, delayMs });
  return { notForMs: delayMs };
}

async function ask(
  consumer: EventConsumer,
  { events }: Leased,
  call: SubgraphCall,
): Promise<HandOver & { isOutage: boolean }> {
  try {
    const envelopes = events.map(({ event }) => event);
    const answer = await beforeDeadline(call, () => consumer.handOver(envelopes, call));
    const isStuck = answer.taken === 0 && answer.refusal === null;
    return {
      ...answer,
      refusal: isStuck ? 'it took none and gave no reason' : answer.refusal,
      isOutage: false,
    };
  } catch (error) {
    return { taken: 0, refusal: (error as Error).message, isOutage: true };
  }
}
