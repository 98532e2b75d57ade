import type { Logger } from 'pino';
import type { DatabasePool } from '../../../shared/database/database';
import { systemCall } from '../../../shared/subgraph/transport';
import type { TenantDirectory } from '../../../shared/tenancy/tenant-directory';
import { refreshCopies, tenantCopies } from './tenant-read-model';

export interface Follower {
  /** Ends the passes and waits for a running one. */
  stop(): Promise<void>;
}

/** A renamed tenant's rows are all rewritten in one transaction. */
const RENAME_MAY_TAKE_MS = 130_000;
const DEFAULT_INTERVAL_MS = 2_000;
/** A change is timed before it is committed; it can be read so long after its time at the latest. */
const OVERLAP_MS = 15_000;

/** The newest change that was read: its time by Access Control's clock, and when that was by `performance.now()`. */
interface NewestChange {
  time: number;
  readAt: number;
}

/**
 * Asks Access Control every `intervalMs` (two seconds unless given) which tenants changed, and brings CRM's copies of
 * them up to date. Tenants that CRM never met stay unknown. A pass that fails is logged and made up for by the next
 * one; the first pass of a process asks for all tenants.
 */
export function followAccessControl(dependencies: {
  database: DatabasePool;
  tenants: TenantDirectory;
  logger: Logger;
  intervalMs?: number;
}): Follower {
  const { database, tenants, logger, intervalMs = DEFAULT_INTERVAL_MS } = dependencies;
  let since = new Date(0);
  let newest: NewestChange = { time: 0, readAt: 0 };
  let isStopped = false;
  let running: Promise<void> = Promise.resolve();
  let timer = schedule();

  function schedule(): NodeJS.Timeout {
    return setTimeout(() => {
      running = pass().finally(() => {
        if (!isStopped) timer = schedule();
      });
    }, intervalMs).unref();
  }

  async function pass(): Promise<void> {
    const startedAt = performance.now();
    try {
      let after: string | null = null;
      do {
        const call = systemCall('crm-follows-access-control', RENAME_MAY_TAKE_MS);
        const page = await tenants.changedTenants(since, after, call);
        const readAt = performance.now();
        const time = Math.max(...page.tenants.map(({ updatedAt }) => updatedAt.getTime()));
        if (time > newest.time) newest = { time, readAt };
        await refreshCopies(tenantCopies(database, tenants, call), page.tenants);
        after = page.next;
      } while (after !== null && !isStopped);
      since = nextSince(newest, startedAt);
    } catch (error) {
      logger.warn({ err: error }, 'Access Control could not be followed; the next pass repeats it');
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
