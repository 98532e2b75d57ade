import type { RetryRules } from './event-consumer';

/** How long a consumer that could not be asked is left alone, in milliseconds: the k-th time in a row. */
export function outageDelayMs(times: number): number {
  return exponential(times, { firstMs: 500, longestMs: 30_000 });
}

/** Refusals a second, two, four … apart, a minute at most: about three minutes until an event is given up. */
export const retryForMinutes: RetryRules = {
  attempts: 8,
  delayMs: (refusals) => exponential(refusals, { firstMs: 1_000, longestMs: 60_000 }),
};

/** Twice as long each time, and never longer than `longestMs`. */
export function exponential(
  times: number,
  { firstMs, longestMs }: { firstMs: number; longestMs: number },
): number {
  return Math.min(longestMs, firstMs * 2 ** (Math.min(times, 30) - 1));
}
