import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

/** What one process changed about a tenant every other sees within five seconds; a busy machine gets one more. */
export const SEEN_WITHIN_MS = 6_000;

/** Resolves as soon as `look` answers what is wanted; fails as `assert` does when it still does not after `withinMs`. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  assert: (seen: T) => void,
  withinMs = 20_000,
): Promise<void> {
  const until = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    try {
      assert(seen);
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(LOOK_EVERY_MS);
    }
  }
}
