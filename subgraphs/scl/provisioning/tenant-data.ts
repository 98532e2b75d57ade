import sql from 'sql-template-tag';
import type { TenantData } from '../../../shared/provisioning/tenant-data';

/** Everything that SCL holds under a code, children first. */
export const sclTenantData: TenantData = [
  {
    table: 'scl.scl_club',
    key: [{ column: 'id', type: 'uuid' }],
    isOfTenant: (code) =>
      sql`own.scl_tenant_id IN (SELECT t.id FROM scl.scl_tenant t WHERE t.code = ${code})`,
  },
  {
    table: 'scl.scl_tenant',
    key: [{ column: 'id', type: 'uuid' }],
    isOfTenant: (code) => sql`own.code = ${code}`,
  },
];
