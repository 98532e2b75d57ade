import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { TenantData, TenantTableData } from '../../../shared/provisioning/tenant-data';
import { nameOf, rowKey } from './rows/table-rows';
import { type MigratedTable, migratedTables } from './schema/migrated-tables';

const BY_ID: TenantTableData['key'] = [{ column: 'id', type: 'uuid' }];
const BY_ROW: TenantTableData['key'] = [
  { column: 'table_name', type: 'text' },
  { column: 'row_key', type: 'jsonb' },
];

/** What the books know of the tenant's rows and slugs, which is told from those as long as they are there. */
const booksOfRows: TenantData = [
  { table: 'crm_tenancy.pending_lead', key: BY_ID, isOfTenant: isLeadOfTenant },
  {
    table: 'crm_tenancy.original_value',
    key: [...BY_ROW, { column: 'column_name', type: 'text' }],
    isOfTenant: isOnRowOfTenant,
  },
  { table: 'crm_tenancy.quarantined_row', key: BY_ROW, isOfTenant: isOnRowOfTenant },
  { table: 'crm_tenancy.retired_row', key: BY_ID, isOfTenant: (tenantId) => isRetiredOf('own', tenantId) },
];

/** The tenant's rows that the views do not show: what the backfill left of them. */
const rowsByText: TenantData = migratedTables.map(({ name, key }) => ({
  table: `crm.${name}`,
  key,
  isOfTenant: (tenantId) => isByText('own', tenantId),
}));

const hasTenantId = (tenantId: string) => sql`own.tenant_id = ${tenantId}::uuid`;

/** What the books have under the tenant's UUID. By its phase its rows are found, so that is the last. */
const booksOfTenant: TenantData = [
  {
    table: 'crm_tenancy.legacy_caller',
    key: ['client_id', 'user_agent', 'address_prefix'].map((column) => ({ column, type: 'text' })),
    isOfTenant: hasTenantId,
  },
  {
    table: 'crm_tenancy.read_comparison',
    key: [{ column: 'hour', type: 'timestamptz' }],
    isOfTenant: hasTenantId,
  },
  { table: 'crm_tenancy.read_mismatch', key: BY_ID, isOfTenant: hasTenantId },
  { table: 'crm_tenancy.slug_alias', key: [{ column: 'slug', type: 'text' }], isOfTenant: hasTenantId },
  { table: 'crm_tenancy.phase_change', key: BY_ID, isOfTenant: hasTenantId },
  {
    table: 'crm_tenancy.tenant_phase',
    key: [{ column: 'tenant_id', type: 'uuid' }],
    isOfTenant: hasTenantId,
  },
];

/** Everything that CRM holds of a tenant, with what the books of the move and rows that wait for their UUID hold of it. */
export function withTenantBooks(data: TenantData): TenantData {
  return [...booksOfRows, ...rowsByText, ...data, ...booksOfTenant];
}

/** A lead that waited is whoever's it became; one that became nobody's, the tenant's whom its slug names. */
function isLeadOfTenant(tenantId: string): Sql {
  return sql`CASE WHEN own.lead_id IS NULL THEN own.slug IN (${slugsOf(tenantId)})
    ELSE EXISTS (SELECT FROM lead l WHERE l.id = own.lead_id AND l.tenant_id = ${tenantId}::uuid) END`;
}

function isOnRowOfTenant(tenantId: string): Sql {
  const inTables = migratedTables.map(
    (table) => sql`(own.table_name = ${table.name}
      AND (EXISTS (SELECT FROM ${raw(table.name)} r WHERE r.tenant_id = ${tenantId}::uuid AND ${hasBookedKey(table)})
        OR EXISTS (SELECT FROM ${nameOf(table)} r WHERE ${isByText('r', tenantId)} AND ${rowKey(table, 'r')} = own.row_key)))`,
  );
  return sql`(${join(inTables, ' OR ')} OR (own.table_name, own.row_key) IN (
    SELECT q.table_name, q.row_key FROM crm_tenancy.retired_row q WHERE ${isRetiredOf('q', tenantId)}))`;
}

/**
 * The condition that the row as it is stored has no UUID, and a text that means the tenant, but is not what its rows are shown
 * by: one that is mapped to it, or, from its cut-over on, its slug. Rows of the later stages have their UUID.
 */
function isByText(alias: string, tenantId: string): Sql {
  const row = raw(alias);
  return sql`EXISTS (SELECT FROM crm_tenancy.schema_stage s WHERE s.stage IN ('LEGACY', 'EXPANDED'))
    AND ${row}.tenant_id::text IN (
      SELECT a.slug FROM crm_tenancy.slug_alias a WHERE a.tenant_id = ${tenantId}::uuid
      UNION ALL SELECT t.slug FROM tenant t JOIN crm_tenancy.tenant_phase p ON p.tenant_id = t.id
      WHERE t.id = ${tenantId}::uuid AND p.phase IN ('CUTOVER', 'COMPLETE'))
    AND to_jsonb(${row}) ->> 'tenant_uuid' IS NULL`;
}

/** The condition that the row `r`, in the shape of every stage, has the key of the books. Those have a tenant by its slug. */
function hasBookedKey({ key }: MigratedTable): Sql {
  const equals = key.map(({ column, type }) => {
    const own = column === 'tenant_id' ? 'tenant_slug' : column;
    return `r.${own} = (own.row_key ->> '${column}')::${type}`;
  });
  return raw(equals.join(' AND '));
}

/** A retired row is the tenant's whose UUID it has; one without, the tenant's whom its text names. */
function isRetiredOf(alias: string, tenantId: string): Sql {
  const row = raw(alias);
  return sql`coalesce(${row}.content ->> 'tenant_uuid' = ${tenantId}::text, ${row}.slug IN (${slugsOf(tenantId)}))`;
}

/** The tenant's slug, those that it had before, and those that operators mapped to it. */
function slugsOf(tenantId: string): Sql {
  return sql`
    SELECT slug FROM tenant WHERE id = ${tenantId}::uuid
    UNION ALL SELECT slug FROM crm.tenant_slug_alias WHERE tenant_id = ${tenantId}::uuid
    UNION ALL SELECT slug FROM crm_tenancy.slug_alias WHERE tenant_id = ${tenantId}::uuid`;
}
