import sql from 'sql-template-tag';
import { parseKey, parseUuid } from '../../../shared/input/parse-input';
import {
  type ExportedRows,
  exportRows,
  type RemovedRows,
  removeRows,
} from '../../../shared/provisioning/tenant-data';
import { assertKeyOfTenant, assertReached } from '../../../shared/provisioning/tenant-of-run';
import type { Context } from '../context';
import type { MutationRemoveFromMessagingArgs, QueryExportFromMessagingArgs } from '../graphql.generated';
import { messagingTenantData } from './tenant-data';

/** The next rows that Messaging holds under a tenant's id. Throws `BAD_USER_INPUT`, and what `openId` throws. */
export async function exportFromMessaging(
  context: Context,
  args: QueryExportFromMessagingArgs,
): Promise<ExportedRows> {
  const { messagingTenantId } = await openId(context, args);
  if (!(await isAskedFor(context, messagingTenantId, args))) return { rows: [], next: null };
  const page = { tenantKey: messagingTenantId, first: args.first, after: args.after };
  return exportRows(context.databaseOfId(messagingTenantId), messagingTenantData, page);
}

/** Removes the next rows that Messaging holds under a tenant's id. Throws `BAD_USER_INPUT`, and what `openId` throws. */
export async function removeFromMessaging(
  context: Context,
  args: MutationRemoveFromMessagingArgs,
): Promise<RemovedRows> {
  const { tenantId, messagingTenantId } = await openId(context, args);
  if (!(await isAskedFor(context, messagingTenantId, args))) return { removed: 0, done: true };
  return context.databaseOfId(messagingTenantId).transaction((transaction) =>
    removeRows(transaction, messagingTenantData, {
      action: 'removeFromMessaging',
      tenantKey: messagingTenantId,
      tenantId,
      limit: args.limit,
    }),
  );
}

/** Whether what is under the id may be taken out: all of it, or only what one of the runs made. */
async function isAskedFor(
  { databaseOfId }: Context,
  messagingTenantId: string,
  { madeByRuns }: { madeByRuns?: string[] | null },
): Promise<boolean> {
  if (!madeByRuns) return true;
  const runIds = madeByRuns.map((runId, index) => parseUuid(runId, `madeByRuns.${index}`));
  const made = await databaseOfId(messagingTenantId).row(sql`
    SELECT FROM messaging.messaging_tenant t
    WHERE t.messaging_tenant_id = ${messagingTenantId} AND t.run_id = ANY (${runIds}::uuid[])`);
  return made !== null;
}

/** Throws `TENANT_NOT_FOUND` for a tenant beyond the call's reach, and `CONFLICT` for an id of another tenant. */
async function openId(
  context: Context,
  args: { tenantId: string; messagingTenantId: string },
): Promise<{ tenantId: string; messagingTenantId: string }> {
  const tenantId = parseUuid(args.tenantId, 'tenantId');
  const messagingTenantId = parseKey(args.messagingTenantId, 'messagingTenantId');
  assertReached(context.viewer, tenantId, 'tenantId');
  await assertKeyOfTenant(
    context.tenants,
    { tenantId, key: { messagingTenantId }, path: 'messagingTenantId' },
    context,
  );
  return { tenantId, messagingTenantId };
}
