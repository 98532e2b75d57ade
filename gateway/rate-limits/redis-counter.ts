import type { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { type Counter, WINDOW_SECONDS } from './counter';
import { verdictOf } from './verdict-of';

/** Counts in Redis, so that replicas share their counts. `name` tells the counters of one Redis apart. */
export function createRedisCounter(redis: Redis, name: string, limit: number): Counter {
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `tenant-graph:${name}`,
    points: limit,
    duration: WINDOW_SECONDS,
    rejectIfRedisNotReady: true,
  });
  return { consume: (key, points) => verdictOf(limiter.consume(key, points)) };
}
