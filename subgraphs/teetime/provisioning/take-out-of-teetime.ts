import { parseUuid } from '../../../shared/input/parse-input';
import {
  type ExportedRows,
  exportRows,
  type RemovedRows,
  removeRows,
} from '../../../shared/provisioning/tenant-data';
import { assertReached } from '../../../shared/provisioning/tenant-of-run';
import type { Context } from '../context';
import type { MutationRemoveFromTeeTimeArgs, QueryExportFromTeeTimeArgs } from '../graphql.generated';
import { teetimeTenantData } from './tenant-data';

/** The next rows that TeeTime holds of a tenant. Throws `BAD_USER_INPUT`, and `TENANT_NOT_FOUND` beyond the call's reach. */
export async function exportFromTeeTime(
  { database, viewer }: Context,
  { tenantId, first, after }: QueryExportFromTeeTimeArgs,
): Promise<ExportedRows> {
  const tenantKey = parseUuid(tenantId, 'tenantId');
  assertReached(viewer, tenantKey, 'tenantId');
  return exportRows(database, teetimeTenantData, { tenantKey, first, after });
}

/** Removes the next rows that TeeTime holds of a tenant. Throws as `exportFromTeeTime` does. */
export async function removeFromTeeTime(
  { database, viewer }: Context,
  args: MutationRemoveFromTeeTimeArgs,
): Promise<RemovedRows> {
  const tenantId = parseUuid(args.tenantId, 'tenantId');
  assertReached(viewer, tenantId, 'tenantId');
  return database.transaction((transaction) =>
    removeRows(transaction, teetimeTenantData, {
      action: 'removeFromTeeTime',
      tenantKey: tenantId,
      tenantId,
      limit: args.limit,
    }),
  );
}
