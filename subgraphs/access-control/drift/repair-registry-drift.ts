import { v5 as uuid5 } from 'uuid';
import { withConflicts } from '../../../shared/database/postgres-errors';
import { assertNever, badInput, CodedError } from '../../../shared/errors/coded-error';
import { groupBy } from '../../../shared/group-by';
import type { Context } from '../context';
import type { RegistryRepairOutcome } from '../graphql.generated';
import { writeMissingKeys } from '../import/write-missing-keys';
import { recordEntryChange } from '../registry/record-entry-change';
import { removeClub } from '../registry/registry-writes';
import { registryConflicts } from '../registry/taken-keys';
import type { Tenant } from '../tenants/tenant.entity';
import { createInSystem } from './create-in-system';
import { parseDriftId, type RegistryDrift } from './drift';
import { findDrift } from './find-drift';

/** What came of one drift that was to be repaired. */
export interface RegistryRepair {
  driftId: string;
  /** `null` where there is no such drift any more. */
  drift: RegistryDrift | null;
  outcome: RegistryRepairOutcome;
  message: string;
}

const MAX_DRIFTS_A_CALL = 100;

/**
 * Repairs those of the drifts that still are there and have a repair, the registry's part of a tenant in one transaction.
 * Answers what came of each, in their order; with `dryRun` what would. Safe to repeat. Throws `BAD_USER_INPUT`.
 */
export async function repairRegistryDrift(
  context: Context,
  { ids, dryRun }: { ids: readonly string[]; dryRun: boolean },
): Promise<RegistryRepair[]> {
  if (ids.length > MAX_DRIFTS_A_CALL) throw badInput('ids', 'count', `must be at most ${MAX_DRIFTS_A_CALL}`);
  const names = [...new Set(ids)].map((id) => ({ id, ...parseDriftId(id, 'ids') }));
  const repairs = new Map<string, RegistryRepair>();
  for (const [tenantId, named] of groupBy(names, (name) => name.tenantId)) {
    const wanted = named.map(({ id }) => id);
    for (const repair of await repairOfTenant(context, tenantId, wanted, dryRun))
      repairs.set(repair.driftId, repair);
  }
  context.registry.forget();
  return names.flatMap(({ id }) => repairs.get(id) ?? []);
}

/** A tenant that the viewer does not reach does not exist for it, and has no drift. */
async function repairOfTenant(
  context: Context,
  tenantId: string,
  ids: readonly string[],
  dryRun: boolean,
): Promise<RegistryRepair[]> {
  const tenant = await context.tenants.findById(tenantId);
  const [present = []] = tenant ? await findDrift(context, [tenant]) : [];
  const drifts = ids.map((id) => ({ id, drift: present.find((drift) => drift.id === id) ?? null }));
  const repairable = drifts.flatMap(({ drift }) => (drift?.repair ? [drift] : []));
  const done =
    dryRun || !tenant
      ? repairable.map((drift) => ({ ...outcomeOf(drift), outcome: 'WOULD_BE_DONE' as const }))
      : [
          ...(await repairEntry(
            context,
            tenantId,
            repairable.filter(({ repair }) => repair !== 'CREATE'),
          )),
          ...(await createMissing(
            context,
            tenant,
            repairable.filter(({ repair }) => repair === 'CREATE'),
          )),
        ];
  return drifts.map(({ id, drift }): RegistryRepair => {
    if (drift === null) return { driftId: id, drift, outcome: 'GONE', message: 'there is no such drift now' };
    const repaired = done.find(({ driftId }) => driftId === id);
    return (
      repaired ?? { driftId: id, drift, outcome: 'NEEDS_DECISION', message: 'a person must decide this one' }
    );
  });
}

function outcomeOf(drift: RegistryDrift): RegistryRepair {
  return { driftId: drift.id, drift, outcome: 'DONE', message: messageOf(drift) };
}

function messageOf({ repair, key, system }: RegistryDrift): string {
  switch (repair) {
    case 'MAP':
      return `the registry maps ${key} in ${system} to the tenant`;
    case 'UNMAP':
      return `the registry maps ${key} in ${system} no more`;
    case 'CREATE':
      return `${key} is made in ${system}`;
    case null:
      return 'nothing is done';
    default:
      return assertNever(repair);
  }
}

/** Maps and unmaps in one transaction: all of it or nothing. */
async function repairEntry(
  { database }: Context,
  tenantId: string,
  drifts: readonly RegistryDrift[],
): Promise<RegistryRepair[]> {
  if (drifts.length === 0) return [];
  const mapped = drifts.filter(({ repair }) => repair === 'MAP');
  const keyIn = (system: RegistryDrift['system']) =>
    mapped.find((drift) => drift.system === system)?.key ?? null;
  const keys = {
    sclTenantCode: keyIn('SCL'),
    messagingTenantId: keyIn('MESSAGING'),
    crmTenantId: keyIn('CRM'),
    teeTimeClubIds: mapped.filter(({ system }) => system === 'TEETIME').map(({ key }) => key),
  };
  try {
    await withConflicts(registryConflicts, () =>
      database.transaction((transaction) =>
        recordEntryChange(database, transaction, { action: 'repairRegistryDrift', tenantId }, async () => {
          await writeMissingKeys(transaction, tenantId, keys, 'ids');
          for (const { key, repair } of drifts) {
            if (repair === 'UNMAP') await removeClub(transaction, tenantId, key);
          }
        }),
      ),
    );
    return drifts.map(outcomeOf);
  } catch (error) {
    return drifts.map((drift) => failed(drift, error));
  }
}

async function createMissing(
  context: Context,
  tenant: Tenant,
  drifts: readonly RegistryDrift[],
): Promise<RegistryRepair[]> {
  const repairs: RegistryRepair[] = [];
  for (const drift of drifts) {
    // The drift stands for a run: whoever repeats the repair finds what it made.
    const runId = uuid5(drift.id, tenant.id);
    try {
      await createInSystem(context, { runId, tenant, system: drift.system, key: drift.key });
      repairs.push(outcomeOf(drift));
    } catch (error) {
      repairs.push(failed(drift, error));
    }
  }
  return repairs;
}

/** A refusal is told with the drift; anything else ends the call. */
function failed(drift: RegistryDrift, error: unknown): RegistryRepair {
  if (!(error instanceof CodedError)) throw error;
  return { driftId: drift.id, drift, outcome: 'FAILED', message: error.message };
}
