import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import type { TemplatePackKey } from '../graphql.generated';
import { isOfTenant, type TenantRow, tenantRowOf } from '../tenancy/tenant-row';

/** Which version of a pack a tenant has. */
export interface TemplatePackInstallation extends TenantRow {
  pack: TemplatePackKey;
  version: number;
  installedAt: Date;
  /** The provisioning run that installed it, or `null`. */
  runId: string | null;
}

const COLUMNS = `${tenantRowOf('i')}, i.pack_key AS pack, i.version, i.installed_at AS "installedAt",
  i.run_id AS "runId"`;

/** The pack's installation at the tenant, or `null`. */
export function findInstallation(
  transaction: SqlRunner,
  tenantId: string,
  pack: TemplatePackKey,
): Promise<TemplatePackInstallation | null> {
  return transaction.row<TemplatePackInstallation>(sql`
    SELECT ${raw(COLUMNS)}
    FROM template_pack_installation i WHERE ${isOfTenant('i', tenantId)} AND i.pack_key = ${pack}`);
}

/** The installations at the tenant that a provisioning run made. */
export function listInstallationsOfRun(
  transaction: SqlRunner,
  tenantId: string,
  runId: string,
): Promise<TemplatePackInstallation[]> {
  return transaction.rows<TemplatePackInstallation>(sql`
    SELECT ${raw(COLUMNS)} FROM template_pack_installation i
    WHERE ${isOfTenant('i', tenantId)} AND i.run_id = ${runId} ORDER BY i.pack_key`);
}

/** What a pack owns at the tenant, row by row as it is stored: an installation may change all of it. */
export async function listOwnedByPack(
  transaction: SqlRunner,
  tenantId: string,
  pack: TemplatePackKey,
): Promise<{ segments: object[]; journeys: object[]; journeySteps: object[] }> {
  const owned = await transaction.row<{ segments: object[]; journeys: object[]; journeySteps: object[] }>(sql`
    SELECT
      ARRAY (SELECT to_jsonb(s) FROM segment s
             WHERE ${isOfTenant('s', tenantId)} AND s.pack_key = ${pack} ORDER BY s.name) AS segments,
      ARRAY (SELECT to_jsonb(j) FROM journey j
             WHERE ${isOfTenant('j', tenantId)} AND j.pack_key = ${pack} ORDER BY j.name) AS journeys,
      ARRAY (SELECT to_jsonb(t) FROM journey_step t JOIN journey j ON j.id = t.journey_id
             WHERE ${isOfTenant('j', tenantId)} AND j.pack_key = ${pack}
             ORDER BY j.name, t.step_number) AS "journeySteps"`);
  return owned ?? { segments: [], journeys: [], journeySteps: [] };
}
