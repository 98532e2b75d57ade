import {
  isHopeless,
  isWhole,
  partDone,
  partFailed,
  rowFailed,
  type SplitBatch,
  wholeBatch,
} from './split-batch';

/** Works a batch of `size` rows off of which some fail whatever they are in, and counts the parts that it takes. */
function workOff(size: number, fails: (row: number) => boolean): { batch: SplitBatch; parts: number } {
  let batch = wholeBatch(size);
  let parts = 0;
  while (!isWhole(batch) && !isHopeless(batch)) {
    parts += 1;
    const rows = Array.from({ length: batch.part }, (_, index) => batch.done + index);
    if (!rows.some(fails)) batch = partDone(batch, rows.length);
    else batch = partFailed(batch) ?? rowFailed(batch);
  }
  return { batch, parts };
}

test('a sound batch is one part', () => {
  expect(workOff(1_000, () => false)).toMatchObject({ parts: 1, batch: { done: 1_000, failed: 0 } });
});

test.each([0, 1, 499, 998, 999])('one bad row (%i) is found by halves, and the others go through', (bad) => {
  const { batch, parts } = workOff(1_000, (row) => row === bad);
  expect(batch).toMatchObject({ done: 1_000, failed: 1 });
  expect(parts).toBeLessThan(60);
});

test('half of the rows may fail', () => {
  expect(workOff(40, (row) => row % 2 === 0).batch).toMatchObject({ done: 40, failed: 20 });
});

test('more than half ends it at once', () => {
  const { batch } = workOff(40, () => true);
  expect(batch).toMatchObject({ done: 21, failed: 21 });
});

test('a few failures never end it', () => {
  expect(workOff(4, () => true).batch).toMatchObject({ done: 4, failed: 4 });
});
