import type { Logger } from 'pino';
import type { Database } from '../../../shared/database/database';
import type { TenantDirectory } from '../../../shared/tenancy/tenant-directory';
import { refreshCopies } from './tenant-read-model';

export interface Follower {
  /** Ends the passes and waits for a running one. */
  stop(): Promise<void>;
}

const DEFAULT_INTERVAL_MS = 2_000;
/** Each pass looks so far behind what the ones before saw: a change is timed before it is committed. */
const OVERLAP_MS = 15_000;
const REQUEST_ID = 'crm-follows-access-control';

/**
 * Asks Access Control every `intervalMs` (two seconds unless given) which tenants changed, and brings CRM's copies of
 * them up to date. Tenants that CRM never met stay unknown. A pass that fails is logged and made up for by the next
 * one; the first pass of a process asks for all tenants.
 */
export function followAccessControl(dependencies: {
  database: Database;
  tenants: TenantDirectory;
  logger: Logger;
  intervalMs?: number;
}): Follower {
  const { database, tenants, logger, intervalMs = DEFAULT_INTERVAL_MS } = dependencies;
  let since = new Date(0);
  /**
   * What `performance.now()` lacks at least of Access Control's clock, in milliseconds: no change that it answers is
   * later than its clock. Our own wall clock may differ from it, so `since` never comes from there.
   */
  let lead = Number.NEGATIVE_INFINITY;
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
        const page = await tenants.changedTenants(since, after, REQUEST_ID);
        const readAt = performance.now();
        lead = Math.max(lead, ...page.tenants.map(({ updatedAt }) => updatedAt.getTime() - readAt));
        await refreshCopies({ database, tenants, requestId: REQUEST_ID }, page.tenants);
        after = page.next;
      } while (after !== null && !isStopped);
      since = new Date(Math.max(0, startedAt + lead - OVERLAP_MS));
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
