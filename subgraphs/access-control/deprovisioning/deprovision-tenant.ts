import { v7 as uuid7 } from 'uuid';
import type { DeprovisioningSettings } from '../../../shared/deprovisioning-settings';
import { badInput, tenantNotFound } from '../../../shared/errors/coded-error';
import { parseUuid } from '../../../shared/input/parse-input';
import { DIGIWEDGE_TENANT_ID, YOLO_TENANT_ID } from '../../../shared/tenancy/well-known-tenants';
import type { Context } from '../context';
import { lockTenant } from '../tenants/tenant-store';
import { changeTenantIn } from '../tenants/update-tenant';
import { TenantDeprovisioning } from './deprovisioning.entity';
import { findUnfinished } from './deprovisioning-store';
import { removalJob } from './removal-job';

const DAY_MS = 86_400_000;

/** A removal that was only looked at. */
export type PlannedDeprovisioning = Omit<TenantDeprovisioning, 'id' | 'status'> & {
  id: null;
  status: 'PLANNED';
};

/**
 * Disables a tenant and schedules its removal; one that is scheduled or runs already is answered as it is. With `dryRun`
 * nothing is written. Throws `TENANT_NOT_FOUND`, and `BAD_USER_INPUT` for the platform's own tenants.
 */
export async function deprovisionTenant(
  context: Context,
  { graceDays }: DeprovisioningSettings,
  { id, dryRun }: { id: string; dryRun: boolean },
): Promise<TenantDeprovisioning | PlannedDeprovisioning> {
  const { database, tenants, viewer } = context;
  const tenantId = parseUuid(id, 'id');
  if (tenantId === DIGIWEDGE_TENANT_ID || tenantId === YOLO_TENANT_ID) {
    throw badInput('id', 'wellKnown', 'the platform’s own tenants are not removed');
  }
  const scheduled = await database.transaction(async (transaction) => {
    const tenant = await lockTenant(database, transaction, { id: tenantId });
    if (tenant === null) throw tenantNotFound('id');
    const unfinished = await findUnfinished(database, transaction, tenantId);
    if (unfinished) return unfinished;

    const delayMs = graceDays * DAY_MS;
    const removal: PlannedDeprovisioning = {
      id: null,
      tenantId,
      tenantSlug: tenant.slug,
      status: 'PLANNED',
      hasDisabled: tenant.status === 'ACTIVE',
      requestedBy: viewer.subject,
      requestedAt: new Date(),
      dueAt: new Date(Date.now() + delayMs),
      startedAt: null,
      finishedAt: null,
      exportFile: null,
      exportSha256: null,
      error: null,
    };
    if (dryRun) return removal;

    const created = transaction.manager.create(TenantDeprovisioning, {
      ...removal,
      id: uuid7(),
      status: 'SCHEDULED',
    });
    await transaction.manager.insert(TenantDeprovisioning, created);
    await changeTenantIn(transaction, tenant, { action: 'disableTenant', changes: { status: 'DISABLED' } });
    await transaction.record({
      action: 'deprovisionTenant',
      tenantKey: tenantId,
      recordType: 'TenantDeprovisioning',
      recordId: created.id,
      before: null,
      after: created,
    });
    await transaction.publish({
      type: 'tenant.deprovisioning.scheduled',
      tenantKey: tenantId,
      tenant,
      payload: { deprovisioningId: created.id, dueAt: created.dueAt.toISOString() },
    });
    await transaction.enqueue(removalJob(created.id, delayMs));
    return created;
  });
  tenants.forget();
  return scheduled;
}
