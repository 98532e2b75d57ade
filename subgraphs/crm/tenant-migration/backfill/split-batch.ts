/** A batch that is taken in parts since one of its rows failed it; immutable. */
export interface SplitBatch {
  /** Rows of the whole batch. */
  size: number;
  /** Rows that are through, failed ones among them. */
  done: number;
  failed: number;
  /** Rows to take next. */
  part: number;
}

/** A table is given up when more than half of a batch failed, and so many rows at least. */
const FEWEST_FAILURES = 10;

export function wholeBatch(size: number): SplitBatch {
  return { size, done: 0, failed: 0, part: size };
}

/** After `rows` rows went through: twice as many are dared next, until the batch is whole. */
export function partDone(batch: SplitBatch, rows: number): SplitBatch {
  return withPart({ ...batch, done: batch.done + rows }, batch.part * 2);
}

/** After a part failed: half of it next, or `null` when it was one row alone. */
export function partFailed(batch: SplitBatch): SplitBatch | null {
  return batch.part > 1 ? withPart(batch, Math.ceil(batch.part / 2)) : null;
}

/** After a row failed by itself. */
export function rowFailed(batch: SplitBatch): SplitBatch {
  return withPart({ ...batch, done: batch.done + 1, failed: batch.failed + 1 }, 1);
}

export const isWhole = ({ size, done }: SplitBatch): boolean => done >= size;

export const isHopeless = ({ size, failed }: SplitBatch): boolean =>
  failed >= FEWEST_FAILURES && failed > size / 2;

function withPart(batch: SplitBatch, part: number): SplitBatch {
  return { ...batch, part: Math.max(1, Math.min(part, batch.size - batch.done)) };
}
