import type { TenantProvisionConfig } from '../registry/provision-config';
import type { RegistryEntry } from '../registry/tenant-registry.entity';
import type { ProvisioningStep } from './provisioning-run.entity';

/** What a step finds to do: something that is not there yet, something that is different, or nothing. */
export type PlannedAction = 'CREATE' | 'UPDATE' | 'NOTHING';

export interface PlannedStep {
  system: ProvisioningStep['system'];
  name: string;
  action: PlannedAction;
}

/** What is there before the run. */
export interface Present {
  isNewTenant: boolean;
  entry: RegistryEntry | null;
}

/** The steps that a run of the configuration would take, in their order. */
export function planSteps(present: Present, config: TenantProvisionConfig): PlannedStep[] {
  const entry = entryBefore(present);
  const steps: PlannedStep[] = [
    {
      system: 'ACCESS_CONTROL',
      name: 'create the tenant',
      action: present.isNewTenant ? 'CREATE' : 'NOTHING',
    },
    ...systemSteps(entry, config),
  ];
  const isChanged =
    entry.provisionedAt === null ||
    steps.slice(1).some(({ action }) => action !== 'NOTHING') ||
    changesContracts(entry, config);
  const action = present.entry === null ? 'CREATE' : isChanged ? 'UPDATE' : 'NOTHING';
  return [...steps, { system: 'ACCESS_CONTROL', name: 'write the registry entry', action }];
}

type Entry = Omit<RegistryEntry, 'id' | 'tenantId' | 'createdAt' | 'updatedAt'>;

/** The entry from which the run starts: the tenant's own, or the one that the run opens. */
function entryBefore({ isNewTenant, entry }: Present): Entry {
  return (
    entry ?? {
      sclTenantCode: null,
      sclEnabled: false,
      teeTimeClubIds: [],
      teeTimeEnabled: !isNewTenant,
      messagingTenantId: null,
      messagingEnabled: false,
      crmTenantId: isNewTenant ? null : 'the tenant',
      crmEnabled: !isNewTenant,
      billingEnabled: false,
      paymentsEnabled: false,
      paymentProviders: [],
      associationProvider: null,
      associationMemberId: null,
      provisionedAt: null,
    }
  );
}

function systemSteps(entry: Entry, { scl, teeTime, messaging, crm }: TenantProvisionConfig): PlannedStep[] {
  const steps: PlannedStep[] = [];
  if (scl) {
    const isSame = entry.sclEnabled && entry.sclTenantCode === scl.code;
    steps.push({ system: 'SCL', name: 'map the SCL code', action: mapping(entry.sclTenantCode, isSame) });
  }
  if (teeTime) {
    const isSame = entry.teeTimeEnabled && teeTime.clubIds.every((id) => hasClub(entry, id));
    const before = entry.teeTimeEnabled ? 'enabled' : (entry.teeTimeClubIds[0] ?? null);
    steps.push({ system: 'TEETIME', name: 'map the clubs', action: mapping(before, isSame) });
  }
  if (messaging) {
    const isSame = entry.messagingEnabled && entry.messagingTenantId === messaging.tenantId;
    const action = mapping(entry.messagingTenantId, isSame);
    steps.push({ system: 'MESSAGING', name: 'map the Messaging id', action });
  }
  if (crm?.enabled) {
    const isSame = entry.crmEnabled && entry.crmTenantId !== null;
    steps.push({ system: 'CRM', name: 'enable CRM', action: mapping(entry.crmTenantId, isSame) });
  } else if (crm) {
    steps.push({ system: 'CRM', name: 'disable CRM', action: entry.crmEnabled ? 'UPDATE' : 'NOTHING' });
  }
  return steps;
}

function mapping(before: string | null, isSame: boolean): PlannedAction {
  if (isSame) return 'NOTHING';
  return before === null ? 'CREATE' : 'UPDATE';
}

function hasClub({ teeTimeClubIds }: Entry, id: string): boolean {
  return teeTimeClubIds.includes(id.toLowerCase());
}

/** Whether what belongs to no system changes: billing, payments, the association. */
function changesContracts(entry: Entry, { billing, payments, association }: TenantProvisionConfig): boolean {
  const providers = payments?.providers;
  return (
    (typeof billing === 'boolean' && entry.billingEnabled !== billing) ||
    (providers !== undefined &&
      (entry.paymentProviders.join() !== providers.join() ||
        entry.paymentsEnabled !== providers.length > 0)) ||
    (!!association &&
      (entry.associationProvider !== association.provider ||
        entry.associationMemberId !== (association.memberId ?? null)))
  );
}
