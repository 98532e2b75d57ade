import type { Logger } from 'pino';
import { systemCall } from '../../../shared/subgraph/transport';
import { type CopySource, REFRESH_MAY_TAKE_MS, refreshCopies, tenantCopies } from './tenant-read-model';

export interface Follower {
  /** Ends the passes and waits for a running one. */
  stop(): Promise<void>;
}

const DEFAULT_INTERVAL_MS = 600_000;
/** How soon a pass that failed is repeated: it may be the one that makes up for what was missed while CRM was down. */
const AGAIN_AFTER_MS = 5_000;
/** A change is timed before it is committed; it can be read so long after its time at the latest. */
const OVERLAP_MS = 15_000;

/** The newest change that was read: its time by Access Control's clock, and when that was by `performance.now()`. */
interface NewestChange {
  time: number;
  readAt: number;
}

/**
 * Makes up for whatever events did not tell CRM: asks Access Control at once, and then every `intervalMs` (ten minutes
 * unless given), which tenants changed, and brings CRM's copies of them up to date or makes them. The first pass of a
 * process asks for all tenants. A pass that fails is logged and repeated within five seconds.
 */
export function followAccessControl(
  source: CopySource,
  { logger, intervalMs = DEFAULT_INTERVAL_MS }: { logger: Logger; intervalMs?: number },
): Follower {
  let since = new Date(0);
  let newest: NewestChange = { time: 0, readAt: 0 };
  let isStopped = false;
  let running: Promise<void> = Promise.resolve();
  let timer = schedule(0);

  function schedule(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      running = pass().then((isDone) => {
        if (!isStopped) timer = schedule(isDone ? intervalMs : Math.min(intervalMs, AGAIN_AFTER_MS));
      });
    }, delayMs).unref();
  }

  async function pass(): Promise<boolean> {
    const startedAt = performance.now();
    try {
      let after: string | null = null;
      do {
        const call = systemCall('crm-follows-access-control', REFRESH_MAY_TAKE_MS);
        const page = await source.tenants.changedTenants(since, after, call);
        const readAt = performance.now();
        const time = Math.max(...page.tenants.map(({ updatedAt }) => updatedAt.getTime()));
        if (time > newest.time) newest = { time, readAt };
        await refreshCopies(tenantCopies(source, call), page.tenants);
        after = page.next;
      } while (after !== null && !isStopped);
      since = nextSince(newest, startedAt);
      return true;
    } catch (error) {
      logger.warn({ err: error }, 'Access Control could not be followed; the next pass repeats it');
      return false;
    }
  }

  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/**
 * What the pass after one that began at `startedAt`, by `performance.now()`, must ask for. It goes by the clock of
 * Access Control alone: from the overlap before the newest change up to right behind it, as the overlap passes.
 */
export function nextSince({ time, readAt }: NewestChange, startedAt: number): Date {
  const passed = Math.min(startedAt - readAt, OVERLAP_MS + 1);
  return new Date(Math.max(0, time - OVERLAP_MS + passed));
}
