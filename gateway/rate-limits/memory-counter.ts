import { LRUCache } from 'lru-cache';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { type Counter, WINDOW_SECONDS } from './counter';
import { verdictOf } from './verdict-of';

/** Some tens of megabytes at most, whoever asks. */
const MAX_KEYS = 50_000;

/**
 * Counts in this process alone. It remembers `maxKeys` keys, and forgets the ones that were longest unused first, so that
 * no number of addresses fills the memory.
 */
export function createMemoryCounter(limit: number, maxKeys = MAX_KEYS): Counter {
  const limiter = new RateLimiterMemory({ points: limit, duration: WINDOW_SECONDS });
  const keys = new LRUCache<string, true>({
    max: maxKeys,
    dispose: (_value, key, reason) => {
      if (reason === 'evict') void limiter.delete(key);
    },
  });
  return {
    consume(key, points) {
      keys.set(key, true);
      return verdictOf(limiter.consume(key, points));
    },
  };
}
