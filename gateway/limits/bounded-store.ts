import { LRUCache } from 'lru-cache';

/** The part of Apollo's `KeyValueCache` that its stores are used by. */
export interface BoundedStore<Value> {
  get(key: string): Promise<Value | undefined>;
  set(key: string, value: Value): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/**
 * A store in memory that forgets what was used longest ago once its entries reach `maxBytes`, and each entry after
 * `ttlMs`. `sizeOf` estimates the bytes of a value; the key's length is added. A value that `keeps` denies is not stored.
 */
export function createBoundedStore<Value extends object | string>(options: {
  maxBytes: number;
  ttlMs?: number;
  sizeOf: (value: Value) => number;
  keeps?: (value: Value) => boolean;
}): BoundedStore<Value> {
  const entries = new LRUCache<string, Value>({
    maxSize: options.maxBytes,
    sizeCalculation: (value, key) => Math.max(1, Math.ceil(options.sizeOf(value)) + key.length),
    ...(options.ttlMs === undefined ? {} : { ttl: options.ttlMs }),
  });
  return {
    get: async (key) => entries.get(key),
    set: async (key, value) => {
      if (options.keeps?.(value) ?? true) entries.set(key, value);
    },
    delete: async (key) => entries.delete(key),
  };
}
