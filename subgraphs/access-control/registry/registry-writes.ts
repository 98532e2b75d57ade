import sql, { join, raw, type Sql } from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import type { SqlRunner } from '../../../shared/database/database';
import { badInput, CodedError, conflict } from '../../../shared/errors/coded-error';
import type { TenantSystem } from '../../../shared/tenancy/tenant-directory';
import type { TenantProvisionConfig } from './provision-config';
import { enabledColumns } from './registry-columns';

/** Clubs that one tenant can have in the registry, so that the array stays an answerable one. */
const MAX_CLUBS = 1_000;

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

/**
 * Locks the tenant, so that changes to its entry follow one another, and creates the entry where it is missing.
 * Returns whether the entry is new. Throws `TENANT_NOT_FOUND`.
 */
export async function openEntry(transaction: SqlRunner, tenantId: string, path: string): Promise<boolean> {
  const tenant = await transaction.row(
    sql`SELECT id FROM access_control.tenant WHERE id = ${tenantId} FOR UPDATE`,
  );
  if (tenant === null) {
    const message = 'no tenant has this id';
    throw new CodedError('TENANT_NOT_FOUND', `${path}: ${message}`, {
      fields: [{ path, constraint: 'exists', message }],
    });
  }
  const created = await transaction.row(sql`
    INSERT INTO access_control.tenant_registry (id, tenant_id) VALUES (${uuid7()}, ${tenantId})
    ON CONFLICT (tenant_id) DO NOTHING RETURNING id`);
  return created !== null;
}

/** Enables or disables a system. An entry that is so already stays untouched. */
export async function setSystemEnabled(
  transaction: SqlRunner,
  tenantId: string,
  system: TenantSystem,
  enabled: boolean,
): Promise<void> {
  const column = raw(enabledColumns[system]);
  const crmKey = system === 'crm' && enabled ? sql`, ${crmTenantIdIsUuid}` : sql``;
  await transaction.rows(sql`
    UPDATE access_control.tenant_registry SET ${column} = ${enabled}, updated_at = now() ${crmKey}
    WHERE tenant_id = ${tenantId} AND ${column} <> ${enabled}`);
}

/** Writes the given parts of the configuration. Throws `CONFLICT` when a club is another tenant's. */
export async function writeConfig(
  transaction: SqlRunner,
  tenantId: string,
  config: TenantProvisionConfig,
): Promise<void> {
  const { scl, teeTime, messaging, crm, billing, payments, association } = config;
  const changes: Sql[] = [sql`provisioned_at = now()`, sql`updated_at = now()`];
  if (scl) changes.push(sql`scl_tenant_code = ${scl.code}`, sql`scl_enabled = true`);
  if (teeTime) changes.push(sql`teetime_enabled = true`);
  if (messaging)
    changes.push(sql`messaging_tenant_id = ${messaging.tenantId}`, sql`messaging_enabled = true`);
  if (crm) changes.push(sql`crm_enabled = ${crm.enabled}`);
  if (crm?.enabled) changes.push(crmTenantIdIsUuid);
  if (billing !== undefined && billing !== null) changes.push(sql`billing_enabled = ${billing}`);
  if (payments) {
    changes.push(
      sql`payment_providers = ${payments.providers}::text[]`,
      sql`payments_enabled = ${payments.providers.length > 0}`,
    );
  }
  if (association) {
    changes.push(
      sql`association_provider = ${association.provider}`,
      sql`association_member_id = ${association.memberId ?? null}`,
    );
  }
  await transaction.rows(
    sql`UPDATE access_control.tenant_registry SET ${join(changes)} WHERE tenant_id = ${tenantId}`,
  );
  if (teeTime) await addClubs(transaction, tenantId, teeTime.clubIds, 'input.teeTime.clubIds');
}

/** Maps clubs to the tenant; those that it has already stay where they are. Throws `CONFLICT` for another tenant's. */
export async function addClubs(
  transaction: SqlRunner,
  tenantId: string,
  clubIds: string[],
  path: string,
): Promise<void> {
  const added = await transaction.rows(sql`
    INSERT INTO access_control.tenant_registry_club (club_id, tenant_id)
    SELECT club_id, ${tenantId} FROM unnest(${clubIds}::uuid[]) WITH ORDINALITY AS given(club_id, place)
    ORDER BY place
    ON CONFLICT (club_id) DO NOTHING RETURNING club_id`);
  if (added.length > 0) await touchEntry(transaction, tenantId);
  const taken = await transaction.rows<{ clubId: string }>(sql`
    SELECT club_id AS "clubId" FROM access_control.tenant_registry_club
    WHERE club_id = ANY (${clubIds}::uuid[]) AND tenant_id <> ${tenantId}`);
  if (taken.length > 0) {
    throw conflict(path, `another tenant has ${taken.map((club) => club.clubId).join(', ')}`);
  }
  const counted = await transaction.row<{ count: number }>(
    sql`SELECT count(*)::int AS count FROM access_control.tenant_registry_club WHERE tenant_id = ${tenantId}`,
  );
  if (counted && counted.count > MAX_CLUBS) {
    throw badInput(path, 'maxClubs', `a tenant has at most ${MAX_CLUBS} clubs`);
  }
}

/** Takes a club out of the tenant's mapping, if it is there. */
export async function removeClub(transaction: SqlRunner, tenantId: string, clubId: string): Promise<void> {
  const removed = await transaction.rows(sql`
    DELETE FROM access_control.tenant_registry_club
    WHERE club_id = ${clubId} AND tenant_id = ${tenantId} RETURNING club_id`);
  if (removed.length > 0) await touchEntry(transaction, tenantId);
}

async function touchEntry(transaction: SqlRunner, tenantId: string): Promise<void> {
  await transaction.rows(
    sql`UPDATE access_control.tenant_registry SET updated_at = now() WHERE tenant_id = ${tenantId}`,
  );
}

/** CRM knows the tenant by the text of its UUID, unless an older key is still in use. */
const crmTenantIdIsUuid = sql`crm_tenant_id = coalesce(crm_tenant_id, tenant_id::text)`;
