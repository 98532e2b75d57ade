import { isUUID } from 'class-validator';
import { isSlug } from '../../shared/tenancy/slug';
import type { RootField } from './root-fields';

/** The mutation that the public may call. */
export const PUBLIC_LEAD = 'submitLead';

/**
 * What a lead's tenant is counted under, or `null` where the lead names none that could exist; such a lead is refused
 * without being looked for.
 */
export function tenantOfLead({ args }: RootField): string | null {
  const input = args['input'];
  if (typeof input !== 'object' || input === null) return null;
  const { tenantSlug, tenantId } = input as { tenantSlug?: unknown; tenantId?: unknown };
  if (typeof tenantSlug === 'string' && isSlug(tenantSlug)) return `slug:${tenantSlug}`;
  const id = String(tenantId ?? '')
    .trim()
    .toLowerCase();
  return isUUID(id, 'loose') ? `id:${id}` : null;
}
