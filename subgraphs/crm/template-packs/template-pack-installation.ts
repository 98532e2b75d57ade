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
/** The pack's installation at the tenant, or `null`. */
export function findInstallation(
  transaction: SqlRunner,
  tenantId: string,
  pack: TemplatePackKey,
): Promise<TemplatePackInstallation | null> {
  return transaction.row<TemplatePackInstallation>(sql`
    SELECT ${raw(tenantRowOf('i'))}, i.pack_key AS pack, i.version, i.installed_at AS "installedAt"
    FROM crm.template_pack_installation i WHERE ${isOfTenant('i', tenantId)} AND i.pack_key = ${pack}`);
}
