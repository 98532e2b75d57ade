import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import { type FoundOfTenant, findTenantsInSystems } from '../holdings/found-of-tenant';
import type { Survey } from '../holdings/survey';
import type { TenantRegistryService } from '../registry/tenant-registry-service';
import type { Tenant } from '../tenants/tenant.entity';
import { type ImportProposal, type KeyOwners, proposeImport } from './propose-import';

/** A tenant with what the systems hold of it and the registry does not say. */
export interface TenantImport extends ImportProposal {
  tenant: Tenant;
}

interface Sources {
  survey: Survey;
  registry: TenantRegistryService;
  /** Every tenant's rows, because a key may be any tenant's. */
  everyTenant: SqlRunner;
}

/** Compares what the systems hold of the tenants with the registry. Throws `SUBGRAPH_UNAVAILABLE`. */
export async function proposeForTenants(
  { survey, registry, everyTenant }: Sources,
  tenants: readonly Tenant[],
): Promise<TenantImport[]> {
  const found = await findTenantsInSystems(survey, tenants);
  const owners = await findOwners(everyTenant, [...found.values()], tenants);
  return Promise.all(
    tenants.map(async (tenant) => {
      const entry = await registry.findByTenantId(tenant.id);
      return { tenant, ...proposeImport({ tenantId: tenant.id, entry }, foundOf(found, tenant), owners) };
    }),
  );
}

function foundOf(found: ReadonlyMap<string, FoundOfTenant>, { id }: Tenant): FoundOfTenant {
  return found.get(id) ?? { sclCodes: [], messagingIds: [], clubs: [], crmCopy: null };
}

/** Whose the keys that were found are by the registry. */
export async function findOwners(
  everyTenant: SqlRunner,
  found: readonly FoundOfTenant[],
  tenants: readonly Pick<Tenant, 'id'>[],
): Promise<KeyOwners> {
  const rows = await everyTenant.rows<{ kind: keyof KeyOwners; key: string; tenantId: string }>(sql`
    SELECT 'sclTenantCodes' AS kind, r.scl_tenant_code AS key, r.tenant_id AS "tenantId"
    FROM access_control.tenant_registry r
    WHERE r.scl_tenant_code = ANY (${found.flatMap(({ sclCodes }) => sclCodes)}::text[])
    UNION ALL
    SELECT 'messagingTenantIds', r.messaging_tenant_id, r.tenant_id FROM access_control.tenant_registry r
    WHERE r.messaging_tenant_id = ANY (${found.flatMap(({ messagingIds }) => messagingIds)}::text[])
    UNION ALL
    SELECT 'crmTenantIds', r.crm_tenant_id, r.tenant_id FROM access_control.tenant_registry r
    WHERE r.crm_tenant_id = ANY (${tenants.map(({ id }) => id)}::text[])
    UNION ALL
    SELECT 'teeTimeClubIds', c.club_id::text, c.tenant_id FROM access_control.tenant_registry_club c
    WHERE c.club_id = ANY (${found.flatMap(({ clubs }) => clubs.map(({ id }) => id))}::uuid[])`);
  const ownersOf = (kind: keyof KeyOwners) =>
    new Map(rows.filter((row) => row.kind === kind).map(({ key, tenantId }) => [key, tenantId]));
  return {
    sclTenantCodes: ownersOf('sclTenantCodes'),
    messagingTenantIds: ownersOf('messagingTenantIds'),
    crmTenantIds: ownersOf('crmTenantIds'),
    teeTimeClubIds: ownersOf('teeTimeClubIds'),
  };
}
