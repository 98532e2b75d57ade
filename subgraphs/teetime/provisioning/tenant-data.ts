import sql from 'sql-template-tag';
import type { TenantData } from '../../../shared/provisioning/tenant-data';

/** Everything that TeeTime holds of a tenant. */
export const teetimeTenantData: TenantData = [
  {
    table: 'teetime.club',
    key: [{ column: 'id', type: 'uuid' }],
    isOfTenant: (tenantId) => sql`own.tenant_id = ${tenantId}`,
  },
];
