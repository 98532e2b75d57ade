import { withConflicts } from '../../../shared/database/postgres-errors';
import { badInput, CodedError, tenantNotFound } from '../../../shared/errors/coded-error';
import { assertWholePlatform } from '../../../shared/identity/whole-platform';
import { parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import { recordEntryChange } from '../registry/record-entry-change';
import { registryConflicts } from '../registry/taken-keys';
import { proposeForTenants, type TenantImport } from './propose-for-tenants';
import { hasMissingKeys } from './propose-import';
import { writeMissingKeys } from './write-missing-keys';

const MAX_TENANTS_A_CALL = 100;

/**
 * Writes into the registry what the systems hold of the tenants, each tenant in a transaction of its own; what has a conflict
 * is left out. Nothing that an entry has is changed. Answers what was written, or with `dryRun` what would be. Safe to
 * repeat. Throws `BAD_USER_INPUT`, `TENANT_NOT_FOUND`, `FORBIDDEN` to whom not all tenants are open, or
 * `SUBGRAPH_UNAVAILABLE`.
 */
export async function importRegistryEntries(
  context: Context,
  { tenantIds, dryRun }: { tenantIds: readonly string[]; dryRun: boolean },
): Promise<TenantImport[]> {
  assertWholePlatform(context.viewer);
  if (tenantIds.length > MAX_TENANTS_A_CALL)
    throw badInput('tenantIds', 'count', `must be at most ${MAX_TENANTS_A_CALL}`);
  const ids = [...new Set(tenantIds.map((id) => parseUuid(id, 'tenantIds')))];
  const tenants = await Promise.all(
    ids.map(async (id) => {
      const tenant = await context.tenants.findById(id);
      if (tenant === null) throw tenantNotFound('tenantIds', `no tenant has the id ${id}`);
      return tenant;
    }),
  );
  const proposals = await proposeForTenants(context, tenants);
  if (dryRun) return proposals;
  const written: TenantImport[] = [];
  for (const proposal of proposals) written.push(await write(context, proposal));
  context.registry.forget();
  return written;
}

async function write({ database }: Context, proposal: TenantImport): Promise<TenantImport> {
  if (!hasMissingKeys(proposal)) return proposal;
  const tenantId = proposal.tenant.id;
  try {
    await withConflicts(registryConflicts, () =>
      database.transaction((transaction) =>
        recordEntryChange(database, transaction, { action: 'importRegistryEntries', tenantId }, () =>
          writeMissingKeys(transaction, tenantId, proposal, 'tenantIds'),
        ),
      ),
    );
    return proposal;
  } catch (error) {
    if (!(error instanceof CodedError && error.code === 'CONFLICT')) throw error;
    return overtaken(proposal, error.message);
  }
}

/** What is left of a proposal whose keys another tenant got between the look and the write: nothing was written. */
function overtaken({ tenant, ...proposal }: TenantImport, message: string): TenantImport {
  const keys = [
    { system: 'SCL', key: proposal.sclTenantCode },
    { system: 'MESSAGING', key: proposal.messagingTenantId },
    { system: 'CRM', key: proposal.crmTenantId },
    ...proposal.teeTimeClubIds.map((key) => ({ system: 'TEETIME', key }) as const),
  ] as const;
  const late = keys.flatMap(({ system, key }) =>
    key === null ? [] : [{ system, kind: 'TAKEN', key, message } as const],
  );
  return {
    tenant,
    isNewEntry: false,
    sclTenantCode: null,
    messagingTenantId: null,
    crmTenantId: null,
    teeTimeClubIds: [],
    conflicts: [...proposal.conflicts, ...late],
  };
}
