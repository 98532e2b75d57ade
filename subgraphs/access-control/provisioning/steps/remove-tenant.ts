import { isDeepStrictEqual } from 'node:util';
import sql from 'sql-template-tag';
import type { Database, Transaction } from '../../../../shared/database/database';
import { readEntry } from '../../registry/registry-reads';
import type { RegistryEntry } from '../../registry/tenant-registry.entity';
import type { Tenant } from '../../tenants/tenant.entity';
import { asKept, type KeptFields } from './restore-entry';
import type { Attempt } from './run-at-work';

const ACTION = 'takeBackInRegistry';

interface Removal {
  attempt: Attempt;
  /** Locked; `null` when it is gone already. */
  tenant: Tenant | null;
  /** Why the tenant is to stay, as far as others know: what systems hold of it. */
  reasons: string[];
}

/**
 * Removes the registry entry that the run opened, unless somebody has changed it since, and the tenant that it created,
 * unless something is left of it. Returns what stays, each with the reason.
 */
export async function removeWhatRunCreated(
  database: Database,
  transaction: Transaction,
  { attempt, tenant, reasons }: Removal,
): Promise<string[]> {
  const { id: runId, tenantId, createsEntry, createsTenant } = attempt.run;
  if (tenant === null || !(createsEntry || createsTenant)) return [];
  const entry = await readEntry(database, transaction, tenantId);
  const isAsOpened = entry === null || (createsEntry && (await isAsItWasOpened(transaction, runId, entry)));
  const isKeptElsewhere = await transaction.row(sql`
    SELECT FROM access_control.provisioning_step s WHERE s.run_id = ${runId} AND s.notes <> '{}' LIMIT 1`);
  const why = [
    ...reasons,
    ...(isKeptElsewhere ? ['a step before could not take everything back'] : []),
    ...(isAsOpened ? [] : ['the registry entry has been changed since']),
  ];
  if (isAsOpened && entry && (!createsTenant || why.length === 0)) {
    await removeEntry(transaction, entry);
  }
  if (!createsTenant) return isAsOpened ? [] : why.map((reason) => `registry entry: ${reason}`);
  if (why.length === 0) await removeTenant(transaction, tenant);
  return why.map((reason) => `tenant ${tenantId}: ${reason}`);
}

async function isAsItWasOpened(
  transaction: Transaction,
  runId: string,
  entry: RegistryEntry,
): Promise<boolean> {
  const opened = await transaction.row<{ entry: KeptFields | null }>(sql`
    SELECT s.entry_after AS entry FROM access_control.provisioning_step s
    WHERE s.run_id = ${runId} AND s.position = 1`);
  const { updatedAt: _now, ...now } = asKept(entry);
  const { updatedAt: _then, ...then } = opened?.entry ?? {};
  return isDeepStrictEqual(now, then);
}

async function removeEntry(transaction: Transaction, entry: RegistryEntry): Promise<void> {
  await transaction.rows(sql`DELETE FROM access_control.tenant_registry WHERE id = ${entry.id}`);
  await transaction.record({
    action: ACTION,
    tenantKey: entry.tenantId,
    recordType: 'TenantRegistry',
    recordId: entry.id,
    before: entry,
    after: null,
  });
}

async function removeTenant(transaction: Transaction, tenant: Tenant): Promise<void> {
  await transaction.rows(sql`DELETE FROM access_control.tenant WHERE id = ${tenant.id}`);
  await transaction.record({
    action: ACTION,
    tenantKey: tenant.id,
    recordType: 'Tenant',
    recordId: tenant.id,
    before: tenant,
    after: null,
  });
}
