import type { DatabasePool } from '../../../../shared/database/database';
import { badInput } from '../../../../shared/errors/coded-error';
import { asUuid } from '../../../../shared/input/uuid';
import type { NotingCall } from '../../../../shared/subgraph/deprecated-use';
import { systemCall } from '../../../../shared/subgraph/transport';
import { isSlug } from '../../../../shared/tenancy/slug';
import type { ResolveTenant } from '../../../../shared/tenancy/within-reach';
import { readStage } from '../schema/stage';
import type { LegacyCallers } from './legacy-callers';
import type { MappedSlugs } from './mapped-slugs';
import { isCutOver } from './tenant-phase';

/** A tenant that a caller named by a slug as `tenantId`. */
interface NamedTenant {
  id: string;
  slug: string;
}

/**
 * Slugs where the API asks for a `tenantId`: what callers sent before there were UUIDs, and may send until the tenant's
 * cut-over. Source: A4, A9, A27, A40, A45.
 */
export interface LegacyNames {
  /**
   * The UUID of the tenant whose slug `value` is, as long as the viewer reaches it and may name it so; anything else as it
   * came. Throws `BAD_USER_INPUT` after the tenant's cut-over.
   */
  uuidOf(call: NotingCall & { resolveTenant: ResolveTenant }, value: string, path: string): Promise<string>;
  /** The slug by which a lead names its tenant in `tenantId`, or `null` where that is no slug, or slugs are no names any more. */
  slugOfLead(value: string): Promise<string | null>;
  /** Notes that a lead named the tenant so. Throws `BAD_USER_INPUT` after the tenant's cut-over. */
  noteLead(call: NotingCall, tenant: NamedTenant): Promise<void>;
}

export function createLegacyNames({
  pool,
  callers,
  mappedSlugs,
}: {
  pool: DatabasePool;
  callers: LegacyCallers;
  mappedSlugs: MappedSlugs;
}): LegacyNames {
  const books = () => pool.forCall(systemCall('crm-tenancy'));

  async function slugOf(value: string): Promise<string | null> {
    const text = String(value).trim();
    if (asUuid(text) !== null || !isSlug(text)) return null;
    return (await readStage(books())) === 'CONTRACTED' ? null : text;
  }

  /** Callers that are refused stay in the ledger as well: they do not know yet. */
  async function note(call: NotingCall, tenant: NamedTenant, field: string, use: string): Promise<void> {
    callers.count(call, tenant.id);
    if (await isCutOver(books(), tenant.id)) {
      throw badInput(field, 'uuid', `the tenant's slug is no tenantId any more; send ${use}`);
    }
    call.deprecatedUses?.push({ field, use, tenant: tenant.slug, until: 'the cut-over of the tenant' });
  }

  return {
    async uuidOf(call, value, path) {
      const slug = await slugOf(value);
      if (slug === null) return value;
      const mapped = async () => mappedSlugs.find(slug, (id) => call.resolveTenant({ id }));
      const tenant = (await call.resolveTenant({ slug })) ?? (await mapped());
      if (tenant === null) return value;
      await note(call, tenant, path, tenant.id);
      return tenant.id;
    },
    slugOfLead: slugOf,
    noteLead: (call, tenant) => note(call, tenant, 'input.tenantId', 'input.tenantSlug'),
  };
}
