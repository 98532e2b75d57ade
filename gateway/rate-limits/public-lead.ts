import { asUuid } from '../../shared/input/uuid';
import { isSlug } from '../../shared/tenancy/slug';
import type { RootField } from './root-fields';

/** The public mutation that leaves a lead. */
export const PUBLIC_LEAD = 'submitLead';

/**
 * What a lead's tenant is counted under, or `null` where the lead names none that could exist; such a lead is refused
 * without being looked for.
 */
export function tenantOfLead({ args }: RootField): string | null {
  const { tenantSlug, tenantId } = inputOf(args);
  if (typeof tenantSlug === 'string' && isSlug(tenantSlug)) return `slug:${tenantSlug}`;
  const id = tenantIdOfLead({ args });
  if (id !== null) return `id:${id}`;
  // As long as tenants move to UUIDs, the slug may stand in the place of the id.
  const slug = String(tenantId ?? '').trim();
  return isSlug(slug) ? `slug:${slug}` : null;
}

/** The UUID by which a lead names its tenant, or `null`. */
export function tenantIdOfLead({ args }: Pick<RootField, 'args'>): string | null {
  return asUuid(String(inputOf(args).tenantId ?? '').trim());
}

function inputOf(args: RootField['args']): { tenantSlug?: unknown; tenantId?: unknown } {
  const input = args['input'];
  return typeof input === 'object' && input !== null ? input : {};
}
