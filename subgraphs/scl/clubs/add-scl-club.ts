import type { Transaction } from '../../../shared/database/database';
import { badInput } from '../../../shared/errors/coded-error';
import type { Viewer } from '../../../shared/identity/viewer';
import type { DirectoryTenant } from '../../../shared/tenancy/tenant-directory';
import type { SclTenant } from '../tenants/scl-tenant.entity';
import { SclClub } from './scl-club.entity';
import { countClubsOfSclTenant, MAX_CLUBS_OF_SCL_TENANT } from './scl-club-store';

/** The unique constraints that a club's row can meet, and what the caller of a mutation learns of them. */
export const sclClubConflicts = {
  scl_club_scl_tenant_id_name_key: {
    path: 'input.name',
    message: 'another club of this SCL tenant has this name',
  },
  scl_club_pkey: { path: 'input.id', message: 'another club has this id' },
};

/**
 * Throws `BAD_USER_INPUT` at `path` unless so many more clubs fit the SCL tenant, which is locked, so that no other call
 * adds one between the count and the insert.
 */
export async function assertClubsFit(
  transaction: Transaction,
  { sclTenantId, added, path }: { sclTenantId: string; added: number; path: string },
): Promise<void> {
  if ((await countClubsOfSclTenant(transaction, sclTenantId)) + added <= MAX_CLUBS_OF_SCL_TENANT) return;
  throw badInput(path, 'maxClubs', `an SCL tenant has at most ${MAX_CLUBS_OF_SCL_TENANT} clubs`);
}

/** Inserts a club. `tellOfNewSclClub` belongs to it, once all rows of the transaction are written. */
export async function insertSclClub(
  { manager }: Transaction,
  viewer: Viewer,
  values: Pick<SclClub, 'id' | 'sclTenantId' | 'name'>,
): Promise<SclClub> {
  const club = manager.create(SclClub, { ...values, createdBy: viewer.subject, updatedBy: viewer.subject });
  await manager.insert(SclClub, club);
  return club;
}

/** Records a new club under the mutation's name, and publishes it. `tenant` has the SCL code, or gets it by this run. */
export async function tellOfNewSclClub(
  transaction: Transaction,
  action: string,
  { club, sclTenant, tenant }: { club: SclClub; sclTenant: SclTenant; tenant: DirectoryTenant | null },
): Promise<void> {
  await transaction.record({
    action,
    tenantKey: sclTenant.code,
    recordType: 'SclClub',
    recordId: club.id,
    before: null,
    after: club,
  });
  await transaction.publish({
    type: 'scl.club.created',
    tenantKey: sclTenant.code,
    tenant,
    payload: { clubId: club.id, sclTenantCode: sclTenant.code },
  });
}
