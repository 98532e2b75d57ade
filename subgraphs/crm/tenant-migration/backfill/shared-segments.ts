import sql, { join, raw, type Sql } from 'sql-template-tag';
import { v5 as uuid5, v7 as uuid7 } from 'uuid';
import type { SqlRunner } from '../../../../shared/database/database';
import { YOLO_TENANT_ID } from '../../../../shared/tenancy/well-known-tenants';
import { templatePacks } from '../../template-packs/template-packs';
import { retireRows } from '../quarantine/retire-rows';
import { getMigratedTable, IS_SHARED_SEGMENT } from '../rows/table-rows';
import { migratedTables } from '../schema/migrated-tables';

/** Who writes what the backfill writes by itself. */
export const BACKFILL = 'crm-tenancy-backfill';

export interface GivenSegments {
  /** Segments that tenants got of their own. */
  copies: number;
  /** Shared segments that are no more. */
  retired: number;
}

/** A tenant as rows name it today. */
interface RowTenant {
  id: string;
  slug: string;
}

/**
 * Ends segments that belong to no tenant: each tenant that CRM has rows of gets copies of its own, unless it has the system
 * segments of another pack, and Yolo those of its own pack instead. A name that the tenant uses already stays what it
 * is. The shared ones are retired, so that it happens once. Source: A10, A35, A36.
 */
export async function giveSharedSegments(runner: SqlRunner): Promise<GivenSegments> {
  const shared = await runner.rows<{ id: string }>(
    sql`SELECT l.id FROM crm.segment l WHERE ${raw(IS_SHARED_SEGMENT)} ORDER BY l.id FOR UPDATE`,
  );
  if (shared.length === 0) return { copies: 0, retired: 0 };
  const tenants = await tenantsWithRows(runner);
  const clubs = tenants.filter(({ id }) => id !== YOLO_TENANT_ID);
  const yolo = tenants.filter(({ id }) => id === YOLO_TENANT_ID);
  const copies = await copySegments(runner, { shared, tenants: clubs });
  const ofPack = await writePackSegments(runner, yolo);
  const retired = await retireRows(runner, getMigratedTable('segment'), {
    scope: raw(IS_SHARED_SEGMENT),
    by: BACKFILL,
  });
  return { copies: copies + ofPack, retired };
}

async function tenantsWithRows(runner: SqlRunner): Promise<RowTenant[]> {
  const hasRows = migratedTables.map(
    ({ name }) => sql`EXISTS (SELECT FROM ${raw(`crm.${name}`)} r WHERE r.tenant_uuid = t.id)`,
  );
  return runner.rows<RowTenant>(
    sql`SELECT t.id, t.slug FROM crm.tenant t WHERE ${join(hasRows, ' OR ')} ORDER BY t.id`,
  );
}

/** The copy of a segment at a tenant has always the same id, so that whoever looks can tell what it is a copy of. */
export const copyId = (tenantId: string, sharedId: string): string =>
  uuid5(`shared-segment:${sharedId}`, tenantId);

async function copySegments(
  runner: SqlRunner,
  { shared, tenants }: { shared: { id: string }[]; tenants: RowTenant[] },
): Promise<number> {
  const pairs = tenants.flatMap((tenant) =>
    shared.map(({ id }) => ({ id: copyId(tenant.id, id), sharedId: id, tenant })),
  );
  return insert(
    runner,
    sql`
      SELECT c.id, c.tenant_id, c.slug, s.name, s.description, s.type, s.criteria, s.is_active, s.pack_key, s.pack_version
      FROM unnest(
        ${pairs.map(({ id }) => id)}::uuid[],
        ${pairs.map(({ sharedId }) => sharedId)}::uuid[],
        ${pairs.map(({ tenant }) => tenant.id)}::uuid[],
        ${pairs.map(({ tenant }) => tenant.slug)}::text[]
      ) AS c(id, shared_id, tenant_id, slug) JOIN crm.segment s ON s.id = c.shared_id`,
  );
}

async function writePackSegments(runner: SqlRunner, tenants: RowTenant[]): Promise<number> {
  const { key, version, segments } = templatePacks.YOLO_B2B;
  const rows = tenants.flatMap((tenant) => segments.map((segment) => ({ ...segment, tenant, id: uuid7() })));
  return insert(
    runner,
    sql`
      SELECT p.id, p.tenant_id, p.slug, p.name, p.description, 'DYNAMIC'::text AS type, p.criteria, true AS is_active,
        ${key}::text AS pack_key, ${version}::int AS pack_version
      FROM unnest(
        ${rows.map(({ id }) => id)}::uuid[],
        ${rows.map(({ tenant }) => tenant.id)}::uuid[],
        ${rows.map(({ tenant }) => tenant.slug)}::text[],
        ${rows.map(({ name }) => name)}::text[],
        ${rows.map(({ description }) => description)}::text[],
        ${rows.map(({ criteria }) => JSON.stringify(criteria))}::jsonb[]
      ) AS p(id, tenant_id, slug, name, description, criteria)`,
  );
}

async function insert(runner: SqlRunner, rows: Sql): Promise<number> {
  const row = await runner.row<{ written: number }>(sql`
    WITH written AS (
      INSERT INTO crm.segment (id, tenant_uuid, tenant_id, name, description, type, criteria, is_active, is_system,
        pack_key, pack_version, created_by, updated_by)
      SELECT g.id, g.tenant_id, g.slug, g.name, g.description, g.type, g.criteria, g.is_active, true,
        g.pack_key, g.pack_version, ${BACKFILL}, ${BACKFILL}
      FROM (${rows}) g
      WHERE NOT EXISTS (
        SELECT FROM crm.segment own
        WHERE own.tenant_uuid = g.tenant_id AND (own.name = g.name OR own.pack_key <> g.pack_key))
      ON CONFLICT DO NOTHING
      RETURNING 1
    ) SELECT count(*)::int AS written FROM written`);
  return row?.written ?? 0;
}
