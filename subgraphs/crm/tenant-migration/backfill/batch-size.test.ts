import { estimate, nextBatchSize, rateOf } from './batch-size';

const limits = { targetMs: 200, min: 100, max: 20_000 };

test.each([
  ['grows toward the target', 1_000, { rows: 1_000, ms: 160 }, 1_250],
  ['shrinks toward the target', 1_000, { rows: 1_000, ms: 250 }, 800],
  ['at most doubles', 1_000, { rows: 1_000, ms: 1 }, 2_000],
  ['at most halves', 1_000, { rows: 1_000, ms: 60_000 }, 500],
  ['stays above the smallest', 150, { rows: 150, ms: 60_000 }, 100],
  ['stays below the largest', 15_000, { rows: 15_000, ms: 100 }, 20_000],
  ['learns nothing from the table’s end', 1_000, { rows: 3, ms: 2 }, 1_000],
  ['follows a limit that was lowered meanwhile', 40_000, { rows: 3, ms: 2 }, 20_000],
  ['survives a batch of no time', 1_000, { rows: 1_000, ms: 0 }, 2_000],
])('the next batch %s', (_what, size, last, expected) => {
  expect(nextBatchSize({ size, last }, limits)).toBe(expected);
});

test('a steady rate has no spread', () => {
  const rate = rateOf([
    { rows: 1_000, ms: 200 },
    { rows: 2_000, ms: 400 },
  ]);
  expect(rate).toEqual({ rowsPerSecond: 5_000, deviation: 0 });
  expect(estimate(10_000, rate ?? { rowsPerSecond: 0, deviation: 0 })).toEqual({
    seconds: 2,
    lowSeconds: 2,
    highSeconds: 2,
  });
});

test('the estimate’s spread comes from how the batches differ', () => {
  const rate = rateOf([
    { rows: 1_000, ms: 100 },
    { rows: 200, ms: 100 },
  ]);
  expect(rate).toEqual({ rowsPerSecond: 6_000, deviation: 4_000 });
  expect(estimate(60_000, { rowsPerSecond: 6_000, deviation: 4_000 })).toEqual({
    seconds: 10,
    lowSeconds: 6,
    highSeconds: 30,
  });
});

test('a rate that strays by more than itself still has an upper bound', () => {
  expect(estimate(1_000, { rowsPerSecond: 100, deviation: 500 })).toEqual({
    seconds: 10,
    lowSeconds: 2,
    highSeconds: 100,
  });
});

test('nothing done is no rate', () => {
  expect(rateOf([])).toBeNull();
});
