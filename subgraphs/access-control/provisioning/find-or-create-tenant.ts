import sql from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import type { Database, Transaction } from '../../../shared/database/database';
import type { Tenant } from '../tenants/tenant.entity';
import { lockTenant } from '../tenants/tenant-store';
import { disabledTenant, missingTenant, otherSlug } from './identity-refusals';
import type { TenantIdentity } from './provisioning-input';

/**
 * The tenant that the identity names, locked until the transaction ends, and created where it says all that a new one
 * needs. Throws `TENANT_NOT_FOUND`, `TENANT_DISABLED`, or `CONFLICT` when id and slug do not belong together.
 */
export async function findOrCreateTenant(
  database: Database,
  transaction: Transaction,
  identity: TenantIdentity,
): Promise<{ tenant: Tenant; isNewTenant: boolean }> {
  const id = identity.id?.toLowerCase();
  const { slug, displayName } = identity;
  let isNewTenant = false;
  if (slug && displayName) {
    // Insert first: the unique indexes arbitrate between two callers who set up the same tenant at once.
    const created = await transaction.rows(sql`
      INSERT INTO access_control.tenant (id, slug, display_name) VALUES (${id ?? uuid7()}, ${slug}, ${displayName})
      ON CONFLICT DO NOTHING RETURNING id`);
    isNewTenant = created.length > 0;
  }
  const tenant = await lockTenant(database, transaction, id ? { id } : { slug: slug ?? '' });
  if (tenant === null) throw missingTenant(identity);
  if (slug && tenant.slug !== slug) throw otherSlug();
  if (tenant.status === 'DISABLED') throw disabledTenant(identity);
  if (isNewTenant) {
    await transaction.record({
      action: 'provisionTenant',
      tenantKey: tenant.id,
      recordType: 'Tenant',
      recordId: tenant.id,
      before: null,
      after: tenant,
    });
    await transaction.publish({
      type: 'tenant.created',
      tenantKey: tenant.id,
      tenant,
      payload: { displayName: tenant.displayName },
    });
  }
  return { tenant, isNewTenant };
}
