import sql, { raw } from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import type { Transaction } from '../../../shared/database/database';
import { conflict } from '../../../shared/errors/coded-error';
import { assertJourneysFit, replaceSteps } from '../journeys/journey-store';
import { assertSegmentsFit } from '../segments/segment-store';
import { isOfTenant, isOfTenants, TENANT_COLUMNS, type TenantRow, tenantRowOf } from '../tenancy/tenant-row';
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
    WITH held AS (
      SELECT * FROM unnest(${tenantIds}::uuid[], ${tenants.map(({ tenantSlug }) => tenantSlug)}::text[])
        AS held(tenant_id, tenant_slug)
    ), renewed AS (
      UPDATE template_pack_installation own
      SET version = ${pack.version}::int, installed_by = ${subject}, installed_at = now()
      FROM held WHERE ${isOfTenant('own', raw('held.tenant_id'))} AND own.pack_key = ${pack.key}
        AND own.version < ${pack.version}::int
    )
    INSERT INTO template_pack_installation (${raw(TENANT_COLUMNS)}, pack_key, version, installed_by, run_id)
    SELECT held.*, ${pack.key}, ${pack.version}::int, ${subject}, ${runId}::uuid FROM held
    WHERE NOT EXISTS (
      SELECT FROM template_pack_installation own
      WHERE ${isOfTenant('own', raw('held.tenant_id'))} AND own.pack_key = ${pack.key})`);
}

/** Of rows under the alias `own`: it is the tenant's that is `given`, and has the given name. The tenants are locked: nobody adds one. */
const isNamesake = sql`${isOfTenant('own', raw('given.tenant_id'))} AND own.name = given.name`;

async function assertNamesFree(
  transaction: Transaction,
  tenantIds: string[],
  { key, segments, journeys }: TemplatePack,
  path: string,
): Promise<void> {
  const taken = await transaction.row<{ thing: string; name: string; owner: string | null }>(sql`
    SELECT 'segment' AS thing, s.name, s.pack_key AS owner FROM segment s
    WHERE ${isOfTenants('s', tenantIds)} AND s.name = ANY (${segments.map(({ name }) => name)}::text[])
      AND s.pack_key IS DISTINCT FROM ${key}
    UNION ALL
    SELECT 'journey', j.name, j.pack_key FROM journey j
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
    WITH given AS (
      SELECT * FROM unnest(
        ${rows.map(({ id }) => id)}::uuid[],
        ${rows.map(({ tenantId }) => tenantId)}::uuid[],
        ${rows.map(({ tenantSlug }) => tenantSlug)}::text[],
        ${rows.map(({ name }) => name)}::text[],
        ${rows.map(({ description }) => description)}::text[],
        ${rows.map(({ criteria }) => JSON.stringify(criteria))}::jsonb[]
      ) AS given(id, tenant_id, tenant_slug, name, description, criteria)
    ), renewed AS (
      UPDATE segment own SET description = given.description, criteria = given.criteria,
        pack_version = ${pack.version}::int, updated_by = ${subject}, updated_at = now()
      FROM given WHERE ${isNamesake} AND own.pack_version < ${pack.version}::int
    )
    INSERT INTO segment (id, ${raw(TENANT_COLUMNS)}, name, description, criteria,
      is_system, pack_key, pack_version, created_by, updated_by)
    SELECT given.*, true, ${pack.key}, ${pack.version}::int, ${subject}, ${subject} FROM given
    WHERE NOT EXISTS (SELECT FROM segment own WHERE ${isNamesake})`);
}

async function writeJourneys(
  transaction: Transaction,
  { tenants, pack, subject }: Installation,
): Promise<void> {
  const rows = tenants.flatMap((tenant) =>
    pack.journeys.map((journey) => ({ ...tenant, ...journey, id: uuid7() })),
  );
  const columns = raw(`own.id, own.name, ${tenantRowOf('own')}`);
  const written = await transaction.rows<TenantRow & { id: string; name: string }>(sql`
    WITH given AS (
      SELECT * FROM unnest(
        ${rows.map(({ id }) => id)}::uuid[],
        ${rows.map(({ tenantId }) => tenantId)}::uuid[],
        ${rows.map(({ tenantSlug }) => tenantSlug)}::text[],
        ${rows.map(({ name }) => name)}::text[],
        ${rows.map(({ description }) => description)}::text[],
        ${rows.map(({ triggerType }) => triggerType)}::text[]
      ) AS given(id, tenant_id, tenant_slug, name, description, trigger_type)
    ), renewed AS (
      UPDATE journey own SET description = given.description, trigger_type = given.trigger_type,
        pack_version = ${pack.version}::int, updated_by = ${subject}, updated_at = now()
      FROM given WHERE ${isNamesake} AND own.pack_version < ${pack.version}::int
      RETURNING ${columns}
    ), added AS (
      INSERT INTO journey AS own (id, ${raw(TENANT_COLUMNS)}, name, description, trigger_type,
        is_system, pack_key, pack_version, created_by, updated_by)
      SELECT given.*, true, ${pack.key}, ${pack.version}::int, ${subject}, ${subject} FROM given
      WHERE NOT EXISTS (SELECT FROM journey own WHERE ${isNamesake})
      RETURNING ${columns}
    )
    SELECT * FROM renewed UNION ALL SELECT * FROM added`);
  const stepsByName = new Map(pack.journeys.map(({ name, steps }) => [name, steps]));
  await replaceSteps(
    transaction,
    written.map(({ name, ...journey }) => ({ ...journey, steps: stepsByName.get(name) ?? [] })),
  );
}
