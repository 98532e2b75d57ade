import { createMetrics } from '../../shared/metrics/metrics';
import { createPlanCache, type PlanCache } from './plan-cache';

interface Prepared {
  made: number;
}

/** A cache, with what it counts; each document in it has ten characters. */
function createCounted(maxCharacters: number) {
  const metrics = createMetrics();
  const cache: PlanCache<Prepared> = createPlanCache(metrics, maxCharacters);
  let made = 0;
  const prepare = () => {
    made += 1;
    return { made };
  };
  return {
    cache,
    get: (queryHash: string, operationName?: string) =>
      cache.get({ queryHash, operationName, length: 10 }, prepare).made,
    async counts() {
      const { text } = await metrics.report();
      const count = (name: string) => Number(new RegExp(`^plan_cache_${name} (\\d+)$`, 'm').exec(text)?.[1]);
      return { size: count('size'), hits: count('hits_total'), misses: count('misses_total') };
    },
  };
}

test('an operation is prepared once, each of a document by itself', async () => {
  const { get, counts } = createCounted(1_000);
  expect([get('a'), get('a'), get('a', 'One'), get('a', 'Two'), get('a', 'One')]).toEqual([1, 1, 2, 3, 2]);
  expect(await counts()).toEqual({ size: 3, hits: 2, misses: 3 });
});

test('what was used longest ago goes when the documents have more characters than the cache takes', async () => {
  const { get, counts } = createCounted(33);
  for (const hash of ['a', 'b', 'c', 'a', 'd']) get(hash);
  const { misses } = await counts();
  for (const hash of ['a', 'c', 'd']) get(hash);
  expect(await counts()).toMatchObject({ size: 3, misses });
});

test('a document that cannot be prepared is tried again', () => {
  const { cache, get } = createCounted(1_000);
  const fail = () => {
    throw new Error('no plan');
  };
  expect(() => cache.get({ queryHash: 'a', operationName: undefined, length: 10 }, fail)).toThrow('no plan');
  expect(get('a')).toBe(1);
});
