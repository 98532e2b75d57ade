import sql, { raw } from 'sql-template-tag';
import type { Transaction } from '../../../shared/database/database';
import { notFound, stateConflict } from '../../../shared/errors/coded-error';
import { parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import { assertStays } from '../deprovisioning/deprovisioning-store';
import type { Tenant } from '../tenants/tenant.entity';
import { lockTenant } from '../tenants/tenant-store';
import { ProvisioningRun } from './provisioning-run.entity';
import { findNewestRun, findRunById } from './provisioning-store';

const PATH = 'runId';

interface RunChange {
  /** The mutation's name. */
  action: string;
  /** Whether the run is answered as it is. */
  isDone(run: ProvisioningRun): boolean;
  /** `tenant` is locked; `null` when it is gone. */
  change(transaction: Transaction, run: ProvisioningRun, tenant: Tenant | null): Promise<ProvisioningRun>;
}

/**
 * Changes a run that nobody else changes meanwhile, and records it in the audit trail. Throws `NOT_FOUND`, or `CONFLICT`
 * when the tenant has a newer run or is to be removed, or the run remembers no more what it set up, as after a removal.
 */
export async function changeRun(
  { database }: Context,
  runId: string,
  { action, isDone, change }: RunChange,
): Promise<ProvisioningRun> {
  const known = await findRunById(database, parseUuid(runId, PATH));
  if (known === null) throw notFound(PATH, 'run');
  const { id, tenantId } = known;
  return database.transaction(async (transaction) => {
    // The tenant before the run, in the order in which everybody locks them.
    const tenant = await lockTenant(database, transaction, { id: tenantId });
    const run = await transaction.row<ProvisioningRun>(sql`
      SELECT ${raw(database.columns(ProvisioningRun, 'r'))} FROM access_control.provisioning_run r
      WHERE r.id = ${id} FOR UPDATE`);
    if (run === null) throw notFound(PATH, 'run');
    if (isDone(run)) return run;
    await assertStays(database, transaction, { tenantId, path: PATH });
    const newest = await findNewestRun(database, transaction, tenantId);
    if (newest?.id !== id) throw stateConflict(PATH, `the tenant has a newer run, ${newest?.id}`);
    const whole = await transaction.row(
      sql`SELECT FROM access_control.provisioning_run r WHERE r.id = ${id} AND r.set_up IS NOT NULL`,
    );
    if (!whole)
      throw stateConflict(
        PATH,
        'the run does not remember what it set up, so it cannot go on or be taken back',
      );
    const after = await change(transaction, run, tenant);
    await transaction.record({
      action,
      tenantKey: tenantId,
      recordType: 'ProvisioningRun',
      recordId: id,
      before: { status: run.status },
      after: { status: after.status },
    });
    return after;
  });
}
