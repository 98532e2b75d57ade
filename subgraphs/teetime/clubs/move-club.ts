import type { Transaction } from '../../../shared/database/database';
import { notFound, stateConflict } from '../../../shared/errors/coded-error';
import { assertWholePlatform } from '../../../shared/identity/whole-platform';
import { assertWritable, type DirectoryTenant } from '../../../shared/tenancy/tenant-directory';
import type { Context } from '../context';
import { tellOfNewClub } from './add-club';
import { Club } from './club.entity';
import { lockClub } from './club-store';
import { findMappedTenant, mappedElsewhere } from './mapped-tenant';
import { tellOfRemovedClub } from './tell-of-removed-club';

const ACTION = 'moveClub';

/**
 * Gives a club to another tenant; one that is the tenant's already stays untouched. Each of the two has an entry in its audit
 * trail, and an event. Throws `FORBIDDEN` unless the viewer reaches every tenant, `NOT_FOUND`, `CONFLICT` while the
 * registry maps the club to another tenant than the new one, what `assertWritable` throws of the new one, and
 * `SUBGRAPH_UNAVAILABLE`.
 */
export async function moveClub(
  context: Context,
  { clubId, tenantId }: { clubId: string; tenantId: string },
): Promise<Club> {
  assertWholePlatform(context.viewer);
  const { database, tenants, clubs } = context;
  const current = await clubs.findById(clubId);
  if (current === null) throw notFound('id', 'club');
  const tenant = await tenants.resolveAnew({ id: tenantId }, context);
  assertWritable(tenant, 'teetime', 'tenantId');
  if (current.tenantId === tenantId) return current;
  const mapped = await findMappedTenant(context.accessControl, clubId, context);
  if (mapped !== null && mapped !== tenantId) throw mappedElsewhere('id');
  const former = await tenants.resolveAnew({ id: current.tenantId }, context);

  return database.transaction(async (transaction) => {
    const club = await lockClub(database, transaction, clubId);
    if (club === null) throw notFound('id', 'club');
    if (club.tenantId === tenantId) return club;
    if (club.tenantId !== current.tenantId) throw movedMeanwhile();
    const changes = { tenantId, updatedAt: new Date(), updatedBy: context.viewer.subject };
    await transaction.manager.update(Club, { id: clubId }, changes);
    const moved = { ...club, ...changes };
    await tellOfMove(transaction, { from: { club, tenant: former }, to: { club: moved, tenant } });
    return moved;
  });
}

interface Move {
  /** `tenant` is `null` where Access Control has none any more. */
  from: { club: Club; tenant: DirectoryTenant | null };
  to: { club: Club; tenant: DirectoryTenant };
}

/** To the one tenant the club is gone, to the other it is new: neither learns of the other. */
async function tellOfMove(transaction: Transaction, { from, to }: Move): Promise<void> {
  await tellOfRemovedClub(transaction, ACTION, from);
  await tellOfNewClub(transaction, ACTION, to);
}

/** `CONFLICT` for a club that somebody else gave to a third tenant between the look and the write. */
export function movedMeanwhile() {
  return stateConflict('id', 'the club was given to another tenant at the same moment');
}
