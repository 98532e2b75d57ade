import { asUuid } from '../../shared/input/uuid';
import { isSlug } from '../../shared/tenancy/slug';
import type { RootField } from './root-fields';

/** The public mutation that leaves a lead. */
export const PUBLIC_LEAD = 'submitLead';

/** How a lead names its tenant; a UUID is in lower case. */
export type LeadTenant = { slug: string } | { id: string };

/** The tenant that a lead names, or `null` where it names none that could exist; such a lead is refused without a look-up. */
export function tenantOfLead({ args }: RootField): LeadTenant | null {
  const { tenantSlug, tenantId } = inputOf(args);
  if (typeof tenantSlug === 'string' && isSlug(tenantSlug)) return { slug: tenantSlug };
  const id = tenantIdOfLead({ args });
  if (id !== null) return { id };
  // As long as tenants move to UUIDs, the slug may stand in the place of the id.
  const slug = String(tenantId ?? '').trim();
  return isSlug(slug) ? { slug } : null;
}

/** The UUID by which a lead names its tenant, or `null`. */
export function tenantIdOfLead({ args }: Pick<RootField, 'args'>): string | null {
  return asUuid(String(inputOf(args).tenantId ?? '').trim());
}

function inputOf(args: RootField['args']): { tenantSlug?: unknown; tenantId?: unknown } {
  const input = args['input'];
  return typeof input === 'object' && input !== null ? input : {};
}
