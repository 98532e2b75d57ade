import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { CodedError } from '../../../../shared/errors/coded-error';

/**
 * How far CRM's schema has come. `LEGACY`: rows name their tenant by a slug in `tenant_id`. `EXPANDED`: they have
 * `tenant_uuid` beside it. `ENFORCED`: they have both for certain, and what is unique is so by UUID. `CONTRACTED`: `tenant_id`
 * is the UUID and `tenant_slug` is for people. Source: the phases of seed 000.
 */
export const stages = ['LEGACY', 'EXPANDED', 'ENFORCED', 'CONTRACTED'] as const;

export type Stage = (typeof stages)[number];

/** The stage that the schema has reached: it changes with what gives the names of its columns another meaning. */
export async function readStage(runner: SqlRunner): Promise<Stage> {
  const row = await runner.row<{ stage: Stage }>(sql`SELECT stage FROM crm_tenancy.schema_stage`);
  if (row === null) throw new Error('crm_tenancy.schema_stage has lost its row');
  return row.stage;
}

/**
 * Keeps the schema in the stage until the transaction ends. Throws `TENANCY_STAGE_WRONG` when it is in another: somebody moved
 * it since it was read.
 */
export async function holdStage(tx: SqlRunner, stage: Stage): Promise<void> {
  const held = await tx.row(
    sql`SELECT FROM crm_tenancy.schema_stage WHERE stage = ${stage} FOR NO KEY UPDATE`,
  );
  if (held !== null) return;
  const message = `CRM's schema is not in the stage ${stage} any more: another command has moved it`;
  throw new CodedError('TENANCY_STAGE_WRONG', message);
}

export async function writeStage(tx: SqlRunner, stage: Stage, by: string): Promise<void> {
  await tx.rows(
    sql`UPDATE crm_tenancy.schema_stage SET stage = ${stage}, changed_by = ${by}, changed_at = now()`,
  );
}
