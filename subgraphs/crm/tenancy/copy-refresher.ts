import { beforeDeadline } from '../../../shared/subgraph/deadline';
import { type SubgraphCall, systemCall } from '../../../shared/subgraph/transport';
import type { DirectoryTenant } from '../../../shared/tenancy/tenant-directory';
import {
  type CopySource,
  findOutdated,
  REFRESH_MAY_TAKE_MS,
  refreshCopies,
  tenantCopies,
} from './tenant-read-model';

/** Brings the copies of single tenants up to date. */
export interface CopyRefresher {
  /**
   * Resolves as soon as the copy is as Access Control says now, and answers whether it has such a tenant. A rename may take
   * longer than the call: it goes on by itself, and whoever comes again waits for it instead of beginning anew. Throws
   * `SUBGRAPH_UNAVAILABLE` and `REQUEST_TIMEOUT`.
   */
  bringUpToDate(tenantId: string, call: SubgraphCall): Promise<boolean>;
  /** Waits for the write that is running. */
  stop(): Promise<void>;
}

export function createCopyRefresher(source: CopySource): CopyRefresher {
  /** One at a time: they would follow one another in the database too, each with a connection that requests then lack. */
  let running: Promise<void> | null = null;

  function write(tenant: DirectoryTenant, requestId: string): Promise<void> {
    const copies = tenantCopies(source, systemCall(requestId, REFRESH_MAY_TAKE_MS));
    const writing = refreshCopies(copies, [tenant]).finally(() => {
      running = null;
    });
    running = writing;
    return writing;
  }

  return {
    async bringUpToDate(tenantId, call) {
      const copies = tenantCopies(source, call);
      for (;;) {
        const tenant = await copies.askAnew(tenantId);
        if (tenant === null) return false;
        const [outdated] = await findOutdated(copies, [tenant]);
        if (!outdated) return true;
        const other = running;
        if (other === null) await beforeDeadline(call, () => write(outdated, call.requestId));
        // What became of it shows in the copy.
        else await beforeDeadline(call, () => other.catch(() => undefined));
      }
    },
    stop: async () => running?.catch(() => undefined),
  };
}
