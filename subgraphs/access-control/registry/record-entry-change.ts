import type { Database, Transaction } from '../../../shared/database/database';
import type { Tenant } from '../tenants/tenant.entity';
import { lockTenant } from '../tenants/tenant-store';
import { publishEntryChange } from './publish-entry-change';
import { getEntry, readEntry } from './registry-reads';
import type { RegistryEntry } from './tenant-registry.entity';

interface EntryChange {
  action: string;
  tenantId: string;
  isNewTenant?: boolean;
  /** The tenant, where the transaction has locked it already. */
  locked?: Tenant;
}

/**
 * Runs `write`, which opens the tenant's entry where there is none, then records and publishes what it changed of it.
 * Answers the entry as it was and as it is then. An entry that stays as it was leaves no trace.
 */
export async function recordEntryChange(
  database: Database,
  transaction: Transaction,
  { action, tenantId, isNewTenant = false, locked }: EntryChange,
  write: (before: RegistryEntry | null) => Promise<void>,
): Promise<{ before: RegistryEntry | null; after: RegistryEntry }> {
  // Locked first, so that what is read before the change is what the change meets.
  const tenant = locked ?? (await lockTenant(database, transaction, { id: tenantId }));
  const before = await readEntry(database, transaction, tenantId);
  await write(before);
  const after = await getEntry(database, transaction, tenantId);
  if (JSON.stringify(before) !== JSON.stringify(after)) {
    await transaction.record({
      action,
      tenantKey: tenantId,
      recordType: 'TenantRegistry',
      recordId: after.id,
      before,
      after,
    });
    await publishEntryChange(transaction, { tenant, isNewTenant, before, after });
  }
  return { before, after };
}
