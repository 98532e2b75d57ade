import { parseKey, parseUuid } from '../../../shared/input/parse-input';
import {
  type ExportedRows,
  exportRows,
  type RemovedRows,
  removeRows,
} from '../../../shared/provisioning/tenant-data';
import { assertKeyOfTenant, assertReached } from '../../../shared/provisioning/tenant-of-run';
import type { Context } from '../context';
import type { MutationRemoveFromSclArgs, QueryExportFromSclArgs } from '../graphql.generated';
import { sclTenantData } from './tenant-data';

/** The next rows that SCL holds under a tenant's code. Throws `BAD_USER_INPUT`, and what `openCode` throws. */
export async function exportFromScl(context: Context, args: QueryExportFromSclArgs): Promise<ExportedRows> {
  const { code } = await openCode(context, args);
  const page = { tenantKey: code, first: args.first, after: args.after };
  return exportRows(context.databaseOfCode(code), sclTenantData, page);
}

/** Removes the next rows that SCL holds under a tenant's code. Throws `BAD_USER_INPUT`, and what `openCode` throws. */
export async function removeFromScl(context: Context, args: MutationRemoveFromSclArgs): Promise<RemovedRows> {
  const { tenantId, code } = await openCode(context, args);
  return context.databaseOfCode(code).transaction((transaction) =>
    removeRows(transaction, sclTenantData, {
      action: 'removeFromScl',
      tenantKey: code,
      tenantId,
      limit: args.limit,
    }),
  );
}

/** Throws `TENANT_NOT_FOUND` for a tenant beyond the call's reach, and `CONFLICT` for a code of another tenant. */
async function openCode(
  context: Context,
  args: { tenantId: string; code: string },
): Promise<{ tenantId: string; code: string }> {
  const tenantId = parseUuid(args.tenantId, 'tenantId');
  const code = parseKey(args.code, 'code');
  assertReached(context.viewer, tenantId, 'tenantId');
  await assertKeyOfTenant(context.tenants, { tenantId, key: { sclTenantCode: code }, path: 'code' }, context);
  return { tenantId, code };
}
