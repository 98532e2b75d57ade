import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';

/**
 * How far CRM's schema has come. `LEGACY`: rows name their tenant by a slug in `tenant_id`. `EXPANDED`: they have
 * `tenant_uuid` beside it. `ENFORCED`: they have both for certain, and what is unique is so by UUID. `CONTRACTED`: `tenant_id`
 * is the UUID and `tenant_slug` is for people. Source: the phases of seed 000.
 */
export const stages = ['LEGACY', 'EXPANDED', 'ENFORCED', 'CONTRACTED'] as const;

export type Stage = (typeof stages)[number];

/** The stage that the schema has reached; a move that is under way counts when it is done. */
export async function readStage(runner: SqlRunner): Promise<Stage> {
  const row = await runner.row<{ stage: Stage }>(sql`SELECT stage FROM crm_tenancy.schema_stage`);
  if (row === null) throw new Error('crm_tenancy.schema_stage has lost its row');
  return row.stage;
}
