import { setTimeout as sleep } from 'node:timers/promises';
import { postgresErrorOf } from '../../../../shared/database/postgres-errors';

export interface Reporter {
  /** Says in one line what happens. */
  report(line: string): void;
}

interface Patience extends Reporter {
  /** Ends the attempts. */
  signal?: AbortSignal;
}

const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK = '40P01';
const MAX_ATTEMPTS = 60;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Runs `work` until it got its locks: whenever it waited for one longer than the connection's `lock_timeout`, it gives up what
 * it holds, says so, and tries again after a growing pause. Throws PostgreSQL's error after sixty times, and `AbortError` once
 * `signal` is aborted.
 */
export async function politely<T>(
  what: string,
  { report, signal }: Patience,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      const code = postgresErrorOf(error)?.code ?? '';
      if (![LOCK_NOT_AVAILABLE, DEADLOCK].includes(code) || attempt === MAX_ATTEMPTS) throw error;
      const longest = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
      const pauseMs = Math.round(longest * (0.5 + Math.random() / 2));
      report(`${what}: a lock was not free in time; trying again in ${pauseMs} ms (attempt ${attempt})`);
      await sleep(pauseMs, undefined, { signal });
    }
  }
}
