import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import { conflict } from '../../../shared/errors/coded-error';
import { type UniqueKey, whileClaimed } from '../registry/claimed-keys';
import { addClubs, openEntry, touchEntry } from '../registry/registry-writes';
import { clubKeysOf } from '../registry/taken-keys';
import type { MissingKeys } from './propose-import';

/**
 * Fills keys into a tenant's entry, which is opened where there is none; a key that the entry has by now stays. A new entry
 * enables the systems whose keys it gets, an entry that is there keeps its flags. The tenant must be locked; `path` is what
 * the caller's input calls it. Throws `CONFLICT` for a key that another tenant has or is about to get, and what the unique
 * constraints throw.
 */
export async function writeMissingKeys(
  transaction: SqlRunner,
  tenantId: string,
  missing: MissingKeys,
  path: string,
): Promise<void> {
  const isNewEntry = await openEntry(transaction, tenantId, { path });
  const keys = uniqueKeysOf(missing);
  const refuse = (taken: UniqueKey[]) =>
    conflict(path, `another tenant gets ${taken.map(({ key }) => key).join(', ')}`);
  await whileClaimed(transaction, { tenantId, keys }, refuse, async () => {
    await fillColumns(transaction, tenantId, missing, isNewEntry);
    const hasNewClubs = await addClubs(transaction, tenantId, missing.teeTimeClubIds, path);
    if (hasNewClubs) await touchEntry(transaction, tenantId);
  });
}

function uniqueKeysOf({ sclTenantCode, messagingTenantId, teeTimeClubIds }: MissingKeys): UniqueKey[] {
  return [
    ...(sclTenantCode ? [{ kind: 'SCL_CODE', key: sclTenantCode } as const] : []),
    ...(messagingTenantId ? [{ kind: 'MESSAGING_ID', key: messagingTenantId } as const] : []),
    ...clubKeysOf(teeTimeClubIds),
  ];
}

async function fillColumns(
  transaction: SqlRunner,
  tenantId: string,
  missing: MissingKeys,
  isNewEntry: boolean,
): Promise<void> {
  const columns = [
    { key: 'scl_tenant_code', flag: 'scl_enabled', value: missing.sclTenantCode },
    { key: 'messaging_tenant_id', flag: 'messaging_enabled', value: missing.messagingTenantId },
    { key: 'crm_tenant_id', flag: 'crm_enabled', value: missing.crmTenantId },
  ];
  for (const { key, flag, value } of columns) {
    if (value === null) continue;
    await transaction.rows(sql`
      UPDATE access_control.tenant_registry
      SET ${raw(key)} = ${value}, ${raw(flag)} = ${raw(flag)} OR ${isNewEntry}, updated_at = now()
      WHERE tenant_id = ${tenantId} AND ${raw(key)} IS NULL`);
  }
}
