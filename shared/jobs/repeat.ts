import type { Jobs } from './jobs';

/**
 * Runs `work` again and again, `everyMs` after it ended, in one process at a time whichever that is. Each run is a job
 * that puts the next one in, so that none is missed and none piles up; one that throws is run again after a second.
 */
export async function repeat(
  jobs: Jobs,
  queue: string,
  { everyMs, work }: { everyMs: number; work: () => Promise<void> },
): Promise<void> {
  const next = (delayMs: number) => jobs.enqueue([{ queue, data: {}, key: 'next', delayMs }]);
  await jobs.work(queue, {
    batchSize: 1,
    concurrency: 1,
    mayTakeLong: true,
    async handle() {
      await work();
      await next(everyMs);
    },
  });
  await next(everyMs);
}
