import { tenantNotFound } from '../../../shared/errors/coded-error';
import type { Context } from '../context';
import { takenClubs } from './taken-keys';
import type { RegistryEntry } from './tenant-registry.entity';

/**
 * Maps a club to the tenant, unless TeeTime has it for another one: then the two would disagree. A club that TeeTime does
 * not know may be made there later. Throws `TENANT_NOT_FOUND`, `CONFLICT` when the club is another tenant's in TeeTime or in
 * the registry, and `SUBGRAPH_UNAVAILABLE` when TeeTime does not say whose it is.
 */
export async function addTeeTimeClub(
  { tenants, survey, registry }: Context,
  { tenantId, clubId }: { tenantId: string; clubId: string },
): Promise<RegistryEntry> {
  if ((await tenants.findById(tenantId)) === null) throw tenantNotFound('tenantId');
  const [club] = await survey.clubs([clubId]);
  if (club && club.tenantId !== tenantId) throw takenClubs('clubId', [clubId]);
  return registry.addTeeTimeClub(tenantId, clubId);
}
