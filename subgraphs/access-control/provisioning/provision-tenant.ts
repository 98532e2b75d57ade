import { createHash } from 'node:crypto';
import sql from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import type { Transaction } from '../../../shared/database/database';
import { withConflicts } from '../../../shared/database/postgres-errors';
import { badInput, type CodedError, conflict, tenantNotFound } from '../../../shared/errors/coded-error';
import { parseInput } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { ProvisionTenantInput } from '../graphql.generated';
import { recordEntryChange } from '../registry/record-entry-change';
import { openEntry, registryConflicts, writeConfig } from '../registry/registry-writes';
import { lockTenant } from '../tenants/tenant-store';
import type { TenantIdentity } from './provisioning-input';
import { ProvisionTenantRules } from './provisioning-input';
import { ProvisioningRun, ProvisioningStep } from './provisioning-run.entity';

/**
 * Sets a tenant up: creates it where it is new, writes its registry entry, and records the run. All of it in one
 * transaction. A repeated call that finds everything as it asks answers the run that made it so. Throws `BAD_USER_INPUT`,
 * `TENANT_NOT_FOUND`, or `CONFLICT` that names what belongs to another tenant. Source: ADR-0003, `provision`.
 */
export async function provisionTenant(
  context: Context,
  input: ProvisionTenantInput,
): Promise<ProvisioningRun> {
  const { tenant: identity, ...config } = parseInput(ProvisionTenantRules, input);
  const run = await withConflicts(registryConflicts, () =>
    context.database.transaction(async (transaction) => {
      const { tenantId, isNewTenant } = await findOrCreateTenant(context, transaction, identity);
      const startedAt = new Date();
      const inputDigest = digestOf(config);
      let isChanged = false;
      const change = { action: 'provisionTenant', tenantId };
      await recordEntryChange(context.database, transaction, change, async () => {
        await openEntry(transaction, tenantId, { path: 'input.tenant', isNewTenant });
        isChanged = await writeConfig(transaction, tenantId, config);
      });
      const earlier = isChanged ? null : await findRun(transaction, tenantId, inputDigest);
      return earlier ?? recordRun(context, transaction, { tenantId, inputDigest, startedAt });
    }),
  );
  context.tenants.forget();
  context.registry.forget();
  return run;
}

async function findOrCreateTenant(
  { database }: Context,
  transaction: Transaction,
  identity: TenantIdentity,
): Promise<{ tenantId: string; isNewTenant: boolean }> {
  const id = identity.id?.toLowerCase();
  const { slug, displayName } = identity;
  if (!id && !slug) throw badInput('input.tenant', 'identity', 'give id, or slug and displayName');
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
  if (slug && tenant.slug !== slug)
    throw conflict('input.tenant.slug', 'the tenant with this id has another slug');
  if (isNewTenant) {
    await transaction.record({
      action: 'provisionTenant',
      tenantKey: tenant.id,
      recordType: 'Tenant',
      recordId: tenant.id,
      before: null,
      after: tenant,
    });
  }
  return { tenantId: tenant.id, isNewTenant };
}

function missingTenant({ id, slug, displayName }: TenantIdentity): CodedError {
  if (slug && displayName) return conflict('input.tenant.slug', 'the tenant with this slug has another id');
  const path = id ? 'input.tenant.id' : 'input.tenant.slug';
  const message = `no tenant has this ${id ? 'id' : 'slug'}; give slug and displayName to create one`;
  return tenantNotFound(path, message);
}

/** The newest run of this input for the tenant, or `null`. The tenant is locked, so no other call makes one meanwhile. */
function findRun(
  { manager }: Transaction,
  tenantId: string,
  inputDigest: string,
): Promise<ProvisioningRun | null> {
  return manager.findOne(ProvisioningRun, { where: { tenantId, inputDigest }, order: { createdAt: 'DESC' } });
}

async function recordRun(
  { viewer }: Context,
  { manager }: Transaction,
  { tenantId, inputDigest, startedAt }: { tenantId: string; inputDigest: string; startedAt: Date },
): Promise<ProvisioningRun> {
  const finishedAt = new Date();
  const run = manager.create(ProvisioningRun, {
    id: uuid7(),
    tenantId,
    inputDigest,
    status: 'COMPLETED',
    createdBy: viewer.subject,
    finishedAt,
  });
  await manager.insert(ProvisioningRun, run);
  await manager.insert(ProvisioningStep, {
    runId: run.id,
    position: 1,
    system: 'ACCESS_CONTROL',
    name: 'write the registry entry',
    status: 'COMPLETED',
    attempts: 1,
    startedAt,
    finishedAt,
  });
  return run;
}

function digestOf(config: object): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(config)))
    .digest('hex');
}

/** The same value with its keys in order and without what was not given, so that equal inputs have equal digests. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, canonical(item)]),
  );
}
