import { withConflicts } from '../../../shared/database/postgres-errors';
import { notFound } from '../../../shared/errors/coded-error';
import { changesAnything } from '../../../shared/input/changes-anything';
import { parseInput, parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { UpdateTenantInput } from '../graphql.generated';
import { tenantConflicts } from './create-tenant';
import { Tenant } from './tenant.entity';
import { UpdateTenantRules } from './tenant-input';
import { lockTenant } from './tenant-store';

/** Changes what is given. Throws `BAD_USER_INPUT`, `NOT_FOUND`, or `CONFLICT` when the slug is taken. */
export async function updateTenant(context: Context, id: string, input: UpdateTenantInput): Promise<Tenant> {
  const changes = parseInput(UpdateTenantRules, input);
  return withConflicts(tenantConflicts, () => changeTenant(context, id, changes));
}

/** Disables or enables the tenant; a tenant that is so already stays untouched. Throws `NOT_FOUND`. */
export function setTenantStatus(context: Context, id: string, status: Tenant['status']): Promise<Tenant> {
  return changeTenant(context, id, { status });
}

async function changeTenant(
  { database, tenants }: Context,
  id: string,
  changes: Partial<Pick<Tenant, 'slug' | 'displayName' | 'status'>>,
): Promise<Tenant> {
  const tenantId = parseUuid(id, 'id');
  const changed = await database.transaction(async (transaction) => {
    const tenant = await lockTenant(database, transaction, { id: tenantId });
    if (tenant === null) throw notFound('id', 'tenant');
    if (!changesAnything(tenant, changes)) return tenant;
    const updatedAt = new Date();
    await transaction.manager.update(Tenant, { id: tenantId }, { ...changes, updatedAt });
    return { ...tenant, ...changes, updatedAt };
  });
  tenants.forget();
  return changed;
}
