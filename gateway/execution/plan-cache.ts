import { LRUCache } from 'lru-cache';
import { createCacheCounts } from '../../shared/metrics/cache-counts';
import type { Metrics } from '../../shared/metrics/metrics';

/** Prepared operations by their documents. */
export interface PlanCache<Prepared extends object> {
  /** What was prepared for this key before, or what `prepare` makes now. What it throws is not kept. */
  get(key: PlanKey, prepare: () => Prepared): Prepared;
}

export interface PlanKey {
  /** SHA-256 of the document's text. */
  queryHash: string;
  operationName: string | undefined;
  /** Characters of the document's text, by which an entry's room is counted. */
  length: number;
}

/** Forgets what was used longest ago once the documents together have more than `maxCharacters`. */
export function createPlanCache<Prepared extends object>(
  metrics: Metrics,
  maxCharacters: number,
): PlanCache<Prepared> {
  const entries = new LRUCache<string, Prepared>({ maxSize: maxCharacters });
  const named = { name: 'plan_cache', of: 'Compiled plans of operations' };
  const { hits, misses } = createCacheCounts(metrics, named, () => entries.size);

  return {
    get({ queryHash, operationName, length }, prepare) {
      // No hash has a space in it.
      const key = operationName === undefined ? queryHash : `${queryHash} ${operationName}`;
      const known = entries.get(key);
      if (known) {
        hits.inc();
        return known;
      }
      misses.inc();
      const prepared = prepare();
      entries.set(key, prepared, { size: Math.max(1, length + key.length) });
      return prepared;
    },
  };
}
