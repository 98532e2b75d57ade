import { parseUuid } from '../../../shared/input/parse-input';

/** A tenant as the gateway hands it over, with what the fields of CRM on `Tenant` require. */
export interface TenantReference {
  id: string;
  registry?: { crmEnabled: boolean } | null;
}

/**
 * The tenant's UUID where its data in CRM is open to readers, or `null` where CRM is disabled for it. A tenant without
 * a registry entry goes on by its UUID, which CRM's rows hold themselves.
 */
export function readableTenantId({ id, registry }: TenantReference): string | null {
  return registry?.crmEnabled === false ? null : parseUuid(id, 'id');
}
