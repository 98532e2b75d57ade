import type { Verdict } from './counter';

/** Milliseconds for which a store that did not answer is not asked again. */
const REST_MS = 1_000;

/** Spares callers the wait for a store that hangs: after one of them has waited in vain, nobody asks it for a second. */
export function restAfterFailure<Use>(
  consume: (use: Use) => Promise<Verdict>,
): (use: Use) => Promise<Verdict> {
  let restsUntil = 0;
  let failure: Verdict = { kind: 'within' };
  return async (use) => {
    if (Date.now() < restsUntil) return failure;
    const verdict = await consume(use);
    if (verdict.kind === 'unknown') {
      failure = verdict;
      restsUntil = Date.now() + REST_MS;
    }
    return verdict;
  };
}
