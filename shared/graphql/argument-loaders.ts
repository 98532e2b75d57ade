import DataLoader from 'dataloader';

/** Keys that one statement serves at most; more are split. */
const MAX_BATCH = 500;

/** `load(key)` batched into one call of `load` for all keys of a tick; an absent row is `null`. */
export function createLoader<Value>(
  load: (keys: readonly string[]) => Promise<Map<string, Value>>,
): DataLoader<string, Value | null> {
  return new DataLoader(
    async (keys) => {
      const values = await load(keys);
      return keys.map((key) => values.get(key) ?? null);
    },
    { maxBatchSize: MAX_BATCH },
  );
}

/**
 * A loader for each distinct set of arguments: fifty tenants that ask for `customers(first: 5)` share one batch, and
 * an alias with other arguments has its own. Lives as long as one request.
 */
export function createArgumentLoaders<Args, Value>(
  load: (args: Args, keys: readonly string[]) => Promise<Value[]>,
): (args: Args) => DataLoader<string, Value> {
  const loaders = new Map<string, DataLoader<string, Value>>();
  return (args) => {
    const identity = JSON.stringify(args);
    const existing = loaders.get(identity);
    if (existing) return existing;
    const loader = new DataLoader<string, Value>((keys) => load(args, keys), { maxBatchSize: MAX_BATCH });
    loaders.set(identity, loader);
    return loader;
  };
}
