import type { Transaction } from '../../../shared/database/database';
import type { DirectoryTenant } from '../../../shared/tenancy/tenant-directory';
import type { Club } from './club.entity';

/** Records under the mutation's name that a tenant's club is gone from it, and publishes it. */
export async function tellOfRemovedClub(
  transaction: Transaction,
  action: string,
  { club, tenant }: { club: Club; tenant: DirectoryTenant | null },
): Promise<void> {
  await transaction.record({
    action,
    tenantKey: club.tenantId,
    recordType: 'Club',
    recordId: club.id,
    before: club,
    after: null,
  });
  await transaction.publish({
    type: 'teetime.club.removed',
    tenantKey: club.tenantId,
    tenant,
    payload: { clubId: club.id, clubCode: club.clubCode },
  });
}
