import sql from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import type { Transaction } from '../../../shared/database/database';
import { withConflicts } from '../../../shared/database/postgres-errors';
import { parseInput } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { ProvisionTenantInput } from '../graphql.generated';
import { recordEntryChange } from '../registry/record-entry-change';
import { openEntry, registryConflicts, writeConfig } from '../registry/registry-writes';
import type { Tenant } from '../tenants/tenant.entity';
import { lockTenant } from '../tenants/tenant-store';
import { onceForKey, type RequestKey, requestKeyOf } from './idempotency-key';
import { assertNamesTenant, disabledTenant, missingTenant, otherSlug } from './identity-refusals';
import { digestOf } from './input-digest';
import type { ProvisioningRequest, TenantIdentity } from './provisioning-input';
import { ProvisionTenantRules } from './provisioning-input';
import { ProvisioningRun, ProvisioningStep } from './provisioning-run.entity';

/**
 * Sets a tenant up: creates it where it is new, writes its registry entry, and records the run. All of it in one
 * transaction. A repeated call that finds everything as it asks answers the run that made it so; one with a key answers
 * the key's run, whatever is so by now. Throws `BAD_USER_INPUT`, `TENANT_NOT_FOUND`, `TENANT_DISABLED`,
 * `IDEMPOTENCY_CONFLICT`, or `CONFLICT` that names what belongs to another tenant. Source: ADR-0003, `provision`.
 */
export async function provisionTenant(
  context: Context,
  input: ProvisionTenantInput,
): Promise<ProvisioningRun> {
  const { idempotencyKey, ...request } = parseInput(ProvisionTenantRules, input);
  assertNamesTenant(request.tenant);
  const key = requestKeyOf(idempotencyKey, request);
  const run = await onceForKey(context.database, key, () => provision(context, request, key));
  context.tenants.forget();
  context.registry.forget();
  return run;
}

function provision(
  context: Context,
  { tenant: identity, ...config }: ProvisioningRequest,
  key: RequestKey | null,
): Promise<ProvisioningRun> {
  return withConflicts(registryConflicts, () =>
    context.database.transaction(async (transaction) => {
      const { tenant, isNewTenant } = await findOrCreateTenant(context, transaction, identity);
      const tenantId = tenant.id;
      const startedAt = new Date();
      const inputDigest = digestOf(config);
      let isChanged = false;
      const change = { action: 'provisionTenant', tenantId, isNewTenant };
      await recordEntryChange(context.database, transaction, change, async () => {
        await openEntry(transaction, tenantId, { path: 'input.tenant', isNewTenant });
        isChanged = await writeConfig(transaction, tenantId, config);
      });
      const earlier = isChanged || key ? null : await findRun(transaction, tenantId, inputDigest);
      return earlier ?? recordRun(context, transaction, { tenant, inputDigest, startedAt, key });
    }),
  );
}

async function findOrCreateTenant(
  { database }: Context,
  transaction: Transaction,
  identity: TenantIdentity,
): Promise<{ tenant: Tenant; isNewTenant: boolean }> {
  const id = identity.id?.toLowerCase();
  const { slug, displayName } = identity;
  let isNewTenant = false;
  if (slug && displayName) {
    // Insert first: the unique indexes arbitrate between two callers who set up the same tenant at once.
    const created = await transaction.rows(sql`
      INSERT INTO access_control.tenant (id, slug, display_name) VALUES (${id ?? uuid7()}, ${slug}, ${displayName})
      ON CONFLICT DO NOTHING RETURNING id`);
    isNewTenant = created.length > 0;
  }
  const tenant = await lockTenant(database, transaction, id ? { id } : { slug: slug ?? '' });
  if (tenant === null) throw missingTenant(identity);
  if (slug && tenant.slug !== slug) throw otherSlug();
  if (tenant.status === 'DISABLED') throw disabledTenant(identity);
  if (isNewTenant) {
    await transaction.record({
      action: 'provisionTenant',
      tenantKey: tenant.id,
      recordType: 'Tenant',
      recordId: tenant.id,
      before: null,
      after: tenant,
    });
    await transaction.publish({
      type: 'tenant.created',
      tenantKey: tenant.id,
      tenant,
      payload: { displayName: tenant.displayName },
    });
  }
  return { tenant, isNewTenant };
}

/** The newest run of this input for the tenant, or `null`. The tenant is locked, so no other call makes one meanwhile. */
function findRun(
  { manager }: Transaction,
  tenantId: string,
  inputDigest: string,
): Promise<ProvisioningRun | null> {
  return manager.findOne(ProvisioningRun, { where: { tenantId, inputDigest }, order: { createdAt: 'DESC' } });
}

interface RunToRecord {
  tenant: Tenant;
  inputDigest: string;
  startedAt: Date;
  key: RequestKey | null;
}

async function recordRun(
  { viewer }: Context,
  transaction: Transaction,
  { tenant, inputDigest, startedAt, key }: RunToRecord,
): Promise<ProvisioningRun> {
  const { manager } = transaction;
  const finishedAt = new Date();
  const run = manager.create(ProvisioningRun, {
    id: uuid7(),
    tenantId: tenant.id,
    inputDigest,
    ...key,
    status: 'COMPLETED',
    createdBy: viewer.subject,
    finishedAt,
  });
  await manager.insert(ProvisioningRun, run);
  const step = { position: 1, system: 'ACCESS_CONTROL', name: 'write the registry entry' } as const;
  await manager.insert(ProvisioningStep, {
    ...step,
    runId: run.id,
    status: 'COMPLETED',
    attempts: 1,
    startedAt,
    finishedAt,
  });
  const of = { tenantKey: tenant.id, tenant };
  const runId = run.id;
  await transaction.publish({ type: 'tenant.provisioning.started', ...of, payload: { runId } });
  await transaction.publish({
    type: 'tenant.provisioning.step.completed',
    ...of,
    payload: { runId, ...step },
  });
  await transaction.publish({ type: 'tenant.provisioning.completed', ...of, payload: { runId } });
  return run;
}
