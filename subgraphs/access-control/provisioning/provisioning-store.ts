import type DataLoader from 'dataloader';
import sql, { raw } from 'sql-template-tag';
import type { Database } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import { groupBy } from '../../../shared/group-by';
import type { Connection, PageRequest } from '../../../shared/pagination/connection';
import { readConnection } from '../../../shared/pagination/keyset-list';
import { ProvisioningRun, ProvisioningStep } from './provisioning-run.entity';

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
