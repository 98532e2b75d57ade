import sql, { raw, type Sql } from 'sql-template-tag';
import { containing } from '../../../shared/database/containing';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import type { Connection, PageRequest } from '../../../shared/pagination/connection';
import { type KeysetList, readConnection } from '../../../shared/pagination/keyset-list';
import type { TenantFilter } from '../graphql.generated';
import { enabledColumns, systemsByName } from '../registry/registry-columns';
import type { RegistryEntry } from '../registry/tenant-registry.entity';
import {
  splitRow,
  TENANTS_WITH_ENTRIES,
  type TenantWithEntryRow,
  tenantWithEntryColumns,
} from '../registry/tenant-with-entry';
import { Tenant } from './tenant.entity';

export interface TenantStore {
  findById(id: string): Promise<Tenant | null>;
  findBySlug(slug: string): Promise<Tenant | null>;
  list(page: PageRequest, filter: TenantFilter): Promise<Connection<Tenant>>;
  /** Takes in a tenant that was read elsewhere. */
  remember(tenant: Tenant): void;
  /** Drops what was read, so that fields below a write show what it wrote. */
  forget(): void;
}

/**
 * Reads tenants for one request; look-ups of one tick share a statement. `onEntry` gets the registry entry of each, which
 * the same statement read.
 */
export function createTenantStore(
  database: Database,
  onEntry: (tenantId: string, entry: RegistryEntry | null) => void,
): TenantStore {
  const columns = tenantWithEntryColumns(database);
  const takeIn = (row: TenantWithEntryRow): Tenant => {
    const { tenant, entry } = splitRow(row);
    onEntry(tenant.id, entry);
    remember(tenant);
    return tenant;
  };
  const by = (column: 'id' | 'slug', type: 'uuid' | 'text') =>
    createLoader(async (keys) => {
      const rows = await database.rows<TenantWithEntryRow>(
        sql`SELECT ${columns} FROM ${raw(TENANTS_WITH_ENTRIES)}
            WHERE t.${raw(column)} = ANY (${[...keys]}::${raw(type)}[])`,
      );
      return new Map(rows.map((row) => [row[column], takeIn(row)]));
    });
  const byId = by('id', 'uuid');
  const bySlug = by('slug', 'text');
  function remember(tenant: Tenant): void {
    byId.prime(tenant.id, tenant);
    bySlug.prime(tenant.slug, tenant);
  }

  const list: KeysetList = {
    name: 'tenants',
    from: TENANTS_WITH_ENTRIES,
    columns: columns.sql,
    id: 't.id',
    sort: { column: 't.slug', property: 'slug', type: 'text', direction: 'ASC' },
  };
  return {
    findById: (id) => byId.load(id),
    findBySlug: (slug) => bySlug.load(slug),
    async list(page, filter) {
      const connection = await readConnection<TenantWithEntryRow>(database, list, page, conditionsOf(filter));
      return {
        ...connection,
        edges: connection.edges.map(({ node, cursor }) => ({ node: takeIn(node), cursor })),
      };
    },
    remember,
    forget() {
      byId.clearAll();
      bySlug.clearAll();
    },
  };
}

/** The tenant's row, locked until the transaction ends, or `null`. */
export function lockTenant(
  database: Database,
  transaction: SqlRunner,
  key: { id: string } | { slug: string },
): Promise<Tenant | null> {
  const condition = 'id' in key ? sql`t.id = ${key.id}` : sql`t.slug = ${key.slug}`;
  return transaction.row<Tenant>(
    sql`SELECT ${raw(database.columns(Tenant, 't'))} FROM access_control.tenant t WHERE ${condition} FOR UPDATE`,
  );
}

function conditionsOf(filter: TenantFilter): Sql[] {
  const conditions: Sql[] = [];
  if (filter.status) conditions.push(sql`t.status = ${filter.status}`);
  if (filter.text) {
    const pattern = containing(filter.text);
    conditions.push(sql`(t.slug ILIKE ${pattern} OR t.display_name ILIKE ${pattern})`);
  }
  if (filter.updatedSince) conditions.push(sql`t.updated_at >= ${filter.updatedSince}`);
  if (filter.enabledSystem) {
    const enabled = raw(enabledColumns[systemsByName[filter.enabledSystem]]);
    conditions.push(
      sql`EXISTS (SELECT FROM access_control.tenant_registry r WHERE r.tenant_id = t.id AND r.${enabled})`,
    );
  }
  return conditions;
}
