import type { ProvisioningAction } from '../graphql.generated';
import type { RegistryEntry } from '../registry/tenant-registry.entity';
import type { InSystems } from './look-at-systems';
import { type NamedStep, stepsOf } from './steps/steps-of';
import type { TenantSetUp } from './tenant-set-up';

export interface PlannedStep extends NamedStep {
  /** What the step finds to do: something that is not there yet, something that is different, or nothing. */
  action: ProvisioningAction;
  /** What is there already of it, in words. */
  existing: string[];
}

/** What is there before the run. */
export interface Present {
  isNewTenant: boolean;
  entry: RegistryEntry | null;
}

/** The steps that a run would take, in their order. A system that was not asked, or did not answer, has what the registry says. */
export function planSteps(present: Present, setUp: TenantSetUp, inSystems: InSystems): PlannedStep[] {
  const entry = entryBefore(present);
  const actions: Record<NamedStep['system'], ProvisioningAction> = {
    ACCESS_CONTROL: present.isNewTenant ? 'CREATE' : 'NOTHING',
    SCL: sclAction(entry, setUp, inSystems),
    TEETIME: teeTimeAction(entry, setUp, inSystems),
    MESSAGING: messagingAction(entry, setUp, inSystems),
    CRM: crmAction(entry, setUp, inSystems),
  };
  const existing = existingOf(setUp, inSystems);
  const steps = stepsOf(setUp).map((step) => ({
    ...step,
    action: actions[step.system],
    existing: existing[step.system],
  }));
  const isChanged =
    entry.provisionedAt === null ||
    steps.some(({ action }) => action !== 'NOTHING') ||
    changesContracts(entry, setUp);
  const last = steps.at(-1);
  if (last) last.action = present.entry === null ? 'CREATE' : isChanged ? 'UPDATE' : 'NOTHING';
  return steps;
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

function sclAction(
  entry: Entry,
  { scl }: TenantSetUp,
  { sclTenant, hasSclClubs }: InSystems,
): ProvisioningAction {
  if (!scl) return 'NOTHING';
  const isMapped = entry.sclEnabled && entry.sclTenantCode === scl.code;
  if (!isMapped) return entry.sclTenantCode === null ? 'CREATE' : 'UPDATE';
  if (sclTenant === null) return 'CREATE';
  return scl.clubs.length === 0 || hasSclClubs ? 'NOTHING' : 'UPDATE';
}

function teeTimeAction(entry: Entry, { teeTime }: TenantSetUp, { clubs }: InSystems): ProvisioningAction {
  if (!teeTime) return 'NOTHING';
  const { teeTimeEnabled, teeTimeClubIds } = entry;
  const idOf = (code: string) => clubs?.find(({ clubCode }) => clubCode === code)?.id;
  const isMapped =
    teeTimeEnabled &&
    teeTime.clubIds.every((id) => teeTimeClubIds.includes(id)) &&
    (clubs === undefined ||
      teeTime.clubs.every(({ clubCode }) => teeTimeClubIds.includes(idOf(clubCode) ?? '')));
  if (isMapped) return 'NOTHING';
  return teeTimeEnabled || teeTimeClubIds.length > 0 ? 'UPDATE' : 'CREATE';
}

function messagingAction(
  entry: Entry,
  { messaging }: TenantSetUp,
  { messagingTenant }: InSystems,
): ProvisioningAction {
  if (!messaging) return 'NOTHING';
  const isMapped = entry.messagingEnabled && entry.messagingTenantId === messaging.tenantId;
  if (!isMapped) return entry.messagingTenantId === null ? 'CREATE' : 'UPDATE';
  if (messagingTenant === undefined) return 'NOTHING';
  // Messaging may have contacts under the id before it knows anything else of it.
  const provider = messagingTenant?.provider ?? null;
  if (provider === null) return 'CREATE';
  return messaging.provider && messaging.provider !== provider ? 'UPDATE' : 'NOTHING';
}

function crmAction(entry: Entry, { crm }: TenantSetUp, { templatePacks }: InSystems): ProvisioningAction {
  if (!crm) return 'NOTHING';
  if (!crm.enabled) return entry.crmEnabled ? 'UPDATE' : 'NOTHING';
  const isMapped = entry.crmEnabled && entry.crmTenantId !== null;
  if (!isMapped) return entry.crmTenantId === null ? 'CREATE' : 'UPDATE';
  const lacksPack = crm.templatePack && templatePacks && !templatePacks.includes(crm.templatePack);
  return lacksPack ? 'UPDATE' : 'NOTHING';
}

function existingOf(
  { scl, teeTime, messaging, crm }: TenantSetUp,
  { sclTenant, clubs, messagingTenant, templatePacks }: InSystems,
): Record<NamedStep['system'], string[]> {
  const codes = (teeTime?.clubs ?? []).map(({ clubCode }) => clubCode);
  const known = (clubs ?? []).filter(
    ({ id, clubCode }) => codes.includes(clubCode) || teeTime?.clubIds.includes(id),
  );
  const installed = crm?.templatePack && templatePacks?.includes(crm.templatePack);
  return {
    ACCESS_CONTROL: [],
    SCL: scl && sclTenant ? [`SCL tenant ${scl.code} with ${sclTenant.clubCount} clubs`] : [],
    TEETIME: known.map(({ clubCode }) => `club ${clubCode}`),
    MESSAGING: messaging && messagingTenant ? [`Messaging tenant ${messaging.tenantId}`] : [],
    CRM: installed ? [`template pack ${crm.templatePack}`] : [],
  };
}

/** Whether what belongs to no system changes: billing, payments, the association. */
function changesContracts(entry: Entry, { billing, payments, association }: TenantSetUp): boolean {
  const providers = payments?.providers;
  return (
    (billing !== undefined && entry.billingEnabled !== billing) ||
    (providers !== undefined &&
      (entry.paymentProviders.join() !== providers.join() ||
        entry.paymentsEnabled !== providers.length > 0)) ||
    (association !== undefined &&
      (entry.associationProvider !== association.provider ||
        entry.associationMemberId !== (association.memberId ?? null)))
  );
}
