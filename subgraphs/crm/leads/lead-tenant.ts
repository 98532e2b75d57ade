import { badInput } from '../../../shared/errors/coded-error';
import { reaches } from '../../../shared/identity/viewer';
import { asUuid } from '../../../shared/input/uuid';
import type { SubgraphCall } from '../../../shared/subgraph/transport';
import { isSlug } from '../../../shared/tenancy/slug';
import type { DirectoryTenant, TenantDirectory } from '../../../shared/tenancy/tenant-directory';
import { findLastHolder } from '../slug-aliases/former-slugs';
import type { TenantCopies } from '../tenancy/tenant-read-model';

/** How a lead names its tenant. */
export type TenantName = { slug: string } | { id: string };

/** The UUID by which a lead names its tenant. Throws `BAD_USER_INPUT`, which says where a slug belongs. */
export function parseTenantId(value: string, path: string): string {
  const id = asUuid(String(value).trim());
  if (id === null) {
    throw badInput(path, 'uuid', "must be the tenant's UUID; its slug belongs into input.tenantSlug");
  }
  return id;
}

/** Whether a tenant of that name could be there for the caller at all. */
export function isPossible(name: TenantName, { viewer }: Pick<SubgraphCall, 'viewer'>): boolean {
  return 'id' in name ? reaches(viewer, name.id) : isSlug(name.slug);
}

/**
 * The tenant that has the slug; where nobody has it, the one that had it last, for as long as that is known. That nobody
 * has it is asked anew before somebody else gets the lead. Throws `SUBGRAPH_UNAVAILABLE`.
 */
export async function resolveLeadTenant(
  { tenants, copies }: { tenants: TenantDirectory; copies: TenantCopies },
  name: TenantName,
  call: SubgraphCall,
): Promise<DirectoryTenant | null> {
  const tenant = await tenants.resolveTenant(name, call);
  if (tenant !== null || 'id' in name || copies.slugAliasDays === 0) return tenant;
  const lastHolder = await findLastHolder(copies.database, name.slug);
  if (lastHolder === null) return null;
  const taker = await tenants.resolveAnew(name, call);
  return taker ?? tenants.resolveTenant({ id: lastHolder }, call);
}
