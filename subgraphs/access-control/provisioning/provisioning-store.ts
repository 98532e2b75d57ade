import type DataLoader from 'dataloader';
import sql, { raw } from 'sql-template-tag';
import type { Database } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import { groupBy } from '../../../shared/group-by';
import { ProvisioningStep } from './provisioning-run.entity';

/** The steps of runs, in their order; one statement for all runs of a tick. */
export function createStepLoader(database: Database): DataLoader<string, ProvisioningStep[] | null> {
  return createLoader(async (runIds) => {
    const steps = await database.rows<ProvisioningStep>(sql`
      SELECT ${raw(database.columns(ProvisioningStep, 's'))} FROM access_control.provisioning_step s
      WHERE s.run_id = ANY (${[...runIds]}::uuid[]) ORDER BY s.run_id, s.position`);
    return groupBy(steps, (step) => step.runId);
  });
}
