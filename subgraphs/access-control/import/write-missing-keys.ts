import sql, { raw } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { whileClaimed } from '../registry/claimed-keys';
import { readEntry } from '../registry/registry-reads';
import { addClubs, openEntry, touchEntry } from '../registry/registry-writes';
import { takenKeyRefusal, uniqueKeysOf } from '../registry/taken-keys';
import type { MissingKeys } from './propose-import';

/**
 * Fills keys into a tenant's entry, which is opened where there is none; a key that the entry has by now stays. A new entry
 * enables the systems whose keys it gets, an entry that is there keeps its flags. The tenant must be locked; `path` is what
 * the caller's input calls it. Throws `CONFLICT` for a key that another tenant claims, or a club that it has, and what the
 * unique constraints throw.
 */
export async function writeMissingKeys(
  database: Database,
  transaction: SqlRunner,
  tenantId: string,
  keys: MissingKeys,
  path: string,
): Promise<void> {
  const taken = uniqueKeysOf({
    scl: keys.sclTenantCode === null ? null : { code: keys.sclTenantCode },
    messaging: keys.messagingTenantId === null ? null : { tenantId: keys.messagingTenantId },
    teeTime: { clubIds: keys.teeTimeClubIds },
  });
  await whileClaimed(transaction, { tenantId, keys: taken }, takenKeyRefusal, () =>
    fillIn(database, transaction, tenantId, keys, path),
  );
}

async function fillIn(
  database: Database,
  transaction: SqlRunner,
  tenantId: string,
  keys: MissingKeys,
  path: string,
): Promise<void> {
  const isNewEntry = (await readEntry(database, transaction, tenantId)) === null;
  await openEntry(transaction, tenantId, { path });
  const columns = [
    { key: 'scl_tenant_code', flag: 'scl_enabled', value: keys.sclTenantCode },
    { key: 'messaging_tenant_id', flag: 'messaging_enabled', value: keys.messagingTenantId },
    { key: 'crm_tenant_id', flag: 'crm_enabled', value: keys.crmTenantId },
  ];
  for (const { key, flag, value } of columns) {
    if (value === null) continue;
    await transaction.rows(sql`
      UPDATE access_control.tenant_registry
      SET ${raw(key)} = ${value}, ${raw(flag)} = ${raw(flag)} OR ${isNewEntry}, updated_at = now()
      WHERE tenant_id = ${tenantId} AND ${raw(key)} IS NULL`);
  }
  const hasNewClubs = await addClubs(transaction, tenantId, keys.teeTimeClubIds, path);
  if (hasNewClubs) await touchEntry(transaction, tenantId);
}
