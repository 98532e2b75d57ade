import { parseUuid } from '../../../shared/input/parse-input';
import {
  type ExportedRows,
  exportRows,
  type RemovedRows,
  removeRows,
} from '../../../shared/provisioning/tenant-data';
import { assertReached } from '../../../shared/provisioning/tenant-of-run';
import type { Context } from '../context';
import type { MutationRemoveFromCrmArgs, QueryExportFromCrmArgs } from '../graphql.generated';
import { lockCopy } from '../tenancy/writable-tenant';
import { crmTenantData } from './tenant-data';

/** The next rows that CRM holds of a tenant. Throws `BAD_USER_INPUT`, and `TENANT_NOT_FOUND` beyond the call's reach. */
export async function exportFromCrm(
  { database, viewer, migration }: Context,
  { tenantId, first, after }: QueryExportFromCrmArgs,
): Promise<ExportedRows> {
  const tenantKey = parseUuid(tenantId, 'tenantId');
  assertReached(viewer, tenantKey, 'tenantId');
  return exportRows(database, migration.withTenantBooks(crmTenantData), { tenantKey, first, after });
}

/** Removes the next rows that CRM holds of a tenant. Throws as `exportFromCrm` does. */
export async function removeFromCrm(
  { database, viewer, migration }: Context,
  args: MutationRemoveFromCrmArgs,
): Promise<RemovedRows> {
  const tenantId = parseUuid(args.tenantId, 'tenantId');
  assertReached(viewer, tenantId, 'tenantId');
  return database.transaction(async (transaction) => {
    await lockCopy(transaction, tenantId);
    return removeRows(transaction, migration.withTenantBooks(crmTenantData), {
      action: 'removeFromCrm',
      tenantKey: tenantId,
      tenantId,
      limit: args.limit,
    });
  });
}
