import { isDeepStrictEqual } from 'node:util';
import sql from 'sql-template-tag';
import type { Database, Transaction } from '../../../../shared/database/database';
import { claimKeys, releaseKeys } from '../../registry/claimed-keys';
import { recordEntryChange } from '../../registry/record-entry-change';
import { readEntry } from '../../registry/registry-reads';
import { keyFields } from '../../registry/replaced-keys';
import { readTakenKeys } from '../../registry/taken-keys';
import { type RegistryEntry, TenantRegistry } from '../../registry/tenant-registry.entity';

const SYSTEM_KEYS = ['SCL_CODE', 'MESSAGING_ID'] as const;

/** The fields of an entry as JSON has them, by their names. */
export type KeptFields = Record<string, unknown>;

/**
 * Puts back what a step changed of the tenant's entry, where it is still as the step left it: `before` and `after` are the
 * fields that it changed. Clubs that it added are taken out. A tenant without an entry stays without. A key stays where
 * another tenant has the one before it by now: returns these, each with the reason. The tenant must be locked.
 */
export async function restoreEntry(
  database: Database,
  transaction: Transaction,
  tenantId: string,
  { before, after }: { before: KeptFields; after: KeptFields },
): Promise<string[]> {
  const entry = await readEntry(database, transaction, tenantId);
  if (entry === null) return [];
  const { teeTimeClubIds: clubsAfter, ...fields } = after;
  const clubsBefore = clubsOf(before['teeTimeClubIds']);
  const added = clubsOf(clubsAfter).filter((id) => !clubsBefore.includes(id));
  const now = asKept(entry);
  const asLeft = Object.keys(fields).filter((name) => isDeepStrictEqual(now[name], fields[name]));
  const keys = keysAmong(asLeft, before);
  const claimed = await claimKeys(transaction, tenantId, keys);
  const taken = await transaction.amongAllTenants(() => readTakenKeys(transaction, tenantId, keys));
  const kept = keys.filter((key) => taken.some((each) => each.kind === key.kind));
  const names = asLeft.filter((name) => !kept.some(({ column }) => column === name));
  const notes = kept.map(({ column, key }) => `${now[column]}: another tenant has ${key} by now`);
  if (names.length + added.length > 0) {
    await recordEntryChange(database, transaction, { action: 'takeBackInRegistry', tenantId }, async () => {
      await transaction.rows(sql`
        DELETE FROM access_control.tenant_registry_club
        WHERE tenant_id = ${tenantId} AND club_id = ANY (${added}::uuid[])`);
      await transaction.manager.update(
        TenantRegistry,
        { tenantId },
        { ...Object.fromEntries(names.map((name) => [name, before[name]])), updatedAt: () => 'now()' },
      );
    });
  }
  await releaseKeys(transaction, tenantId, claimed);
  return notes;
}

/** The keys that the tenant had in systems with keys of their own, as far as they are among the fields. */
function keysAmong(names: readonly string[], before: KeptFields) {
  return SYSTEM_KEYS.flatMap((kind) => {
    const { column } = keyFields[kind];
    const key = before[column];
    return names.includes(column) && typeof key === 'string' ? [{ kind, key, column }] : [];
  });
}

/** An entry as it is kept with a step. */
export function asKept(entry: RegistryEntry): KeptFields {
  return JSON.parse(JSON.stringify(entry)) as KeptFields;
}

function clubsOf(kept: unknown): string[] {
  return Array.isArray(kept) ? kept.map(String) : [];
}
