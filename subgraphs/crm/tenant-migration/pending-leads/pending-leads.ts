import { isOutage } from '../../../../shared/errors/coded-error';
import { type SubgraphCall, systemCall } from '../../../../shared/subgraph/transport';
import type { DirectoryTenant } from '../../../../shared/tenancy/tenant-directory';
import type { LeadReceipt } from '../../graphql.generated';
import type { NewLead } from '../../leads/insert-lead';
import { acceptsLeads } from '../../leads/lead-rules';
import type { TenantName } from '../../leads/lead-tenant';
import { readStage } from '../schema/stage';
import { keepLead } from './keep-lead';
import { type ReplayOptions, replayLeadByKey, replayPendingLeads } from './replay-leads';

/** The tenant of a lead, `null` for nobody; or the receipt of a lead that waits to be somebody's. */
type Resolved = { tenant: DirectoryTenant | null; receipt: null } | { tenant: null; receipt: LeadReceipt };

/**
 * Leads whose slug cannot be mapped to a tenant at the moment: they are kept, receipted as pending, and replayed when the
 * mapping appears. Source: A42.
 */
export interface PendingLeads {
  /**
   * The tenant that `resolve` answers. A lead that names its tenant by the slug is kept instead when Access Control does not
   * answer in time, and, as long as rows still move from slugs to UUIDs, when nobody has the slug. Throws
   * `IDEMPOTENCY_CONFLICT`, `PENDING_LEADS_FULL`, and what `resolve` throws.
   */
  resolveOrKeep(
    submitted: { name: TenantName; lead: NewLead },
    call: SubgraphCall,
    resolve: () => Promise<DirectoryTenant | null>,
  ): Promise<Resolved>;
  /** Replays what can be. */
  replay(): Promise<void>;
}

export function createPendingLeads(options: ReplayOptions, onKept: () => void): PendingLeads {
  const { pool, tenants, mappedSlugs } = options;

  async function keep(slug: string, lead: NewLead, call: SubgraphCall): Promise<Resolved> {
    const receipt = await keepLead(pool, { slug, lead }, call);
    onKept();
    return { tenant: null, receipt };
  }

  return {
    async resolveOrKeep({ name, lead }, call, resolve) {
      if ('id' in name) return { tenant: await resolve(), receipt: null };
      const { slug } = name;
      let tenant: DirectoryTenant | null;
      try {
        tenant = await resolve();
      } catch (error) {
        if (isOutage(error)) return keep(slug, lead, call);
        throw error;
      }
      const isMapped = tenant === null;
      if (tenant === null) {
        const isMoving = (await readStage(pool.forCall(systemCall(call.requestId)))) !== 'CONTRACTED';
        if (!isMoving) return { tenant, receipt: null };
        tenant = await mappedSlugs.find(slug, (id) => tenants.resolveTenant({ id }, call));
        if (tenant === null) return keep(slug, lead, call);
      }
      const { idempotencyKey } = lead.said;
      if (!idempotencyKey || !acceptsLeads(tenant)) return { tenant, receipt: null };
      const waits = await replayLeadByKey(options, { slug, idempotencyKey, named: { tenant, isMapped } });
      return waits ? keep(slug, lead, call) : { tenant, receipt: null };
    },
    replay: () => replayPendingLeads(options),
  };
}
