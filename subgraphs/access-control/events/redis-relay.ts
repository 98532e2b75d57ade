import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { createConsumerGate } from '../../../shared/events/delivery/consumer-gate';
import type { EventConsumer } from '../../../shared/events/delivery/event-consumer';
import { outageDelayMs } from '../../../shared/events/delivery/retry-rules';
import type { EventEnvelope } from '../../../shared/events/event';
import { logSeldom } from '../../../shared/log-seldom';
import { beforeDeadline } from '../../../shared/subgraph/deadline';

/** Puts every event of the platform into the queue on Redis from which its other services take them. */
export interface RedisRelay {
  consumer: EventConsumer;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 2_000;
const MAX_RECONNECT_PAUSE_MS = 2_000;
/** Milliseconds within which Redis has to take a batch. */
const BATCH_MAY_TAKE_MS = 5_000;

/** How the platform's consumers have their jobs. Without a priority they are handled in the order in which they came. */
const JOB_OPTIONS = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 1_000 },
  removeOnComplete: { count: 1_000 },
  removeOnFail: { count: 5_000 },
};

/**
 * Connects to Redis and keeps trying to. An event's id is its job's, so that one that is put in again is not there twice as
 * long as BullMQ remembers it. While Redis is away nothing is kept here: events wait in the outbox.
 */
export function createRedisRelay(
  { url, queue: queueName }: { url: string; queue: string },
  logger: Logger,
): RedisRelay {
  const redis = new Redis(url, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    // A Redis that does not answer is left, and with it the commands that wait for its answers.
    socketTimeout: BATCH_MAY_TAKE_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(attempt * 100, MAX_RECONNECT_PAUSE_MS),
  });
  // Without BullMQ's look at the server's version, whose failure at the first connection would be one for good.
  const queue = new Queue(queueName, { connection: redis, skipVersionCheck: true });
  queue.on(
    'error',
    logSeldom((err, leftOut) => logger.warn({ err, leftOut }, 'Redis cannot be reached; events wait for it')),
  );
  const gate = createConsumerGate({ atOnce: 4, firstPauseMs: 500, longestPauseMs: 10_000 });

  async function put(events: EventEnvelope[]): Promise<void> {
    if (redis.status !== 'ready') throw new Error(`Redis is away (${redis.status})`);
    await queue.addBulk(
      events.map((event) => ({ name: event.type, data: event, opts: { ...JOB_OPTIONS, jobId: event.id } })),
    );
  }

  return {
    consumer: {
      name: `redis.${queueName}`,
      queue: 'events-redis',
      types: 'all',
      tenantKey: null,
      since: null,
      // Redis refuses no event; it is there or away.
      retry: { attempts: Number.POSITIVE_INFINITY, delayMs: outageDelayMs },
      takeTurn: gate.takeTurn,
      async handOver(events, { deadline }) {
        const soon = { deadline: Math.min(deadline, Date.now() + BATCH_MAY_TAKE_MS) };
        try {
          await beforeDeadline(soon, () => put(events));
        } catch (error) {
          gate.failed();
          throw error;
        }
        gate.answered();
        return { taken: events.length, refusal: null };
      },
    },
    async close() {
      await queue.close();
      redis.disconnect();
    },
  };
}
