import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import { parseInput } from '../../../shared/input/parse-input';
import { RunOfTenantRules } from '../../../shared/provisioning/run-input';
import type { KeptRecord } from '../../../shared/provisioning/taking-back';
import { findTenantOfRun } from '../../../shared/provisioning/tenant-of-run';
import type { Context } from '../context';
import type { TakeBackInCrmInput, TakenBack } from '../graphql.generated';
import { reasonToKeepPack, removeTemplatePack } from '../template-packs/remove-template-pack';
import { listInstallationsOfRun } from '../template-packs/template-pack-installation';
import { isOfTenant, tenantTables } from '../tenancy/tenant-row';
import { lockCopy } from '../tenancy/writable-tenant';

/**
 * Removes the template packs that a run installed, unless somebody uses or changed them, and the copy of the tenant that
 * it made, unless CRM has rows of the tenant. Safe to repeat. Throws `BAD_USER_INPUT`, and what `findTenantOfRun` throws.
 */
export async function takeBackInCrm(context: Context, input: TakeBackInCrmInput): Promise<TakenBack> {
  const { runId, tenantId } = parseInput(RunOfTenantRules, input, 'input.crm');
  await findTenantOfRun(context.tenants, tenantId, context);
  const { database } = context;

  return database.transaction(async (transaction) => {
    const copy = await lockCopy(transaction, tenantId);
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
    if (copy?.runId !== runId) return { removed, kept };
    if (await hasRows(transaction, tenantId)) {
      kept.push({ id: tenantId, reason: 'CRM has rows of the tenant' });
    } else {
      // The copy is no record of the tenant's: neither its making nor its end is in the audit trail.
      await transaction.rows(sql`DELETE FROM crm.tenant WHERE id = ${tenantId}`);
      removed.push(tenantId);
    }
    return { removed, kept };
  });
}

async function hasRows(transaction: SqlRunner, tenantId: string): Promise<boolean> {
  for (const table of tenantTables) {
    const row = await transaction.row(
      sql`SELECT FROM ${raw(table)} own WHERE ${isOfTenant('own', tenantId)} LIMIT 1`,
    );
    if (row !== null) return true;
  }
  return false;
}
