import type { Transaction } from '../../../shared/database/database';
import type { Viewer } from '../../../shared/identity/viewer';
import { SclTenant } from './scl-tenant.entity';

/** The unique constraints that an SCL tenant's row can meet, and what the caller of the mutation learns of them. */
export const sclTenantConflicts = {
  scl_tenant_code_key: { path: 'input.code', message: 'another SCL tenant has this code' },
  scl_tenant_pkey: { path: 'input.id', message: 'another SCL tenant has this id' },
};

/** Inserts an SCL tenant. `tellOfNewSclTenant` belongs to it, once all rows of the transaction are written. */
export async function insertSclTenant(
  { manager }: Transaction,
  viewer: Viewer,
  values: Pick<SclTenant, 'id' | 'code' | 'name'>,
): Promise<SclTenant> {
  const sclTenant = manager.create(SclTenant, {
    ...values,
    createdBy: viewer.subject,
    updatedBy: viewer.subject,
  });
  await manager.insert(SclTenant, sclTenant);
  return sclTenant;
}

/** Records a new SCL tenant under the mutation's name. */
export async function tellOfNewSclTenant(
  transaction: Transaction,
  action: string,
  sclTenant: SclTenant,
): Promise<void> {
  await transaction.record({
    action,
    tenantKey: sclTenant.code,
    recordType: 'SclTenant',
    recordId: sclTenant.id,
    before: null,
    after: sclTenant,
  });
}
