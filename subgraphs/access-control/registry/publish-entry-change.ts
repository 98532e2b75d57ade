import type { Transaction } from '../../../shared/database/database';
import { changedFields } from '../../../shared/input/changed-fields';
import type { TenantSystem } from '../graphql.generated';
import type { Tenant } from '../tenants/tenant.entity';
import type { RegistryEntry } from './tenant-registry.entity';

const flags = {
  SCL: 'sclEnabled',
  TEETIME: 'teeTimeEnabled',
  MESSAGING: 'messagingEnabled',
  CRM: 'crmEnabled',
} as const satisfies Record<TenantSystem, keyof RegistryEntry>;

interface EntryChange {
  tenant: Tenant | null;
  isNewTenant: boolean;
  before: RegistryEntry | null;
  after: RegistryEntry;
}

/** Tells that the tenant's entry is new or changed, and of each system that it enables or disables. */
export async function publishEntryChange(
  transaction: Transaction,
  { tenant, isNewTenant, before, after }: EntryChange,
): Promise<void> {
  const of = { tenantKey: after.tenantId, tenant };
  const payload = { registryId: after.id, changed: before ? changesOf(before, after) : filledFields(after) };
  await transaction.publish({ type: 'tenant.registry.updated', ...of, payload });

  for (const [system, flag] of Object.entries(flags) as [TenantSystem, (typeof flags)[TenantSystem]][]) {
    if (after[flag] && !before?.[flag]) {
      await transaction.publish({ type: 'tenant.system.enabled', ...of, payload: { system } });
    }
    // TeeTime and CRM serve a tenant that has no entry yet.
    const wasServed = before ? before[flag] : !isNewTenant && (system === 'TEETIME' || system === 'CRM');
    if (!after[flag] && wasServed) {
      await transaction.publish({ type: 'tenant.system.disabled', ...of, payload: { system } });
    }
  }
}

function changesOf(before: RegistryEntry, after: RegistryEntry): string[] {
  return changedFields(before, after).filter((field) => field !== 'updatedAt');
}

/** What a new entry has beside what every entry has. */
function filledFields({ id, tenantId, createdAt, updatedAt, ...fields }: RegistryEntry): string[] {
  const isFilled = (value: unknown) =>
    value !== null && value !== false && !(Array.isArray(value) && !value.length);
  return Object.entries(fields).flatMap(([name, value]) => (isFilled(value) ? [name] : []));
}
