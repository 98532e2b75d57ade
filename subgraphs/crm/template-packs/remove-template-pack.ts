import sql from 'sql-template-tag';
import type { SqlRunner, Transaction } from '../../../shared/database/database';
import { CHANGED_SINCE } from '../../../shared/provisioning/taking-back';
import { isOfTenant } from '../tenancy/tenant-row';
import { listOwnedByPack, type TemplatePackInstallation } from './template-pack-installation';

/** Why a pack is not to be removed, or `null`: somebody works with what it owns, or has changed it since. */
export async function reasonToKeepPack(
  transaction: SqlRunner,
  { tenantId, pack }: TemplatePackInstallation,
): Promise<string | null> {
  const use = await transaction.row<{ isActive: boolean; isChanged: boolean }>(sql`
    SELECT coalesce(bool_or(owned.status = 'ACTIVE'), false) AS "isActive",
      coalesce(bool_or(owned.updated_at <> owned.created_at), false) AS "isChanged"
    FROM (
      SELECT j.status, j.created_at, j.updated_at FROM journey j
      WHERE ${isOfTenant('j', tenantId)} AND j.pack_key = ${pack}
      UNION ALL
      SELECT NULL, s.created_at, s.updated_at FROM segment s
      WHERE ${isOfTenant('s', tenantId)} AND s.pack_key = ${pack}
    ) AS owned`);
  if (use?.isActive) return 'a journey of it is ACTIVE';
  return use?.isChanged ? CHANGED_SINCE : null;
}

/**
 * Removes a pack's installation with all that the pack owns at the tenant, which is held one at a time, and records it
 * under the mutation's name.
 */
export async function removeTemplatePack(
  transaction: Transaction,
  action: string,
  installation: TemplatePackInstallation,
): Promise<void> {
  const { tenantId, pack } = installation;
  const owned = await listOwnedByPack(transaction, tenantId, pack);
  await transaction.rows(
    sql`DELETE FROM journey j WHERE ${isOfTenant('j', tenantId)} AND j.pack_key = ${pack}`,
  );
  await transaction.rows(
    sql`DELETE FROM segment s WHERE ${isOfTenant('s', tenantId)} AND s.pack_key = ${pack}`,
  );
  await transaction.rows(sql`
    DELETE FROM template_pack_installation i WHERE ${isOfTenant('i', tenantId)} AND i.pack_key = ${pack}`);
  await transaction.record({
    action,
    tenantKey: tenantId,
    recordType: 'TemplatePackInstallation',
    recordId: pack,
    before: { ...installation, ...owned },
    after: null,
  });
}
