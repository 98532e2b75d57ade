import type { Transaction } from '../../../shared/database/database';
import type { Tenant } from './tenant.entity';

/** Tells of a tenant's change: of another status by itself, of other fields by their names, and of a new slug apart. */
export async function publishTenantChange(
  transaction: Transaction,
  before: Tenant,
  after: Tenant,
  changed: readonly string[],
): Promise<void> {
  const of = { tenantKey: after.id, tenant: after };
  if (after.status !== before.status) {
    const type = after.status === 'DISABLED' ? 'tenant.disabled' : 'tenant.enabled';
    await transaction.publish({ type, ...of, payload: {} });
    return;
  }
  const { displayName, slug: newSlug } = after;
  await transaction.publish({ type: 'tenant.updated', ...of, payload: { displayName, changed } });
  if (newSlug === before.slug) return;
  const payload = { oldSlug: before.slug, newSlug };
  await transaction.publish({ type: 'tenant.slug.changed', ...of, payload });
}
