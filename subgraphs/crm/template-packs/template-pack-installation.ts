import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import type { TemplatePackKey } from '../graphql.generated';
import { isOfTenant, type TenantRow, tenantRowOf } from '../tenancy/tenant-row';

/** Which version of a pack a tenant has. */
export interface TemplatePackInstallation extends TenantRow {
  pack: TemplatePackKey;
  version: number;
  installedAt: Date;
}

/** The tenant's installation of the pack. Throws when it has none. */
export async function getInstallation(
  transaction: SqlRunner,
  tenantId: string,
  pack: TemplatePackKey,
): Promise<TemplatePackInstallation> {
  const installation = await transaction.row<TemplatePackInstallation>(sql`
    SELECT ${raw(tenantRowOf('i'))}, i.pack_key AS pack, i.version, i.installed_at AS "installedAt"
    FROM crm.template_pack_installation i WHERE ${isOfTenant('i', tenantId)} AND i.pack_key = ${pack}`);
  if (installation === null) throw new Error(`Tenant ${tenantId} has no pack ${pack}`);
  return installation;
}
