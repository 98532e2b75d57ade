import { setTimeout as sleep } from 'node:timers/promises';
import { isDeadlock } from '../../../../shared/database/postgres-errors';
import { isLockNotAvailable } from './lock-holders';

export interface Reporter {
  /** Says in one line what happens. */
  report(line: string): void;
}

interface Patience extends Reporter {
  /** Ends the attempts. */
  signal?: AbortSignal;
  /** Who may be in the way. */
  lockHolders(): Promise<string[]>;
}

const MAX_ATTEMPTS = 60;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Runs `work` until it got its locks: whenever it waited for one longer than the connection's `lock_timeout`, it gives up what
 * it holds, says so and who is in the way, and tries again after a growing pause. Throws PostgreSQL's error after sixty times,
 * and `AbortError` once `signal` is aborted.
 */
export async function politely<T>(
  what: string,
  { report, signal, lockHolders }: Patience,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      const mayPass = isLockNotAvailable(error) || isDeadlock(error);
      if (!mayPass || attempt === MAX_ATTEMPTS) throw error;
      const longest = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
      const pauseMs = Math.round(longest * (0.5 + Math.random() / 2));
      const holders = await lockHolders();
      const held = holders.length > 0 ? `, held by ${holders.join(', ')}` : '';
      report(
        `${what}: a lock was not free in time${held}; trying again in ${pauseMs} ms (attempt ${attempt})`,
      );
      await sleep(pauseMs, undefined, { signal });
    }
  }
}
