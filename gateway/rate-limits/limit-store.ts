import type { Logger } from 'pino';
import type { DoorSettings, RateLimitSettings } from '../../shared/door-settings';
import { logSeldom } from '../../shared/log-seldom';
import type { Charge, LimitName } from './charges';
import { connectRedis } from './connect-redis';
import type { Counter, Verdict } from './counter';
import { createMemoryCounter } from './memory-counter';
import { createRedisCounter } from './redis-counter';
import { restAfterFailure } from './rest-after-failure';

/** Counts against the limits, in this process or, where replicas share their counts, in Redis. */
export interface LimitStore {
  consume(charge: Charge): Promise<Verdict>;
  close(): Promise<void>;
}

/** A limit of 0 is not counted at all. */
export async function createLimitStore(
  { rateLimits, redisUrl }: Pick<DoorSettings, 'rateLimits' | 'redisUrl'>,
  logger: Logger,
): Promise<LimitStore> {
  if (redisUrl === null) {
    return storeOf(
      rateLimits,
      (_name, limit) => createMemoryCounter(limit),
      async () => undefined,
    );
  }
  const onAway = logSeldom((err, leftOut) =>
    logger.error({ err, leftOut }, 'Redis cannot be reached; rate limits are not shared'),
  );
  const redis = await connectRedis(redisUrl, onAway);
  const shared = storeOf(
    rateLimits,
    (name, limit) => createRedisCounter(redis, name, limit),
    async () => redis.disconnect(),
  );
  return { ...shared, consume: restAfterFailure(shared.consume) };
}

function storeOf(
  limits: RateLimitSettings,
  createCounter: (name: LimitName, limit: number) => Counter,
  close: () => Promise<void>,
): LimitStore {
  const names = Object.keys(limits) as LimitName[];
  const counters = new Map(
    names.filter((name) => limits[name] > 0).map((name) => [name, createCounter(name, limits[name])]),
  );
  return {
    consume: async ({ limit, key, points }) =>
      (await counters.get(limit)?.consume(key, points)) ?? { kind: 'within' },
    close,
  };
}
