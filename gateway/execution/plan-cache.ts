import { LRUCache } from 'lru-cache';

/** Prepared operations by their documents. */
export interface PlanCache<Prepared extends object> {
  /** What was prepared for this key before, or what `prepare` makes now. What it throws is not kept. */
  get(key: PlanKey, prepare: () => Prepared): Prepared;
  /** How many are kept. */
  readonly size: number;
  /** How often an operation was found, and how often it had to be prepared. */
  readonly hits: number;
  readonly misses: number;
}

export interface PlanKey {
  /** SHA-256 of the document's text. */
  queryHash: string;
  operationName: string | undefined;
  /** Characters of the document's text, by which an entry's room is counted. */
  length: number;
}

/** Forgets what was used longest ago once the documents together have more than `maxCharacters`. */
export function createPlanCache<Prepared extends object>(maxCharacters: number): PlanCache<Prepared> {
  const entries = new LRUCache<string, Prepared>({ maxSize: maxCharacters });
  let hits = 0;
  let misses = 0;
  return {
    get({ queryHash, operationName, length }, prepare) {
      // No hash has a space in it.
      const key = operationName === undefined ? queryHash : `${queryHash} ${operationName}`;
      const known = entries.get(key);
      if (known) {
        hits += 1;
        return known;
      }
      misses += 1;
      const prepared = prepare();
      entries.set(key, prepared, { size: Math.max(1, length + key.length) });
      return prepared;
    },
    get size() {
      return entries.size;
    },
    get hits() {
      return hits;
    },
    get misses() {
      return misses;
    },
  };
}
