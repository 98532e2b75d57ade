import { withConflicts } from '../../../shared/database/postgres-errors';
import { notFound } from '../../../shared/errors/coded-error';
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

function changeTenant(
  { database }: Context,
  id: string,
  changes: Partial<Pick<Tenant, 'slug' | 'displayName' | 'status'>>,
): Promise<Tenant> {
  const tenantId = parseUuid(id, 'id');
  return database.transaction(async (transaction) => {
    const tenant = await lockTenant(database, transaction, { id: tenantId });
    if (tenant === null) throw notFound('id', 'tenant');
    const next = { ...tenant, ...changes };
    const isChanged =
      next.slug !== tenant.slug || next.displayName !== tenant.displayName || next.status !== tenant.status;
    if (!isChanged) return tenant;
    const updatedAt = new Date();
    await transaction.manager.update(Tenant, { id: tenantId }, { ...changes, updatedAt });
    return { ...next, updatedAt };
  });
}
