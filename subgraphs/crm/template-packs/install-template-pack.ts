import type { Transaction } from '../../../shared/database/database';
import type { Viewer } from '../../../shared/identity/viewer';
import type { Context } from '../context';
import type { TemplatePackKey } from '../graphql.generated';
import { namedTenantId } from '../tenancy/named-tenant';
import { getWritableTenant, holdTenant, type WritableTenant } from '../tenancy/writable-tenant';
import {
  findInstallation,
  listOwnedByPack,
  type TemplatePackInstallation,
} from './template-pack-installation';
import { templatePacks } from './template-packs';
import { type Installation, writeTemplatePack } from './write-template-pack';

/**
 * Gives a tenant the pack's segments and journeys; safe to repeat, also at the same moment. Throws `CONFLICT` that names
 * what the tenant has of its own, or of another pack, under a name of the pack, and what `getWritableTenant` throws.
 */
export async function installTemplatePack(
  context: Context,
  tenantId: string,
  pack: TemplatePackKey,
): Promise<TemplatePackInstallation> {
  const tenant = await getWritableTenant(
    context,
    { id: await namedTenantId(context, tenantId, 'tenantId') },
    'tenantId',
  );
  const { database, viewer } = context;
  return database.transaction((transaction) =>
    installPack(transaction, { action: 'installTemplatePack', tenant, pack, viewer }),
  );
}

interface PackInstallation extends Pick<Installation, 'runId' | 'paths'> {
  /** The mutation's name, for the audit trail. */
  action: string;
  tenant: WritableTenant;
  pack: TemplatePackKey;
  viewer: Viewer;
}

/** As `installTemplatePack`, in a transaction of the caller's, for a tenant that CRM has a copy of. */
export async function installPack(
  transaction: Transaction,
  { action, tenant, pack, viewer, runId, paths }: PackInstallation,
): Promise<TemplatePackInstallation> {
  const held = await holdTenant(transaction, tenant, 'one at a time');
  const before = await findInstallation(transaction, tenant.id, pack);
  const ownedBefore = await listOwnedByPack(transaction, tenant.id, pack);
  await writeTemplatePack(transaction, {
    tenants: [held],
    pack: templatePacks[pack],
    subject: viewer.subject,
    runId,
    paths,
  });
  const after = await findInstallation(transaction, tenant.id, pack);
  if (after === null) throw new Error(`Tenant ${tenant.id} has no pack ${pack} after its installation`);
  if (before?.version !== after.version) {
    await transaction.record({
      action,
      tenantKey: tenant.id,
      recordType: 'TemplatePackInstallation',
      recordId: pack,
      before: before && { ...before, ...ownedBefore },
      after: { ...after, ...(await listOwnedByPack(transaction, tenant.id, pack)) },
    });
  }
  return after;
}
