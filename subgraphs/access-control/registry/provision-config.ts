/**
 * What to write into a tenant's registry entry. A part that is absent leaves its columns as they are; a part that is
 * given enables its system. Source: ADR-0003, `TenantProvisionConfig`.
 */
export interface TenantProvisionConfig {
  scl?: { code: string } | null;
  /** UUIDs in lower case. */
  teeTime?: { clubIds: readonly string[] } | null;
  messaging?: { tenantId: string } | null;
  crm?: { enabled: boolean } | null;
  billing?: boolean | null;
  payments?: { providers: string[] } | null;
  association?: { provider: string; memberId?: string | null } | null;
}
