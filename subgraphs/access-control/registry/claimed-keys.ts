import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';

/** A key that one tenant at most has: its code in SCL, its id in Messaging, a club of TeeTime's by id or by code. */
export interface UniqueKey {
  kind: 'SCL_CODE' | 'MESSAGING_ID' | 'CLUB_ID' | 'CLUB_CODE';
  key: string;
}

/**
 * Claims the keys for the tenant until they are released; those that another tenant claims stay that tenant's. Waits for
 * transactions that claim the same. Returns the keys that the tenant had not claimed before.
 */
export function claimKeys(
  transaction: SqlRunner,
  tenantId: string,
  keys: readonly UniqueKey[],
): Promise<UniqueKey[]> {
  // In one order, so that two who claim the same keys do not wait for each other.
  return transaction.rows<UniqueKey>(sql`
    INSERT INTO access_control.claimed_key (kind, key, tenant_id)
    SELECT DISTINCT given.kind, given.key, ${tenantId}::uuid
    FROM unnest(${kindsOf(keys)}::text[], ${namesOf(keys)}::text[]) AS given(kind, key)
    ORDER BY given.kind, given.key
    ON CONFLICT (kind, key) DO NOTHING RETURNING kind, key`);
}

/** Those of the keys that the tenant has not claimed, after it tried to: another tenant has. */
export function keysClaimedByOthers(
  transaction: SqlRunner,
  tenantId: string,
  keys: readonly UniqueKey[],
): Promise<UniqueKey[]> {
  return transaction.rows<UniqueKey>(sql`
    SELECT given.kind, given.key
    FROM unnest(${kindsOf(keys)}::text[], ${namesOf(keys)}::text[]) WITH ORDINALITY AS given(kind, key, place)
    LEFT JOIN access_control.claimed_key k
      ON k.kind = given.kind AND k.key = given.key AND k.tenant_id = ${tenantId}
    WHERE k.key IS NULL ORDER BY given.place`);
}

export async function releaseKeys(
  transaction: SqlRunner,
  tenantId: string,
  keys: readonly UniqueKey[],
): Promise<void> {
  if (keys.length === 0) return;
  await transaction.rows(sql`
    DELETE FROM access_control.claimed_key k
    USING unnest(${kindsOf(keys)}::text[], ${namesOf(keys)}::text[]) AS given(kind, key)
    WHERE k.kind = given.kind AND k.key = given.key AND k.tenant_id = ${tenantId}`);
}

/** Releases everything that the tenant claims. */
export async function releaseAllKeys(transaction: SqlRunner, tenantId: string): Promise<void> {
  await transaction.rows(sql`DELETE FROM access_control.claimed_key WHERE tenant_id = ${tenantId}`);
}

const kindsOf = (keys: readonly UniqueKey[]) => keys.map(({ kind }) => kind);
const namesOf = (keys: readonly UniqueKey[]) => keys.map(({ key }) => key);

/**
 * Runs `write`, which puts the keys into the tenant's entry, while the tenant claims them. Throws what `refusal` makes of
 * keys that another tenant claims.
 */
export async function whileClaimed(
  transaction: SqlRunner,
  { tenantId, keys }: { tenantId: string; keys: readonly UniqueKey[] },
  refusal: (taken: UniqueKey[]) => Error,
  write: () => Promise<unknown>,
): Promise<void> {
  const claimed = await claimKeys(transaction, tenantId, keys);
  const taken = await keysClaimedByOthers(transaction, tenantId, keys);
  if (taken.length > 0) throw refusal(taken);
  await write();
  await releaseKeys(transaction, tenantId, claimed);
}
