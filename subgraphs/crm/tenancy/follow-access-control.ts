import type { Logger } from 'pino';
import type { Database } from '../../../shared/database/database';
import type { TenantDirectory } from '../../../shared/tenancy/tenant-directory';
import { findTenants, rememberTenants } from './tenant-read-model';

export interface Follower {
  /** Ends the passes and waits for a running one. */
  stop(): Promise<void>;
}

const DEFAULT_INTERVAL_MS = 2_000;
/** Each pass looks so far behind the one before: a change is timed before it is committed, and clocks differ. */
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
    const startedAt = Date.now();
    try {
      let after: string | null = null;
      do {
        const page = await tenants.changedTenants(since, after, REQUEST_ID);
        const copies = await findTenants(
          database,
          page.tenants.map(({ id }) => id),
        );
        const known = page.tenants.filter(({ id }) => copies.has(id));
        await rememberTenants({ database, tenants, requestId: REQUEST_ID }, known);
        after = page.next;
      } while (after !== null && !isStopped);
      since = new Date(startedAt - OVERLAP_MS);
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
