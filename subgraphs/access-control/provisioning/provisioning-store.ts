import type DataLoader from 'dataloader';
import sql, { raw } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { storableJson } from '../../../shared/database/storable-json';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import { groupBy } from '../../../shared/group-by';
import type { Connection, PageRequest } from '../../../shared/pagination/connection';
import { readConnection } from '../../../shared/pagination/keyset-list';
import { ProvisioningRun } from './provisioning-run.entity';
import { ProvisioningStep } from './provisioning-step.entity';
import type { TenantSetUp } from './tenant-set-up';

/** The steps of runs, in their order; one statement for all runs of a tick. */
export function createStepLoader(database: Database): DataLoader<string, ProvisioningStep[] | null> {
  return createLoader(async (runIds) => {
    const steps = await database.rows<ProvisioningStep>(sql`
      SELECT ${raw(database.columns(ProvisioningStep, 's'))} FROM access_control.provisioning_step s
      WHERE s.run_id = ANY (${[...runIds]}::uuid[]) ORDER BY s.run_id, s.position`);
    return groupBy(steps, (step) => step.runId);
  });
}

/** The run, or `null`. */
export function findRunById(database: Database, id: string): Promise<ProvisioningRun | null> {
  return database.row<ProvisioningRun>(sql`
    SELECT ${raw(database.columns(ProvisioningRun, 'r'))} FROM access_control.provisioning_run r
    WHERE r.id = ${id}`);
}

/** The tenant's newest run that was not taken back, or `null`: the one that can be gone on with, or taken back next. */
export function findNewestRun(
  database: Database,
  runner: SqlRunner,
  tenantId: string,
): Promise<ProvisioningRun | null> {
  return runner.row<ProvisioningRun>(sql`
    SELECT ${raw(database.columns(ProvisioningRun, 'r'))} FROM access_control.provisioning_run r
    WHERE r.tenant_id = ${tenantId} AND r.status <> 'COMPENSATED'
    ORDER BY r.created_at DESC, r.id DESC LIMIT 1`);
}

/** The tenant's newest completed run of the input, or `null`. */
export function findCompletedRun(
  database: Database,
  runner: SqlRunner,
  { tenantId, inputDigest }: { tenantId: string; inputDigest: string },
): Promise<ProvisioningRun | null> {
  return runner.row<ProvisioningRun>(sql`
    SELECT ${raw(database.columns(ProvisioningRun, 'r'))} FROM access_control.provisioning_run r
    WHERE r.tenant_id = ${tenantId} AND r.input_digest = ${inputDigest} AND r.status = 'COMPLETED'
    ORDER BY r.created_at DESC, r.id DESC LIMIT 1`);
}

/** Whether a run of the tenant has completed that set up the same in SCL. */
export async function hasCompletedScl(
  database: Database,
  tenantId: string,
  scl: TenantSetUp['scl'],
): Promise<boolean> {
  if (!scl) return false;
  const done = await database.row(sql`
    SELECT FROM access_control.provisioning_run r
    WHERE r.tenant_id = ${tenantId} AND r.status = 'COMPLETED'
      AND (r.set_up #> '{scl,clubs}') @> ${storableJson(scl.clubs)}::jsonb
      AND r.set_up #>> '{scl,code}' = ${scl.code}
    LIMIT 1`);
  return done !== null;
}

/** A tenant's runs, newest first. Throws `BAD_USER_INPUT` when the cursor is not one of this tenant's. */
export function listRuns(
  database: Database,
  tenantId: string,
  page: PageRequest,
): Promise<Connection<ProvisioningRun>> {
  const list = {
    name: `provisioningRuns:${tenantId}`,
    from: 'access_control.provisioning_run r',
    columns: database.columns(ProvisioningRun, 'r'),
    id: 'r.id',
    sort: { column: 'r.created_at', property: 'createdAt', type: 'timestamptz', direction: 'DESC' },
  } as const;
  return readConnection<ProvisioningRun>(database, list, page, [sql`r.tenant_id = ${tenantId}`]);
}
