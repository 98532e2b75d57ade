/** An attempt may take so long to ask its system. */
export const ATTEMPT_MS = 4_000;
/** After so long an attempt that was cut off has no effect any more, however slowly its last message travelled. */
export const EFFECT_MS = ATTEMPT_MS + 1_000;

/** After so many attempts that met an outage the step failed. */
export const MAX_ATTEMPTS = 10;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

/** Milliseconds to the next attempt, after so many that met an outage, 1 or more: about a minute and a half for all. */
export function pauseMs(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempts - 1));
}
