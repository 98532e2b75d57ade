import type { Logger } from 'pino';
import type { TenantData } from '../../../shared/provisioning/tenant-data';
import { systemCall } from '../../../shared/subgraph/transport';
import type { CopySource } from '../tenancy/tenant-read-model';
import { createLegacyCallers } from './ledger/legacy-callers';
import { createLegacyNames, type LegacyNames } from './ledger/legacy-names';
import { createMappedSlugs } from './ledger/mapped-slugs';
import { createPendingLeads, type PendingLeads } from './pending-leads/pending-leads';
import { createShadowReads, type ShadowReads } from './shadow-reads/shadow-reads';
import { type TenancyWatch, watchTenancy } from './tenancy-watch';
import { withTenantBooks } from './tenant-books';

/** What CRM's API does beside its work while rows move from slugs to UUIDs. */
export interface TenantMigration {
  legacyNames: LegacyNames;
  shadowReads: ShadowReads;
  pendingLeads: PendingLeads;
  watch: TenancyWatch;
  /** What CRM holds of a tenant, with what the books of the move hold of it. */
  withTenantBooks(data: TenantData): TenantData;
  /** Writes down what is not written yet, and ends. */
  stop(): Promise<void>;
}

export function createTenantMigration(source: CopySource, logger: Logger): TenantMigration {
  const { pool } = source;
  const callers = createLegacyCallers({ pool, logger });
  const mappedSlugs = createMappedSlugs({ pool, logger });
  const pendingLeads = createPendingLeads({ ...source, mappedSlugs, logger }, () => watch.lookSoon());
  const watch = watchTenancy(() => pool.forCall(systemCall('crm-tenancy')), {
    logger,
    onLook: async ({ hasPendingLeads }) => {
      if (hasPendingLeads) await pendingLeads.replay();
    },
  });
  const shadowReads = createShadowReads({ pool, known: watch.known, logger });
  return {
    legacyNames: createLegacyNames({ pool, callers, mappedSlugs }),
    shadowReads,
    pendingLeads,
    watch,
    withTenantBooks,
    async stop() {
      await watch.stop();
      await shadowReads.stop();
      await callers.stop();
      await mappedSlugs.stop();
    },
  };
}
