import { createPlanCache } from './plan-cache';

const key = (queryHash: string, operationName?: string) => ({ queryHash, operationName, length: 10 });

test('an operation is prepared once, each of a document by itself', () => {
  const cache = createPlanCache<{ made: number }>(1_000);
  let made = 0;
  const get = (hash: string, name?: string) => {
    const prepare = () => {
      made += 1;
      return { made };
    };
    return cache.get(key(hash, name), prepare).made;
  };
  expect([get('a'), get('a'), get('a', 'One'), get('a', 'Two'), get('a', 'One')]).toEqual([1, 1, 2, 3, 2]);
  expect({ size: cache.size, hits: cache.hits, misses: cache.misses }).toEqual({
    size: 3,
    hits: 2,
    misses: 3,
  });
});

test('what was used longest ago goes when the documents have more characters than the cache takes', () => {
  const cache = createPlanCache<object>(33);
  for (const hash of ['a', 'b', 'c']) cache.get(key(hash), () => ({}));
  cache.get(key('a'), () => ({}));
  cache.get(key('d'), () => ({}));
  const { misses } = cache;
  for (const hash of ['a', 'c', 'd']) cache.get(key(hash), () => ({}));
  expect([cache.size, cache.misses]).toEqual([3, misses]);
});

test('a document that cannot be prepared is tried again', () => {
  const cache = createPlanCache<object>(1_000);
  const fail = () => {
    throw new Error('no plan');
  };
  expect(() => cache.get(key('a'), fail)).toThrow('no plan');
  expect(cache.get(key('a'), () => ({ isPrepared: true }))).toEqual({ isPrepared: true });
});
