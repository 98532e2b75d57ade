import { createHash } from 'node:crypto';
import sql from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import type { Transaction } from '../../../shared/database/database';
import { withConflicts } from '../../../shared/database/postgres-errors';
import { badInput, CodedError, conflict } from '../../../shared/errors/coded-error';
import { parseInput } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { ProvisionTenantInput } from '../graphql.generated';
import { openEntry, registryConflicts, writeConfig } from '../registry/registry-writes';
import { lockTenant } from '../tenants/tenant-store';
import type { TenantIdentity } from './provisioning-input';
import { ProvisionTenantRules } from './provisioning-input';
import { ProvisioningRun, ProvisioningStep } from './provisioning-run.entity';

/**
 * Sets a tenant up: creates it where it is new, writes its registry entry, and records the run. All of it in one
 * transaction, and once for each tenant and input, however often it is called. Throws `BAD_USER_INPUT`,
 * `TENANT_NOT_FOUND`, or `CONFLICT` that names what belongs to another tenant. Source: ADR-0003, `provision`.
 */
export async function provisionTenant(
  context: Context,
  input: ProvisionTenantInput,
): Promise<ProvisioningRun> {
  const { tenant: identity, ...config } = parseInput(ProvisionTenantRules, input);
  const run = await withConflicts(registryConflicts, () =>
    context.database.transaction(async (transaction) => {
      const tenantId = await findOrCreateTenant(context, transaction, identity);
      await openEntry(transaction, tenantId, 'input.tenant');
      const run = await findOrCreateRun(context, transaction, tenantId, digestOf(config));
      if (run.status === 'COMPLETED') return run;
      const startedAt = new Date();
      await writeConfig(transaction, tenantId, config);
      return completeRun(transaction, run, startedAt);
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
): Promise<string> {
  const id = identity.id?.toLowerCase();
  const { slug, displayName } = identity;
  if (!id && !slug) throw badInput('input.tenant', 'identity', 'give id, or slug and displayName');
  if (slug && displayName) {
    // Insert first: the unique indexes arbitrate between two callers who set up the same tenant at once.
    await transaction.rows(sql`
      INSERT INTO access_control.tenant (id, slug, display_name) VALUES (${id ?? uuid7()}, ${slug}, ${displayName})
      ON CONFLICT DO NOTHING`);
  }
  const tenant = await lockTenant(database, transaction, id ? { id } : { slug: slug ?? '' });
  if (tenant === null) throw missingTenant(identity);
  if (slug && tenant.slug !== slug)
    throw conflict('input.tenant.slug', 'the tenant with this id has another slug');
  return tenant.id;
}

function missingTenant({ id, slug, displayName }: TenantIdentity): CodedError {
  if (slug && displayName) return conflict('input.tenant.slug', 'the tenant with this slug has another id');
  const path = id ? 'input.tenant.id' : 'input.tenant.slug';
  const message = `no tenant has this ${id ? 'id' : 'slug'}; give slug and displayName to create one`;
  return new CodedError('TENANT_NOT_FOUND', `${path}: ${message}`, {
    fields: [{ path, constraint: 'exists', message }],
  });
}

/** The tenant is locked, so no other call looks for the same run meanwhile. */
async function findOrCreateRun(
  { viewer }: Context,
  { manager }: Transaction,
  tenantId: string,
  inputDigest: string,
): Promise<ProvisioningRun> {
  const existing = await manager.findOneBy(ProvisioningRun, { tenantId, inputDigest });
  if (existing) return existing;
  const run = manager.create(ProvisioningRun, {
    id: uuid7(),
    tenantId,
    inputDigest,
    status: 'RUNNING',
    createdBy: viewer.subject,
  });
  await manager.insert(ProvisioningRun, run);
  return run;
}

async function completeRun(
  { manager }: Transaction,
  run: ProvisioningRun,
  startedAt: Date,
): Promise<ProvisioningRun> {
  const finishedAt = new Date();
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
  await manager.update(ProvisioningRun, { id: run.id }, { status: 'COMPLETED', finishedAt });
  return { ...run, status: 'COMPLETED', finishedAt };
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
