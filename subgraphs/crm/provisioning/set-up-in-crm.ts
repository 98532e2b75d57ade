import { parseInput } from '../../../shared/input/parse-input';
import { getTenantToSetUp } from '../../../shared/provisioning/tenant-of-run';
import type { Context } from '../context';
import type { SetUpInCrmInput, SystemSetUp } from '../graphql.generated';
import { installPack } from '../template-packs/install-template-pack';
import { ensureCopy, findCopy } from '../tenancy/tenant-read-model';
import { SetUpInCrmRules } from './provisioning-input';

const PATHS = { pack: 'input.crm.templatePack', tenant: 'input.tenantId' };

/**
 * Makes CRM's copy of the tenant, and installs the pack. Safe to repeat, also at the same moment. Throws `BAD_USER_INPUT`,
 * what `installTemplatePack` throws for the pack, and what `getTenantToSetUp` throws.
 */
export async function setUpInCrm(context: Context, input: SetUpInCrmInput): Promise<SystemSetUp> {
  const { runId, tenantId, templatePack } = parseInput(SetUpInCrmRules, input, 'input.crm');
  const tenant = await getTenantToSetUp(context.tenants, tenantId, context);
  await ensureCopy(context.copies, tenant, runId);

  const { database, viewer } = context;
  const copy = await findCopy(database, tenantId);
  const found = [{ id: tenantId, runId: copy?.runId ?? null }];
  if (templatePack) {
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
    found.push({ id: templatePack, runId: installed.runId });
  }
  return {
    created: found.filter((record) => record.runId === runId).map(({ id }) => id),
    adopted: found.filter((record) => record.runId !== runId).map(({ id }) => id),
  };
}
