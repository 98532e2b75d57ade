import type PgBoss from 'pg-boss';
import { whileRenewing } from './renew-jobs';

export interface WorkOptions {
  /** Jobs that one call of `handle` gets at most. */
  batchSize: number;
  /** Calls of `handle` that run beside each other at most. */
  concurrency: number;
  /** Handles jobs, by their data. When it throws, all of them are tried again, a second later at the earliest. */
  handle: (jobs: readonly object[]) => Promise<void>;
  /** Whether that takes as long as there is to do: then the jobs are renewed, so that a killed process is soon noticed. */
  mayTakeLong?: boolean;
}

interface WorkedQueue {
  boss: PgBoss;
  queue: string;
  /** Keeps jobs that are handled from being given to somebody else. */
  renew: (ids: string[]) => Promise<unknown>;
  onError: (error: Error) => void;
}

export interface QueueWorker {
  /** Looks for jobs now. */
  nudge(): void;
  stop(): Promise<void>;
}

/** How soon a job is found that another process put in. */
const LOOK_EVERY_MS = 1_000;

/**
 * Handles a queue's jobs until it is stopped. A look that finds as many as it may take is followed by the next at once.
 * pg-boss's own `work` is not used: it does not wait for the answer to a job's end, so that a database that is away at
 * that moment ends the process; and it sleeps after each batch. A job whose end cannot be written down expires.
 */
export function workQueue(
  { boss, queue, renew, onError }: WorkedQueue,
  { batchSize, concurrency, handle, mayTakeLong = false }: WorkOptions,
): QueueWorker {
  const running = new Set<Promise<void>>();
  let isStopped = false;
  let isNudged = false;
  /** There may be jobs that nobody looked for, because as many were handled as may be. */
  let isBehind = false;
  let wake: () => void = () => undefined;

  async function handleBatch(jobs: PgBoss.Job<object>[]): Promise<void> {
    const ids = jobs.map(({ id }) => id);
    const handleAll = () => handle(jobs.map(({ data }) => data));
    try {
      if (mayTakeLong) await whileRenewing({ renew: () => renew(ids), onError }, handleAll);
      else await handleAll();
      // Gone instead of completed: nothing of ours reads jobs that are done, and their rows would pile up.
      await boss.deleteJob(queue, ids);
    } catch (error) {
      onError(error as Error);
      const { message } = error as Error;
      await Promise.all(ids.map((id) => boss.fail(queue, id, { message }))).catch(onError);
    }
  }

  async function look(): Promise<boolean> {
    isBehind = running.size >= concurrency;
    if (isBehind) return false;
    const jobs = await boss.fetch<object>(queue, { batchSize });
    if (jobs.length === 0) return false;
    const batch = handleBatch(jobs).finally(() => {
      running.delete(batch);
      if (isBehind) nudge();
    });
    running.add(batch);
    return jobs.length === batchSize;
  }

  async function lookAgainAndAgain(): Promise<void> {
    while (!isStopped) {
      isNudged = false;
      const hasMore = await look().catch((error: Error) => {
        onError(error);
        return false;
      });
      if (hasMore || isNudged || isStopped) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_EVERY_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  function nudge(): void {
    isNudged = true;
    wake();
  }

  const ended = lookAgainAndAgain();
  return {
    nudge,
    async stop() {
      isStopped = true;
      wake();
      await ended;
      await Promise.all(running);
    },
  };
}
