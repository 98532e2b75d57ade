import type { Transaction } from '../../../shared/database/database';
import type { Viewer } from '../../../shared/identity/viewer';
import { DEFAULT_TIMEZONE } from '../../../shared/input/timezone';
import type { DirectoryTenant } from '../../../shared/tenancy/tenant-directory';
import { Club } from './club.entity';

/** The unique constraints that a club's row can meet, and what the caller of a mutation learns of them. */
export const clubConflicts = {
  club_club_code_key: { path: 'input.clubCode', message: 'another club has this code' },
  club_pkey: { path: 'input.id', message: 'another club has this id' },
};

/** What a new club is given; `null` is as good as absent. */
export interface NewClub extends Pick<Club, 'id' | 'clubCode' | 'name' | 'tenantId'> {
  status?: Club['status'] | null;
  location?: string | null;
  timezone?: string | null;
}

/** Inserts a club. `tellOfNewClub` belongs to it, once all rows of the transaction are written. */
export async function insertClub(
  { manager }: Transaction,
  viewer: Viewer,
  { status, location, timezone, ...values }: NewClub,
): Promise<Club> {
  const club = manager.create(Club, {
    ...values,
    status: status ?? 'ACTIVE',
    location: location ?? null,
    timezone: timezone ?? DEFAULT_TIMEZONE,
    createdBy: viewer.subject,
    updatedBy: viewer.subject,
  });
  await manager.insert(Club, club);
  return club;
}

/** Records a new club under the mutation's name, and publishes it. */
export async function tellOfNewClub(
  transaction: Transaction,
  action: string,
  { club, tenant }: { club: Club; tenant: DirectoryTenant },
): Promise<void> {
  await transaction.record({
    action,
    tenantKey: club.tenantId,
    recordType: 'Club',
    recordId: club.id,
    before: null,
    after: club,
  });
  await transaction.publish({
    type: 'teetime.club.created',
    tenantKey: club.tenantId,
    tenant,
    payload: { clubId: club.id, clubCode: club.clubCode },
  });
}
