import { LRUCache } from 'lru-cache';
import { createCacheCounts } from '../../shared/metrics/cache-counts';
import type { Metrics } from '../../shared/metrics/metrics';

/** The part of Apollo's `KeyValueCache` that its stores are used by. */
export interface BoundedStore<Value> {
  get(key: string): Promise<Value | undefined>;
  set(key: string, value: Value): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/**
 * A store in memory that forgets what was used longest ago once its entries reach `maxBytes`, and each entry after
 * `ttlMs`. `sizeOf` estimates the bytes of a value; the key's length is added. A value that `keeps` denies is not stored.
 * `counted` names its metrics.
 */
export function createBoundedStore<Value extends object | string>(options: {
  maxBytes: number;
  ttlMs?: number;
  sizeOf: (value: Value) => number;
  keeps?: (value: Value) => boolean;
  metrics: Metrics;
  counted: { name: string; of: string };
}): BoundedStore<Value> {
  const entries = new LRUCache<string, Value>({
    maxSize: options.maxBytes,
    sizeCalculation: (value, key) => Math.max(1, Math.ceil(options.sizeOf(value)) + key.length),
    ...(options.ttlMs === undefined ? {} : { ttl: options.ttlMs }),
  });
  const { hits, misses } = createCacheCounts(options.metrics, options.counted, () => entries.size);
  return {
    async get(key) {
      const value = entries.get(key);
      (value === undefined ? misses : hits).inc();
      return value;
    },
    set: async (key, value) => {
      if (options.keeps?.(value) ?? true) entries.set(key, value);
    },
    delete: async (key) => entries.delete(key),
  };
}
