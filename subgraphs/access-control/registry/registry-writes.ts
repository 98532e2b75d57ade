import sql, { join, raw, type Sql } from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import type { SqlRunner } from '../../../shared/database/database';
import { badInput, type CodedError, notThere, tenantNotFound } from '../../../shared/errors/coded-error';
import type { TenantSystem } from '../../../shared/tenancy/tenant-directory';
import type { TenantProvisionConfig } from './provision-config';
import { enabledColumns } from './registry-columns';
import { takenClubs } from './taken-keys';

/** Clubs that one tenant can have in the registry, so that the array stays an answerable one. */
export const MAX_CLUBS = 1_000;

/**
 * Locks the tenant, so that changes to its entry follow one another, and creates the entry where it is missing. The
 * first entry of a tenant that was there before has TeeTime and CRM enabled, which answered it by its UUID until then.
 * Returns whether the entry is new. Throws `TENANT_NOT_FOUND`.
 */
export async function openEntry(
  transaction: SqlRunner,
  tenantId: string,
  { path, isNewTenant = false }: { path: string; isNewTenant?: boolean },
): Promise<boolean> {
  const tenant = await transaction.row(
    sql`SELECT id FROM access_control.tenant WHERE id = ${tenantId} FOR UPDATE`,
  );
  if (tenant === null) throw tenantNotFound(path);
  const isDirect = !isNewTenant;
  const created = await transaction.rows(sql`
    INSERT INTO access_control.tenant_registry (id, tenant_id, teetime_enabled, crm_enabled, crm_tenant_id)
    VALUES (${uuid7()}, ${tenantId}, ${isDirect}, ${isDirect}, ${isDirect ? tenantId : null})
    ON CONFLICT (tenant_id) DO NOTHING RETURNING id`);
  return created.length > 0;
}

/**
 * Locks the tenant as `openEntry` does, for a change that means nothing without an entry. Throws `TENANT_NOT_FOUND`, and
 * `NOT_FOUND` for a tenant that has none.
 */
export async function enterEntry(
  transaction: SqlRunner,
  tenantId: string,
  { path }: { path: string },
): Promise<void> {
  const tenant = await transaction.row<{ hasEntry: boolean }>(sql`
    SELECT EXISTS (SELECT FROM access_control.tenant_registry r WHERE r.tenant_id = t.id) AS "hasEntry"
    FROM access_control.tenant t WHERE t.id = ${tenantId} FOR UPDATE`);
  if (tenant === null) throw tenantNotFound(path);
  if (!tenant.hasEntry) throw notThere(path, 'the tenant has no registry entry');
}

/** Enables or disables a system. An entry that is so already stays untouched. */
export async function setSystemEnabled(
  transaction: SqlRunner,
  tenantId: string,
  system: TenantSystem,
  enabled: boolean,
): Promise<void> {
  const column = raw(enabledColumns[system]);
  const alsoCrmKey = system === 'crm' && enabled ? sql`, crm_tenant_id = ${crmKey}` : sql``;
  await transaction.rows(sql`
    UPDATE access_control.tenant_registry SET ${column} = ${enabled}, updated_at = now() ${alsoCrmKey}
    WHERE tenant_id = ${tenantId} AND ${column} <> ${enabled}`);
}

/**
 * Writes the given parts of the configuration. Returns whether that changed anything. Throws `CONFLICT` when a club is
 * another tenant's, and what the unique constraints throw.
 */
export async function writeConfig(
  transaction: SqlRunner,
  tenantId: string,
  config: TenantProvisionConfig,
): Promise<boolean> {
  const clubIds = config.teeTime?.clubIds ?? [];
  const hasNewClubs = await addClubs(transaction, tenantId, clubIds, 'input.teeTime.clubIds');
  const values = Object.entries(columnsOf(config));
  if (values.length === 0) return hasNewClubs;
  const assignments = values.map(([column, value]) => sql`${raw(column)} = ${value}`);
  const differences = values.map(([column, value]) => sql`${raw(column)} IS DISTINCT FROM ${value}`);
  const changed = await transaction.rows(sql`
    UPDATE access_control.tenant_registry SET ${join([...assignments, sql`updated_at = now()`])}
    WHERE tenant_id = ${tenantId} AND (${join([...differences, sql`${hasNewClubs}`], ' OR ')})
    RETURNING id`);
  return changed.length > 0;
}

