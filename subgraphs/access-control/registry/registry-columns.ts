import type { TenantSystem } from '../../../shared/tenancy/tenant-directory';
import type { TenantSystem as TenantSystemName } from '../graphql.generated';

/** The column that says whether a system is enabled. */
export const enabledColumns: Record<TenantSystem, string> = {
  scl: 'scl_enabled',
  teetime: 'teetime_enabled',
  messaging: 'messaging_enabled',
  crm: 'crm_enabled',
};

/** The graph's names of the systems, and the ADR's. */
export const systemsByName: Record<TenantSystemName, TenantSystem> = {
  SCL: 'scl',
  TEETIME: 'teetime',
  MESSAGING: 'messaging',
  CRM: 'crm',
};
