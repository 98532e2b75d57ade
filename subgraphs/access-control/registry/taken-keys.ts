import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import { type CodedError, conflict } from '../../../shared/errors/coded-error';
import type { UniqueKey } from './claimed-keys';
import type { TenantProvisionConfig } from './provision-config';

/** The unique constraints that a registry entry can meet, and what the caller of provisioning learns of them. */
export const registryConflicts = {
  tenant_registry_scl_tenant_code_key: {
    path: 'input.scl.code',
    message: 'another tenant has this SCL code',
  },
  tenant_registry_messaging_tenant_id_key: {
    path: 'input.messaging.tenantId',
    message: 'another tenant has this Messaging id',
  },
  tenant_registry_crm_tenant_id_key: { path: 'input.crm', message: 'another tenant has this CRM id' },
};

/** The keys of a configuration that one tenant at most can have. */
export function uniqueKeysOf({ scl, teeTime, messaging }: TenantProvisionConfig): UniqueKey[] {
  return [
    ...(scl ? [{ kind: 'SCL_CODE', key: scl.code } as const] : []),
    ...clubKeysOf(teeTime?.clubIds ?? []),
    ...(messaging ? [{ kind: 'MESSAGING_ID', key: messaging.tenantId } as const] : []),
  ];
}

export function clubKeysOf(clubIds: readonly string[]): UniqueKey[] {
  return clubIds.map((key) => ({ kind: 'CLUB_ID', key }));
}

/** Those of the keys that another tenant than this one has in the registry or claims. `everyTenant` reads all tenants' rows. */
export function readTakenKeys(
  everyTenant: SqlRunner,
  tenantId: string | null,
  keys: readonly UniqueKey[],
): Promise<UniqueKey[]> {
  const isOther = sql`tenant_id IS DISTINCT FROM ${tenantId}::uuid`;
  return everyTenant.rows<UniqueKey>(sql`
    SELECT given.kind, given.key
    FROM unnest(${keys.map(({ kind }) => kind)}::text[], ${keys.map(({ key }) => key)}::text[])
      WITH ORDINALITY AS given(kind, key, place)
    WHERE EXISTS (SELECT FROM access_control.claimed_key k
        WHERE k.kind = given.kind AND k.key = given.key AND k.${isOther})
      OR given.kind = 'SCL_CODE' AND EXISTS (SELECT FROM access_control.tenant_registry r
        WHERE r.scl_tenant_code = given.key AND r.${isOther})
      OR given.kind = 'MESSAGING_ID' AND EXISTS (SELECT FROM access_control.tenant_registry r
        WHERE r.messaging_tenant_id = given.key AND r.${isOther})
      OR CASE WHEN given.kind = 'CLUB_ID' THEN EXISTS (SELECT FROM access_control.tenant_registry_club c
        WHERE c.club_id = given.key::uuid AND c.${isOther}) END
    ORDER BY given.place`);
}

/** `CONFLICT` for each kind of key that another tenant has, in the order of the input's fields. */
export function takenKeyConflicts(taken: readonly UniqueKey[]): CodedError[] {
  const of = (kind: UniqueKey['kind']) => taken.filter((each) => each.kind === kind).map(({ key }) => key);
  const { tenant_registry_scl_tenant_code_key: code, tenant_registry_messaging_tenant_id_key: messagingId } =
    registryConflicts;
  const clubIds = of('CLUB_ID');
  const clubCodes = of('CLUB_CODE');
  return [
    ...(of('SCL_CODE').length > 0 ? [conflict(code.path, code.message)] : []),
    ...(clubIds.length > 0 ? [takenClubs('input.teeTime.clubIds', clubIds)] : []),
    ...(clubCodes.length > 0 ? [takenClubs('input.teeTime.clubs', clubCodes)] : []),
    ...(of('MESSAGING_ID').length > 0 ? [conflict(messagingId.path, messagingId.message)] : []),
  ];
}

/** The first of them. */
export function takenKeyRefusal(taken: readonly UniqueKey[]): Error {
  return takenKeyConflicts(taken)[0] ?? new Error('No key is taken');
}

/** `CONFLICT` for clubs, by their ids or codes, that are another tenant's. */
export function takenClubs(path: string, clubs: readonly string[]): CodedError {
  return conflict(path, `another tenant has ${clubs.join(', ')}`);
}
