/** A tenant as the gateway hands it over, with what the fields of Messaging on `Tenant` require. */
export interface TenantReference {
  registry?: { messagingTenantId: string | null; messagingEnabled: boolean } | null;
}
