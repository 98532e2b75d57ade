import sql from 'sql-template-tag';
import type { Transaction } from '../../../../shared/database/database';
import { withConflicts } from '../../../../shared/database/postgres-errors';
import { storableJson } from '../../../../shared/database/storable-json';
import { changedFields } from '../../../../shared/input/changed-fields';
import { releaseAllKeys } from '../../registry/claimed-keys';
import { recordEntryChange } from '../../registry/record-entry-change';
import { markProvisioned, writeConfig } from '../../registry/registry-writes';
import { keptKey, replacedKeys, type SystemKey } from '../../registry/replaced-keys';
import { registryConflicts } from '../../registry/taken-keys';
import type { RegistryEntry } from '../../registry/tenant-registry.entity';
import type { Tenant } from '../../tenants/tenant.entity';
import { lockTenant } from '../../tenants/tenant-store';
import { disabledTenant, missingTenant } from '../identity-refusals';
import { isCurrent } from './current-attempt';
import { nextStepJob } from './provisioning-queue';
import { type Attempt, databaseOfRun, type RunWrites } from './run-at-work';
import { type SystemSetUp, systemSteps } from './system-steps';

/** What an attempt learned of its system. */
export interface Outcome {
  answer: SystemSetUp;
  /** Keys of the tenant's under which the system has nothing, so that another may come in their place. */
  replaceable: readonly SystemKey[];
}

/**
 * Ends an attempt whose system has answered, in one transaction: the registry's part, the step, its event, and the job for
 * the next step or the run's end. Throws `TENANT_NOT_FOUND`, `TENANT_DISABLED`, or `CONFLICT` when the registry has
 * given a key to another tenant, or another key to this one.
 */
export function completeStep(
  writes: RunWrites,
  attempt: Attempt,
  { answer, replaceable }: Outcome,
): Promise<void> {
  const { run, position, system, name } = attempt;
  const { id: runId, tenantId } = run;
  const database = databaseOfRun(writes, run);
  return withConflicts(registryConflicts, () =>
    database.transaction(async (transaction) => {
      const tenant = await lockTenant(database, transaction, { id: tenantId });
      if (!(await isCurrent(transaction, attempt))) return;
      if (tenant === null) throw missingTenant({ id: tenantId });
      if (tenant.status === 'DISABLED') throw disabledTenant({ id: tenantId });

      const change = { action: 'setUpInRegistry', tenantId, locked: tenant };
      const { before, after } = await recordEntryChange(database, transaction, change, async (present) => {
        if (system === 'ACCESS_CONTROL') return completeEntry(transaction, attempt);
        const part = systemSteps[system].registryPart(run, answer);
        const kept = replacedKeys(present, part).find(
          ({ kind, key }) => !replaceable.some((each) => each.kind === kind && each.key === key),
        );
        if (kept) throw keptKey(kept);
        await writeConfig(transaction, tenantId, part);
      });
      const difference = before && differenceOf(before, after);
      await transaction.rows(sql`
        UPDATE access_control.provisioning_step SET status = 'COMPLETED', finished_at = clock_timestamp(),
          busy_until = NULL, error_code = NULL, error_message = NULL,
          entry_before = ${difference && storableJson(difference.before)}::jsonb,
          entry_after = ${difference && storableJson(difference.after)}::jsonb
        WHERE run_id = ${runId} AND position = ${position}`);
      const payload = { runId, position, system, name };
      const of = { tenantKey: tenantId, tenant };
      await transaction.publish({ type: 'tenant.provisioning.step.completed', ...of, payload });
      if (system === 'ACCESS_CONTROL') await completeRun(transaction, attempt, tenant);
      else await transaction.enqueue(nextStepJob(runId));
    }),
  );
}

/** Writes what belongs to no system, and that provisioning completed. */
async function completeEntry(transaction: Transaction, { run }: Attempt): Promise<void> {
  const { billing, payments, association } = run.setUp;
  const isChanged = await writeConfig(transaction, run.tenantId, { billing, payments, association });
  const changed = await transaction.row(sql`
    SELECT FROM access_control.provisioning_step s
    WHERE s.run_id = ${run.id} AND s.entry_after IS NOT NULL LIMIT 1`);
  await markProvisioned(transaction, run.tenantId, { isChanged: isChanged || changed !== null });
}

async function completeRun(transaction: Transaction, { run }: Attempt, tenant: Tenant): Promise<void> {
  const { id: runId, tenantId } = run;
  await releaseAllKeys(transaction, tenantId);
  await transaction.rows(sql`
    UPDATE access_control.provisioning_run SET status = 'COMPLETED', finished_at = clock_timestamp()
    WHERE id = ${runId}`);
  await transaction.publish({
    type: 'tenant.provisioning.completed',
    tenantKey: tenantId,
    tenant,
    payload: { runId },
  });
}

/** The fields that differ, as they were and as they are; `null` where none do. */
function differenceOf(
  before: RegistryEntry,
  after: RegistryEntry,
): { before: Partial<RegistryEntry>; after: Partial<RegistryEntry> } | null {
  const names = changedFields(before, after).filter((name) => name !== 'updatedAt');
  const of = (entry: RegistryEntry): Partial<RegistryEntry> =>
    Object.fromEntries(names.map((name) => [name, entry[name as keyof RegistryEntry]]));
  return names.length > 0 ? { before: of(before), after: of(after) } : null;
}
