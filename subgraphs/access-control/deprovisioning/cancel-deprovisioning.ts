import { type CodedError, notThere, stateConflict, tenantNotFound } from '../../../shared/errors/coded-error';
import { parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import { lockTenant } from '../tenants/tenant-store';
import { changeTenantIn } from '../tenants/update-tenant';
import { TenantDeprovisioning } from './deprovisioning.entity';
import { findNewest, lockDeprovisioning } from './deprovisioning-store';

/**
 * Calls the tenant's removal off and enables it again if the removal had disabled it. One that was called off already is
 * answered as it is. Throws `NOT_FOUND` when none was asked for, and `CONFLICT` when it has begun.
 */
export async function cancelDeprovisioning(context: Context, id: string): Promise<TenantDeprovisioning> {
  const { database, tenants } = context;
  const tenantId = parseUuid(id, 'tenantId');
  const cancelled = await database.transaction(async (transaction) => {
    const tenant = await lockTenant(database, transaction, { id: tenantId });
    const newest = await findNewest(database, transaction, tenantId);
    if (newest === null) throw tenant ? noRemoval() : tenantNotFound('tenantId');
    const removal = await lockDeprovisioning(database, transaction, newest.id);
    if (removal === null) throw new Error(`Removal ${newest.id} is gone`);
    if (removal.status === 'CANCELLED') return removal;
    if (removal.status !== 'SCHEDULED' || tenant === null) {
      throw stateConflict('tenantId', 'the removal has begun, so it cannot be called off any more');
    }
    const stamped = { status: 'CANCELLED', finishedAt: new Date() } as const;
    await transaction.manager.update(TenantDeprovisioning, { id: removal.id }, stamped);
    if (removal.hasDisabled) {
      await changeTenantIn(transaction, tenant, { action: 'enableTenant', changes: { status: 'ACTIVE' } });
    }
    const after = { ...removal, ...stamped };
    await transaction.record({
      action: 'cancelDeprovisioning',
      tenantKey: tenantId,
      recordType: 'TenantDeprovisioning',
      recordId: removal.id,
      before: removal,
      after,
    });
    await transaction.publish({
      type: 'tenant.deprovisioning.cancelled',
      tenantKey: tenantId,
      tenant,
      payload: { deprovisioningId: removal.id },
    });
    return after;
  });
  tenants.forget();
  return cancelled;
}

function noRemoval(): CodedError {
  return notThere('tenantId', 'nobody has asked for a removal of this tenant');
}
