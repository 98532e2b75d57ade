import sql from 'sql-template-tag';
import type { Database, Transaction } from '../../../../shared/database/database';
import { withConflicts } from '../../../../shared/database/postgres-errors';
import { releaseAllKeys } from '../../registry/claimed-keys';
import { registryConflicts } from '../../registry/taken-keys';
import type { Tenant } from '../../tenants/tenant.entity';
import { lockTenant } from '../../tenants/tenant-store';
import { isCurrent } from './current-attempt';
import { nextStepJob } from './provisioning-queue';
import { removeWhatRunCreated } from './remove-tenant';
import { type KeptFields, restoreEntry } from './restore-entry';
import { type Attempt, databaseOfRun, type RunWrites } from './run-at-work';

/**
 * Ends an attempt at taking a step back whose system has answered, in one transaction: the registry's part, the step, and
 * the job for the step before it or the run's end. `notes` say what could not be taken back. Throws `CONFLICT` when another
 * tenant has by now what the registry is to say again.
 */
export function takeStepBack(writes: RunWrites, attempt: Attempt, notes: string[]): Promise<void> {
  const { run, position } = attempt;
  const { id: runId, tenantId } = run;
  const database = databaseOfRun(writes, run);
  return withConflicts(registryConflicts, () =>
    database.transaction(async (transaction) => {
      const tenant = await lockTenant(database, transaction, { id: tenantId });
      if (!(await isCurrent(transaction, attempt))) return;
      const isFirst = position === 1;
      const kept = isFirst
        ? await removeWhatRunCreated(database, transaction, { attempt, tenant, reasons: notes })
        : [...notes, ...(await takeBackInRegistry(database, transaction, attempt))];
      await transaction.rows(sql`
        UPDATE access_control.provisioning_step SET status = 'COMPENSATED', finished_at = clock_timestamp(),
          busy_until = NULL, error_code = NULL, error_message = NULL, notes = ${kept}::text[]
        WHERE run_id = ${runId} AND position = ${position}`);
      if (isFirst) await endRun(transaction, attempt, tenant);
      else await transaction.enqueue(nextStepJob(runId));
    }),
  );
}

/** What stays of the step in the registry, each with the reason. */
async function takeBackInRegistry(
  database: Database,
  transaction: Transaction,
  attempt: Attempt,
): Promise<string[]> {
  const changed = await findChange(transaction, attempt);
  return changed ? restoreEntry(database, transaction, attempt.run.tenantId, changed) : [];
}

/** What the step changed of the registry entry; `null` where it did not. */
function findChange(
  transaction: Transaction,
  { run, position }: Attempt,
): Promise<{ before: KeptFields; after: KeptFields } | null> {
  return transaction.row(sql`
    SELECT s.entry_before AS before, s.entry_after AS after FROM access_control.provisioning_step s
    WHERE s.run_id = ${run.id} AND s.position = ${position} AND s.entry_before IS NOT NULL`);
}

async function endRun(transaction: Transaction, { run }: Attempt, tenant: Tenant | null): Promise<void> {
  const { id: runId, tenantId } = run;
  await releaseAllKeys(transaction, tenantId);
  await transaction.rows(sql`
    UPDATE access_control.provisioning_run SET status = 'COMPENSATED', finished_at = clock_timestamp()
    WHERE id = ${runId}`);
  await transaction.publish({
    type: 'tenant.provisioning.compensated',
    tenantKey: tenantId,
    tenant,
    payload: { runId },
  });
}
