import type { Transaction } from '../../../shared/database/database';
import { withConflicts } from '../../../shared/database/postgres-errors';
import { tenantNotFound } from '../../../shared/errors/coded-error';
import { changedFields } from '../../../shared/input/changed-fields';
import { parseInput, parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import { assertStays } from '../deprovisioning/deprovisioning-store';
import type { UpdateTenantInput } from '../graphql.generated';
import { tenantConflicts } from './create-tenant';
import { publishTenantChange } from './publish-tenant-change';
import { Tenant } from './tenant.entity';
import { UpdateTenantRules } from './tenant-input';
import { lockTenant } from './tenant-store';

/** Changes what is given. Throws `BAD_USER_INPUT`, `TENANT_NOT_FOUND`, or `CONFLICT` when the slug is taken. */
export async function updateTenant(context: Context, id: string, input: UpdateTenantInput): Promise<Tenant> {
  const changes = parseInput(UpdateTenantRules, input);
  return withConflicts(tenantConflicts, () => changeTenant(context, id, { action: 'updateTenant', changes }));
}

/** Closes the tenant; one that is closed already stays untouched. Throws `TENANT_NOT_FOUND`. */
export function disableTenant(context: Context, id: string): Promise<Tenant> {
  return changeTenant(context, id, { action: 'disableTenant', changes: { status: 'DISABLED' } });
}

/** Opens the tenant again. Throws `TENANT_NOT_FOUND`, and `CONFLICT` for one that is to be removed. */
export function enableTenant(context: Context, id: string): Promise<Tenant> {
  const change = { action: 'enableTenant', changes: { status: 'ACTIVE' } } as const;
  return changeTenant(context, id, change, (transaction, tenant) =>
    assertStays(context.database, transaction, { tenantId: tenant.id, path: 'id' }),
  );
}

async function changeTenant(
  { database, tenants }: Context,
  id: string,
  change: TenantChange,
  assertAllowed?: (transaction: Transaction, tenant: Tenant) => Promise<void>,
): Promise<Tenant> {
  const tenantId = parseUuid(id, 'id');
  const changed = await database.transaction(async (transaction) => {
    const tenant = await lockTenant(database, transaction, { id: tenantId });
    if (tenant === null) throw tenantNotFound('id');
    await assertAllowed?.(transaction, tenant);
    return changeTenantIn(transaction, tenant, change);
  });
  tenants.forget();
  return changed;
}

export interface TenantChange {
  action: string;
  changes: Partial<Pick<Tenant, 'slug' | 'displayName' | 'status'>>;
}

/** Changes a tenant that the transaction has locked, records and publishes it. One that is so already stays untouched. */
export async function changeTenantIn(
  transaction: Transaction,
  tenant: Tenant,
  { action, changes }: TenantChange,
): Promise<Tenant> {
  const names = changedFields(tenant, changes);
  if (names.length === 0) return tenant;
  const { id } = tenant;
  // Later than before, whatever the clock of a replica says: those who follow the tenant go by this time.
  await transaction.manager.update(
    Tenant,
    { id },
    { ...changes, updatedAt: () => "greatest(clock_timestamp(), updated_at + interval '1 ms')" },
  );
  const after = await transaction.manager.findOneByOrFail(Tenant, { id });
  const of = { tenantKey: id, recordType: 'Tenant', recordId: id };
  await transaction.record({ action, ...of, before: tenant, after });
  await publishTenantChange(transaction, tenant, after, names);
  return after;
}