/** Notes that provisioning completed now; one that changed nothing leaves the time of an earlier one. */
export async function markProvisioned(
  transaction: SqlRunner,
  tenantId: string,
  { isChanged }: { isChanged: boolean },
): Promise<void> {
  await transaction.rows(sql`
    UPDATE access_control.tenant_registry SET provisioned_at = now(), updated_at = now()
    WHERE tenant_id = ${tenantId} AND (${isChanged} OR provisioned_at IS NULL)`);
}

/** What the configuration says of the entry's columns; a part that is absent says nothing. */
function columnsOf(config: TenantProvisionConfig): Record<string, Sql> {
  const { scl, teeTime, messaging, crm, billing, payments, association } = config;
  return {
    ...(scl && { scl_tenant_code: sql`${scl.code}`, scl_enabled: raw('true') }),
    ...(teeTime && { teetime_enabled: raw('true') }),
    ...(messaging && { messaging_tenant_id: sql`${messaging.tenantId}`, messaging_enabled: raw('true') }),
    ...(crm && { crm_enabled: sql`${crm.enabled}` }),
    ...(crm?.enabled && { crm_tenant_id: crmKey }),
    ...(typeof billing === 'boolean' && { billing_enabled: sql`${billing}` }),
    ...(payments && {
      payment_providers: sql`${payments.providers}::text[]`,
      payments_enabled: sql`${payments.providers.length > 0}`,
    }),
    ...(association && {
      association_provider: sql`${association.provider}`,
      association_member_id: sql`${association.memberId ?? null}::text`,
    }),
  };
}

/**
 * Maps clubs to the tenant; those that it has already stay where they are. Returns whether one is new.
 * Throws `CONFLICT` for another tenant's, and `BAD_USER_INPUT` beyond 1 000 clubs.
 */
export async function addClubs(
  transaction: SqlRunner,
  tenantId: string,
  clubIds: readonly string[],
  path: string,
): Promise<boolean> {
  if (clubIds.length === 0) return false;
  const added = await transaction.rows(sql`
    INSERT INTO access_control.tenant_registry_club (club_id, tenant_id)
    SELECT club_id, ${tenantId} FROM unnest(${[...clubIds]}::uuid[]) WITH ORDINALITY AS given(club_id, place)
    ORDER BY place
    ON CONFLICT (club_id) DO NOTHING RETURNING club_id`);
  // What is not ours by now is another tenant's, whether the caller reaches that tenant or not.
  const taken = await transaction.rows<{ clubId: string }>(sql`
    SELECT given.club_id AS "clubId" FROM unnest(${[...clubIds]}::uuid[]) AS given(club_id)
    WHERE NOT EXISTS (
      SELECT FROM access_control.tenant_registry_club own
      WHERE own.club_id = given.club_id AND own.tenant_id = ${tenantId})`);
  if (taken.length > 0) {
    throw takenClubs(
      path,
      taken.map((club) => club.clubId),
    );
  }
  const counted = await transaction.row<{ count: number }>(
    sql`SELECT count(*)::int AS count FROM access_control.tenant_registry_club WHERE tenant_id = ${tenantId}`,
  );
  const problem = counted && tooManyClubs(path, counted.count);
  if (problem) throw problem;
  return added.length > 0;
}

/** `BAD_USER_INPUT` when one tenant cannot have so many clubs; `null` when it can. */
export function tooManyClubs(path: string, count: number): CodedError | null {
  return count > MAX_CLUBS ? badInput(path, 'maxClubs', `a tenant has at most ${MAX_CLUBS} clubs`) : null;
}

/** Takes a club out of the tenant's mapping, if it is there. */
export async function removeClub(transaction: SqlRunner, tenantId: string, clubId: string): Promise<void> {
  const removed = await transaction.rows(sql`
    DELETE FROM access_control.tenant_registry_club
    WHERE club_id = ${clubId} AND tenant_id = ${tenantId} RETURNING club_id`);
  if (removed.length > 0) await touchEntry(transaction, tenantId);
}

/** Notes that something of the entry changed. */
export async function touchEntry(transaction: SqlRunner, tenantId: string): Promise<void> {
  await transaction.rows(
    sql`UPDATE access_control.tenant_registry SET updated_at = now() WHERE tenant_id = ${tenantId}`,
  );
}

/** CRM knows the tenant by the text of its UUID, unless an older key is still in use. */
const crmKey = sql`coalesce(crm_tenant_id, tenant_id::text)`;
