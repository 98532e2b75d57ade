import sql, { raw } from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import type { Transaction } from '../../../shared/database/database';
import { conflict } from '../../../shared/errors/coded-error';
import { assertJourneysFit, replaceSteps } from '../journeys/journey-store';
import { assertSegmentsFit } from '../segments/segment-store';
import { isOfTenants, TENANT_COLUMNS, TENANT_KEY, type TenantRow, tenantRowOf } from '../tenancy/tenant-row';
import type { TemplatePack } from './template-packs';

export interface Installation {
  /** Locked, one transaction at a time. */
  tenants: TenantRow[];
  pack: TemplatePack;
  /** Who installs. */
  subject: string;
  /** The provisioning run that installs, if one does. A pack that was there before stays whose it was. */
  runId?: string | null;
  /** What the pack and the tenant are called in the caller's input; `pack` and `tenantId` unless given. */
  paths?: { pack: string; tenant: string };
}

/**
 * Writes the pack's segments, journeys and installation for all of the tenants at once. What is there in this version
 * or a newer one stays untouched. Throws `CONFLICT` that names what a tenant has of its own, or of another pack, under a
 * name of the pack, and `BAD_USER_INPUT` when a tenant would have too many; the transaction must then be given up. Source: A35–A37.
 */
export async function writeTemplatePack(transaction: Transaction, installation: Installation): Promise<void> {
  const tenantIds = installation.tenants.map(({ tenantId }) => tenantId);
  const { paths = { pack: 'pack', tenant: 'tenantId' } } = installation;
  await assertNamesFree(transaction, tenantIds, installation.pack, paths.pack);
  await writeSegments(transaction, installation);
  await writeJourneys(transaction, installation);
  await assertSegmentsFit(transaction, tenantIds, paths.tenant);
  await assertJourneysFit(transaction, tenantIds, paths.tenant);

  const { tenants, pack, subject, runId = null } = installation;
  await transaction.rows(sql`
    INSERT INTO crm.template_pack_installation AS own (${raw(TENANT_COLUMNS)}, pack_key, version, installed_by, run_id)
    SELECT held.*, ${pack.key}, ${pack.version}::int, ${subject}, ${runId}::uuid
    FROM unnest(${tenantIds}::uuid[], ${tenants.map(({ tenantSlug }) => tenantSlug)}::text[]) AS held
    ON CONFLICT (${raw(TENANT_KEY)}, pack_key) DO UPDATE
    SET version = excluded.version, installed_by = excluded.installed_by, installed_at = now()
    WHERE own.version < excluded.version`);
}

async function assertNamesFree(
  transaction: Transaction,
  tenantIds: string[],
  { key, segments, journeys }: TemplatePack,
  path: string,
): Promise<void> {
  const taken = await transaction.row<{ thing: string; name: string; owner: string | null }>(sql`
    SELECT 'segment' AS thing, s.name, s.pack_key AS owner FROM crm.segment s
    WHERE ${isOfTenants('s', tenantIds)} AND s.name = ANY (${segments.map(({ name }) => name)}::text[])
      AND s.pack_key IS DISTINCT FROM ${key}
    UNION ALL
    SELECT 'journey', j.name, j.pack_key FROM crm.journey j
    WHERE ${isOfTenants('j', tenantIds)} AND j.name = ANY (${journeys.map(({ name }) => name)}::text[])
      AND j.pack_key IS DISTINCT FROM ${key}
    ORDER BY 3 NULLS LAST, 1 DESC, 2 LIMIT 1`);
  if (taken === null) return;
  const { thing, name, owner } = taken;
  const message =
    owner === null
      ? `the tenant has a ${thing} "${name}" that is not this pack's; rename it first`
      : `the tenant has the pack ${owner}, which owns a ${thing} "${name}", as this pack would; it cannot have both`;
  throw conflict(path, message);
}

async function writeSegments(
  transaction: Transaction,
  { tenants, pack, subject }: Installation,
): Promise<void> {
  const rows = tenants.flatMap((tenant) =>
    pack.segments.map((segment) => ({ ...tenant, ...segment, id: uuid7() })),
  );
  await transaction.rows(sql`
    INSERT INTO crm.segment AS own (id, ${raw(TENANT_COLUMNS)}, name, description, criteria,
      is_system, pack_key, pack_version, created_by, updated_by)
    SELECT given.*, true, ${pack.key}, ${pack.version}::int, ${subject}, ${subject}
    FROM unnest(
      ${rows.map(({ id }) => id)}::uuid[],
      ${rows.map(({ tenantId }) => tenantId)}::uuid[],
      ${rows.map(({ tenantSlug }) => tenantSlug)}::text[],
      ${rows.map(({ name }) => name)}::text[],
      ${rows.map(({ description }) => description)}::text[],
      ${rows.map(({ criteria }) => JSON.stringify(criteria))}::jsonb[]
    ) AS given
    ON CONFLICT (${raw(TENANT_KEY)}, name) DO UPDATE
    SET description = excluded.description, criteria = excluded.criteria, pack_version = excluded.pack_version,
      updated_by = excluded.updated_by, updated_at = now()
    WHERE own.pack_version < excluded.pack_version`);
}

async function writeJourneys(
  transaction: Transaction,
  { tenants, pack, subject }: Installation,
): Promise<void> {
  const rows = tenants.flatMap((tenant) =>
    pack.journeys.map((journey) => ({ ...tenant, ...journey, id: uuid7() })),
  );
  const written = await transaction.rows<TenantRow & { id: string; name: string }>(sql`
    INSERT INTO crm.journey AS own (id, ${raw(TENANT_COLUMNS)}, name, description, trigger_type,
      is_system, pack_key, pack_version, created_by, updated_by)
    SELECT given.*, true, ${pack.key}, ${pack.version}::int, ${subject}, ${subject}
    FROM unnest(
      ${rows.map(({ id }) => id)}::uuid[],
      ${rows.map(({ tenantId }) => tenantId)}::uuid[],
      ${rows.map(({ tenantSlug }) => tenantSlug)}::text[],
      ${rows.map(({ name }) => name)}::text[],
      ${rows.map(({ description }) => description)}::text[],
      ${rows.map(({ triggerType }) => triggerType)}::text[]
    ) AS given
    ON CONFLICT (${raw(TENANT_KEY)}, name) DO UPDATE
    SET description = excluded.description, trigger_type = excluded.trigger_type,
      pack_version = excluded.pack_version, updated_by = excluded.updated_by, updated_at = now()
    WHERE own.pack_version < excluded.pack_version
    RETURNING own.id, own.name, ${raw(tenantRowOf('own'))}`);
  const stepsByName = new Map(pack.journeys.map(({ name, steps }) => [name, steps]));
  await replaceSteps(
    transaction,
    written.map(({ name, ...journey }) => ({ ...journey, steps: stepsByName.get(name) ?? [] })),
  );
}
