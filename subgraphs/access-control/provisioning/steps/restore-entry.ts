import { isDeepStrictEqual } from 'node:util';
import sql from 'sql-template-tag';
import type { Database, Transaction } from '../../../../shared/database/database';
import { recordEntryChange } from '../../registry/record-entry-change';
import { readEntry } from '../../registry/registry-reads';
import { type RegistryEntry, TenantRegistry } from '../../registry/tenant-registry.entity';

/** The fields of an entry as JSON has them, by their names. */
export type KeptFields = Record<string, unknown>;

/**
 * Puts back what a step changed of the tenant's entry, where it is still as the step left it: `before` and `after` are the
 * fields that it changed. Clubs that it added are taken out. A tenant without an entry stays without.
 */
export async function restoreEntry(
  database: Database,
  transaction: Transaction,
  tenantId: string,
  { before, after }: { before: KeptFields; after: KeptFields },
): Promise<void> {
  const entry = await readEntry(database, transaction, tenantId);
  if (entry === null) return;
  const { teeTimeClubIds: clubsAfter, ...fields } = after;
  const clubsBefore = clubsOf(before['teeTimeClubIds']);
  const added = clubsOf(clubsAfter).filter((id) => !clubsBefore.includes(id));
  const now = asKept(entry);
  const names = Object.keys(fields).filter((name) => isDeepStrictEqual(now[name], fields[name]));
  if (names.length + added.length === 0) return;
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

/** An entry as it is kept with a step. */
export function asKept(entry: RegistryEntry): KeptFields {
  return JSON.parse(JSON.stringify(entry)) as KeptFields;
}

function clubsOf(kept: unknown): string[] {
  return Array.isArray(kept) ? kept.map(String) : [];
}
