import sql, { raw } from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import type { Transaction } from '../../../shared/database/database';
import { withConflicts } from '../../../shared/database/postgres-errors';
import { storableJson } from '../../../shared/database/storable-json';
import type { Context } from '../context';
import { claimKeys } from '../registry/claimed-keys';
import { recordEntryChange } from '../registry/record-entry-change';
import { readEntry } from '../registry/registry-reads';
import { openEntry } from '../registry/registry-writes';
import { clubKeysOf, registryConflicts } from '../registry/taken-keys';
import type { RegistryEntry } from '../registry/tenant-registry.entity';
import type { Tenant } from '../tenants/tenant.entity';
import { findOrCreateTenant } from './find-or-create-tenant';
import type { RequestKey } from './idempotency-key';
import { digestOf } from './input-digest';
import { adoptedClubs, type InSystems } from './look-at-systems';
import { keyConflicts } from './plan-conflicts';
import { planSteps } from './plan-steps';
import type { ProvisioningRequest } from './provisioning-input';
import { isUnfinished, ProvisioningRun } from './provisioning-run.entity';
import { findCompletedRun, findNewestRun } from './provisioning-store';
import { resumeRun } from './resume-run';
import { runConflict } from './run-conflict';
import { nextStepJob, watchJob } from './steps/provisioning-queue';
import { FIRST_STEP, stepsOf } from './steps/steps-of';
import { setUpOf } from './templates';
import { keysToTake, type TenantSetUp } from './tenant-set-up';

/**
 * The run that does what the request asks for, in one transaction. A new one finds or creates the tenant, opens its
 * registry entry, claims the keys, and leaves the rest to jobs. Without a key a run of equal input is taken that is under
 * way, that failed (then it goes on), or that completed while everything is as it asks. Throws what the plan calls
 * conflicts.
 */
export function startRun(
  context: Context,
  request: ProvisioningRequest,
  { key, inSystems }: { key: RequestKey | null; inSystems: InSystems },
): Promise<ProvisioningRun> {
  const { database } = context;
  return withConflicts(registryConflicts, () =>
    database.transaction(async (transaction) => {
      const { tenant, isNewTenant } = await findOrCreateTenant(database, transaction, request.tenant);
      const entry = await readEntry(database, transaction, tenant.id);
      const setUp = setUpOf(request, { slug: tenant.slug, entry });
      const inputDigest = digestOf(setUp);
      const newest = await findNewestRun(database, transaction, tenant.id);
      const refusal = runConflict(newest, { inputDigest, isKeyed: key !== null });
      if (refusal) throw refusal;
      if (newest && isUnfinished(newest)) return newest;

      if (key === null && newest?.status === 'FAILED' && newest.inputDigest === inputDigest) {
        return resumeRun(context, transaction, newest);
      }
      if (key === null && !isNewTenant) {
        const done = await findCompletedRun(database, transaction, { tenantId: tenant.id, inputDigest });
        const steps = planSteps({ isNewTenant, entry }, setUp, inSystems);
        if (done && steps.every(({ action }) => action === 'NOTHING')) return done;
      }
      await takeKeys(transaction, { tenant, isNewTenant, entry }, { setUp, inSystems });
      return beginRun(context, transaction, { tenant, isNewTenant, setUp, inputDigest, key });
    }),
  );
}

/** Claims what the run will take. Who takes the same claims it too, so that what is read afterwards is how it stays. */
async function takeKeys(
  transaction: Transaction,
  { tenant, ...present }: { tenant: Tenant; isNewTenant: boolean; entry: RegistryEntry | null },
  { setUp, inSystems }: { setUp: TenantSetUp; inSystems: InSystems },
): Promise<void> {
  const adopted = adoptedClubs(inSystems, setUp, tenant.id);
  const keys = [...keysToTake(setUp), ...clubKeysOf(adopted.map(({ id }) => id))];
  await claimKeys(transaction, tenant.id, keys);
  const claimant = { ...present, tenantId: tenant.id };
  const [conflict] = await transaction.amongAllTenants(() =>
    keyConflicts(transaction, claimant, setUp, { foreign: [], adopted, toMake: 0 }),
  );
  if (conflict) throw conflict;
}

interface NewRun {
  tenant: Tenant;
  isNewTenant: boolean;
  setUp: TenantSetUp;
  inputDigest: string;
  key: RequestKey | null;
}

async function beginRun(
  { database, viewer, requestId }: Context,
  transaction: Transaction,
  { tenant, isNewTenant, setUp, inputDigest, key }: NewRun,
): Promise<ProvisioningRun> {
  const tenantId = tenant.id;
  let isNewEntry = false;
  const change = { action: 'provisionTenant', tenantId, isNewTenant, locked: tenant };
  const { after: entry } = await recordEntryChange(database, transaction, change, async () => {
    isNewEntry = await openEntry(transaction, tenantId, { path: 'input.tenant', isNewTenant });
  });

  // The clock, not the transaction's beginning: runs are in the order in which they held the tenant.
  const run = await transaction.row<ProvisioningRun>(sql`
    INSERT INTO access_control.provisioning_run AS r (id, tenant_id, input_digest, idempotency_key, request_digest, status,
      created_by, created_at, set_up, creates_tenant, creates_entry, asked_by, request_id)
    VALUES (${uuid7()}, ${tenantId}, ${inputDigest}, ${key?.idempotencyKey ?? null}, ${key?.requestDigest ?? null},
      'PENDING', ${viewer.subject}, clock_timestamp(), ${storableJson(setUp)}, ${isNewTenant}, ${isNewEntry},
      ${viewer.subject}, ${requestId})
    RETURNING ${raw(database.columns(ProvisioningRun, 'r'))}`);
  if (run === null) throw new Error('A run was inserted without an answer');
  const steps = stepsOf(setUp);
  await transaction.rows(sql`
    INSERT INTO access_control.provisioning_step (run_id, position, system, name, status)
    SELECT ${run.id}::uuid, step.position, step.system, step.name, 'PENDING'
    FROM unnest(${steps.map(({ system }) => system)}::text[], ${steps.map(({ name }) => name)}::text[])
      WITH ORDINALITY AS step(system, name, position)`);
  await transaction.rows(sql`
    UPDATE access_control.provisioning_step SET status = 'COMPLETED', attempts = 1, started_at = now(),
      finished_at = clock_timestamp(), entry_after = ${isNewEntry ? storableJson(entry) : null}::jsonb
    WHERE run_id = ${run.id} AND position = 1`);

  const of = { tenantKey: tenantId, tenant };
  const runId = run.id;
  await transaction.publish({ type: 'tenant.provisioning.started', ...of, payload: { runId } });
  const payload = { runId, position: 1, ...FIRST_STEP };
  await transaction.publish({ type: 'tenant.provisioning.step.completed', ...of, payload });
  await transaction.enqueue(nextStepJob(runId));
  await transaction.enqueue(watchJob(runId));
  return run;
}
