import sql, { type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { readStage, type Stage } from '../schema/stage';
import { tenantTable } from '../schema/tenant-table';
import type { TenantPhase } from './phase';

/** A tenant as CRM knows it, and how far it is on its way. */
export interface MigratedTenant {
  tenantId: string;
  slug: string;
  phase: TenantPhase;
  /** Since when, and by whom; `null` for a tenant that nobody moved yet. */
  since: Date | null;
  changedBy: string | null;
}

export interface TenantChoice {
  phase?: TenantPhase;
  tenantId?: string;
  slug?: string;
  /** Only tenants whose slug comes after this one. */
  after?: string;
  /** As many at most; all of them where it is missing. */
  limit?: number;
}

/** The tenants that CRM knows, by slug. */
export async function readTenants(runner: SqlRunner, choice: TenantChoice = {}): Promise<MigratedTenant[]> {
  const stage = await readStage(runner);
  return runner.rows<MigratedTenant>(sql`
    SELECT * FROM (${tenantsWithPhase(stage)}) t
     WHERE (${choice.phase ?? null}::text IS NULL OR phase = ${choice.phase ?? null})
       AND (${choice.tenantId ?? null}::uuid IS NULL OR "tenantId" = ${choice.tenantId ?? null}::uuid)
       AND (${choice.slug ?? null}::text IS NULL OR slug = ${choice.slug ?? null})
       AND (${choice.after ?? null}::text IS NULL OR slug > ${choice.after ?? null})
     ORDER BY slug LIMIT ${choice.limit ?? null}::bigint`);
}

/** How many tenants are in each phase; phases without tenants are missing. */
export async function countPhases(runner: SqlRunner): Promise<{ phase: TenantPhase; tenants: number }[]> {
  const stage = await readStage(runner);
  return runner.rows(sql`
    SELECT phase, count(*)::int AS tenants FROM (${tenantsWithPhase(stage)}) t GROUP BY phase`);
}

/** A tenant that nobody moved is at the beginning, or at the end where the schema is. */
export function unmovedPhase(stage: Stage): TenantPhase {
  return stage === 'CONTRACTED' ? 'COMPLETE' : 'LEGACY';
}

function tenantsWithPhase(stage: Stage): Sql {
  return sql`
    SELECT t.id AS "tenantId", t.slug, coalesce(p.phase, ${unmovedPhase(stage)}) AS phase,
           p.changed_at AS since, p.changed_by AS "changedBy"
      FROM ${tenantTable(stage)} t LEFT JOIN crm_tenancy.tenant_phase p ON p.tenant_id = t.id`;
}
