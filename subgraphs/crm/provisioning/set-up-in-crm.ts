import { parseInput } from '../../../shared/input/parse-input';
import { getTenantToSetUp } from '../../../shared/provisioning/tenant-of-run';
import type { Context } from '../context';
import type { SetUpInCrmInput, SystemSetUp } from '../graphql.generated';
import { installPack } from '../template-packs/install-template-pack';
import { ensureCopy } from '../tenancy/tenant-read-model';
import { SetUpInCrmRules } from './provisioning-input';

const PATHS = { pack: 'input.crm.templatePack', tenant: 'input.tenantId' };

/**
 * Installs the pack, and sees to it that CRM has a copy of the tenant, which is no record of the run: every tenant has one. Safe to repeat, also at the same moment. Throws `BAD_USER_INPUT`,
 * what `installTemplatePack` throws for the pack, and what `getTenantToSetUp` throws.
 */
export async function setUpInCrm(context: Context, input: SetUpInCrmInput): Promise<SystemSetUp> {
  const { runId, tenantId, templatePack } = parseInput(SetUpInCrmRules, input, 'input.crm');
  const tenant = await getTenantToSetUp(context.tenants, tenantId, context);
  await ensureCopy(context.copies, tenant);
  if (!templatePack) return { created: [], adopted: [] };

  const { database, viewer } = context;
  const installed = await database.transaction((transaction) =>
    installPack(transaction, {
      action: 'setUpInCrm',
      tenant,
      pack: templatePack,
      viewer,
      runId,
      paths: PATHS,
    }),
  );
  return installed.runId === runId
    ? { created: [templatePack], adopted: [] }
    : { created: [], adopted: [templatePack] };
}
