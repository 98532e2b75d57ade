import type { ProvisioningSystem } from '../../graphql.generated';
import type { TenantSetUp } from '../tenant-set-up';

export interface NamedStep {
  system: ProvisioningSystem;
  name: string;
}

/** Done with the run's own beginning, in one transaction. */
export const FIRST_STEP = { system: 'ACCESS_CONTROL', name: 'create the tenant' } as const;
/** Completes the run. */
export const LAST_STEP = { system: 'ACCESS_CONTROL', name: 'complete the registry entry' } as const;

/** The steps of a run, in their order. */
export function stepsOf({ scl, teeTime, messaging, crm }: TenantSetUp): NamedStep[] {
  return [
    FIRST_STEP,
    ...(scl ? [{ system: 'SCL', name: 'set up the SCL tenant' } as const] : []),
    ...(teeTime ? [{ system: 'TEETIME', name: 'set up the clubs' } as const] : []),
    ...(messaging ? [{ system: 'MESSAGING', name: 'set up the Messaging tenant' } as const] : []),
    ...(crm ? [{ system: 'CRM', name: crm.enabled ? 'set up CRM' : 'disable CRM' } as const] : []),
    LAST_STEP,
  ];
}
