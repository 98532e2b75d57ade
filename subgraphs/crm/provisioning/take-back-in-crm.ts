import { parseInput } from '../../../shared/input/parse-input';
import { RunOfTenantRules } from '../../../shared/provisioning/run-input';
import type { KeptRecord } from '../../../shared/provisioning/taking-back';
import { findTenantOfRun } from '../../../shared/provisioning/tenant-of-run';
import type { Context } from '../context';
import type { TakeBackInCrmInput, TakenBack } from '../graphql.generated';
import { reasonToKeepPack, removeTemplatePack } from '../template-packs/remove-template-pack';
import { listInstallationsOfRun } from '../template-packs/template-pack-installation';
import { lockCopy } from '../tenancy/writable-tenant';

/**
 * Removes the template packs that a run installed, unless somebody uses or changed them. The copy of the tenant stays as
 * long as Access Control has the tenant. Safe to repeat. Throws `BAD_USER_INPUT`, and what `findTenantOfRun` throws.
 */
export async function takeBackInCrm(context: Context, input: TakeBackInCrmInput): Promise<TakenBack> {
  const { runId, tenantId } = parseInput(RunOfTenantRules, input, 'input.crm');
  await findTenantOfRun(context.tenants, tenantId, context);
  const { database } = context;

  return database.transaction(async (transaction) => {
    await lockCopy(transaction, tenantId);
    const removed: string[] = [];
    const kept: KeptRecord[] = [];
    for (const installation of await listInstallationsOfRun(transaction, tenantId, runId)) {
      const reason = await reasonToKeepPack(transaction, installation);
      if (reason !== null) {
        kept.push({ id: installation.pack, reason });
        continue;
      }
      await removeTemplatePack(transaction, 'takeBackInCrm', installation);
      removed.push(installation.pack);
    }
    return { removed, kept };
  });
}
