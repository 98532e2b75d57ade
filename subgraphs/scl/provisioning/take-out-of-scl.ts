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
import type { MutationRemoveFromSclArgs, QueryExportFromSclArgs } from '../graphql.generated';
import { sclTenantOfRun } from './run-in-scl';
import { sclTenantData } from './tenant-data';

/** The next rows that SCL holds under a tenant's code. Throws `BAD_USER_INPUT`, and what `openCode` throws. */
export async function exportFromScl(context: Context, args: QueryExportFromSclArgs): Promise<ExportedRows> {
  const { code } = await openCode(context, args);
  if (!(await isAskedFor(context, code, args))) return { rows: [], next: null };
  const page = { tenantKey: code, first: args.first, after: args.after };
  return exportRows(context.databaseOfCode(code), sclTenantData, page);
}

/** Removes the next rows that SCL holds under a tenant's code. Throws `BAD_USER_INPUT`, and what `openCode` throws. */
export async function removeFromScl(context: Context, args: MutationRemoveFromSclArgs): Promise<RemovedRows> {
  const { tenantId, code } = await openCode(context, args);
  if (!(await isAskedFor(context, code, args))) return { removed: 0, done: true };
  return context.databaseOfCode(code).transaction((transaction) =>
    removeRows(transaction, sclTenantData, {
      action: 'removeFromScl',
      tenantKey: code,
      tenantId,
      limit: args.limit,
    }),
  );
}

/** Whether what is under the code may be taken out: all of it, or only what one of the runs made. */
async function isAskedFor(
  { databaseOfCode }: Context,
  code: string,
  { madeByRuns }: { madeByRuns?: string[] | null },
): Promise<boolean> {
  if (!madeByRuns) return true;
  const ids = madeByRuns.map((runId, index) => sclTenantOfRun(parseUuid(runId, `madeByRuns.${index}`), code));
  const made = await databaseOfCode(code).row(
    sql`SELECT FROM scl.scl_tenant t WHERE t.code = ${code} AND t.id = ANY (${ids}::uuid[])`,
  );
  return made !== null;
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
