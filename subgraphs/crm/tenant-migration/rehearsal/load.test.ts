import { summarise } from './load';

test('percentiles, and the most frequent reasons', () => {
  const times = Array.from({ length: 200 }, (_, index) => 200 - index);
  const reasons = new Map([
    ['a', 1],
    ['b', 4],
    ['c', 2],
    ['d', 3],
  ]);
  expect(summarise(times, reasons)).toEqual({
    requests: 200,
    failures: 10,
    reasons: ['4 times: b', '3 times: d', '2 times: c'],
    p50Ms: 100,
    p99Ms: 198,
    longestMs: 200,
  });
  expect(summarise([], new Map())).toMatchObject({ requests: 0, failures: 0, p99Ms: 0 });
});
