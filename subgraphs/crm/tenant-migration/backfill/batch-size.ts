/** What a batch did, and how long it took with the rest after it. */
export interface BatchTime {
  rows: number;
  ms: number;
}

/** Rows that a table goes through in a second, and how far that strays (one standard deviation of its batches). */
export interface Rate {
  rowsPerSecond: number;
  deviation: number;
}

/** A guess with its spread, in whole seconds. */
export interface Estimate {
  seconds: number;
  lowSeconds: number;
  highSeconds: number;
}

/** As many batches tell how fast it goes now. */
export const RECENT_BATCHES = 20;

/**
 * How many rows the next batch takes so that it lasts `targetMs`, by what the last one took: never more than twice as many nor
 * fewer than half, within `min` and `max`. A batch that was cut short by the table's end says nothing.
 */
export function nextBatchSize(
  { size, last }: { size: number; last: BatchTime },
  { targetMs, min, max }: { targetMs: number; min: number; max: number },
): number {
  const within = (rows: number) => Math.round(Math.min(Math.max(rows, min), max));
  if (last.rows < size) return within(size);
  const change = targetMs / Math.max(last.ms, 1);
  return within(size * Math.min(Math.max(change, 0.5), 2));
}

/** How fast the batches went, or `null` where there are none. */
export function rateOf(batches: readonly BatchTime[]): Rate | null {
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
  const seconds = batches.reduce((sum, batch) => sum + batch.ms, 0) / 1_000;
  if (rows === 0 || seconds === 0) return null;
  const mean = rows / seconds;
  // Each batch counts by its time, as in the mean.
  const variance =
    batches.reduce(
      (sum, batch) => sum + (batch.ms / 1_000) * (batch.rows / (batch.ms / 1_000) - mean) ** 2,
      0,
    ) / seconds;
  return { rowsPerSecond: mean, deviation: Math.sqrt(variance) };
}

/**
 * When `rows` rows will be done at a rate, with a spread of one standard deviation to either side. A rate that strays by more than
 * itself has no upper bound worth telling; ten times the guess stands for it.
 */
export function estimate(rows: number, { rowsPerSecond, deviation }: Rate): Estimate {
  const seconds = rows / rowsPerSecond;
  const slowest = Math.max(rowsPerSecond - deviation, rowsPerSecond / 10);
  return {
    seconds: Math.ceil(seconds),
    lowSeconds: Math.ceil(rows / (rowsPerSecond + deviation)),
    highSeconds: Math.ceil(rows / slowest),
  };
}
