import sql from 'sql-template-tag';
import type { TenantData, TenantTableData } from '../../../shared/provisioning/tenant-data';
import { isOfTenant, type TenantTable, tenantTables } from '../tenancy/tenant-row';

/** In the order of the index on a tenant's rows by time. */
const BY_TIME: TenantTableData['key'] = [
  { column: 'created_at', type: 'timestamptz' },
  { column: 'id', type: 'uuid' },
];
const BY_ID: TenantTableData['key'] = [{ column: 'id', type: 'uuid' }];

const keys: Record<TenantTable, TenantTableData['key']> = {
  lead: BY_TIME,
  customer: BY_TIME,
  segment: BY_ID,
  journey_step: [
    { column: 'journey_id', type: 'uuid' },
    { column: 'step_number', type: 'integer' },
  ],
  journey: BY_ID,
  template_pack_installation: [{ column: 'pack_key', type: 'text' }],
};

/** Everything that CRM holds of a tenant, children first; last its former slugs and the copy of the tenant itself. */
export const crmTenantData: TenantData = [
  ...tenantTables.map((table) => ({
    table,
    name: `crm.${table}`,
    key: keys[table],
    isOfTenant: (tenantId: string) => isOfTenant('own', tenantId),
  })),
  {
    table: 'crm.tenant_slug_alias',
    key: [{ column: 'slug', type: 'text' }],
    isOfTenant: (tenantId) => sql`own.tenant_id = ${tenantId}`,
  },
  { table: 'tenant', name: 'crm.tenant', key: BY_ID, isOfTenant: (tenantId) => sql`own.id = ${tenantId}` },
];
