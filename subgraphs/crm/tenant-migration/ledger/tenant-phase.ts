import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';

/** Whether the tenant is at its cut-over or beyond, so that callers must name it by its UUID. Source: A25–A27. */
export async function isCutOver(runner: SqlRunner, tenantId: string): Promise<boolean> {
  const row = await runner.row<{ isCutOver: boolean }>(sql`
    SELECT coalesce(p.phase IN ('CUTOVER', 'COMPLETE'), s.stage = 'CONTRACTED') AS "isCutOver"
    FROM crm_tenancy.schema_stage s LEFT JOIN crm_tenancy.tenant_phase p ON p.tenant_id = ${tenantId}::uuid`);
  return row?.isCutOver ?? true;
}

/** The tenant to which an operator mapped this text of rows, or `null`. */
export async function findMappedTenant(runner: SqlRunner, slug: string): Promise<string | null> {
  const alias = await runner.row<{ tenantId: string }>(
    sql`SELECT tenant_id AS "tenantId" FROM crm_tenancy.slug_alias WHERE slug = ${slug}`,
  );
  return alias?.tenantId ?? null;
}
