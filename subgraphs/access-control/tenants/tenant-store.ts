import sql, { raw, type Sql } from 'sql-template-tag';
import { containing } from '../../../shared/database/containing';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import type { Connection, PageRequest } from '../../../shared/pagination/connection';
import { type KeysetList, readConnection } from '../../../shared/pagination/keyset-list';
import type { TenantFilter } from '../graphql.generated';
import { enabledColumns, systemsByName } from '../registry/registry-columns';
import { Tenant } from './tenant.entity';

export interface TenantStore {
  findById(id: string): Promise<Tenant | null>;
  findBySlug(slug: string): Promise<Tenant | null>;
  list(page: PageRequest, filter: TenantFilter): Promise<Connection<Tenant>>;
  /** Drops what was read, so that fields below a write show what it wrote. */
  forget(): void;
}

/** Reads tenants for one request; look-ups of one tick share a statement. */
export function createTenantStore(database: Database): TenantStore {
  const columns = database.columns(Tenant, 't');
  const by = (column: 'id' | 'slug', type: 'uuid' | 'text') =>
    createLoader(async (keys) => {
      const rows = await database.rows<Tenant>(
        sql`SELECT ${raw(columns)} FROM access_control.tenant t
            WHERE t.${raw(column)} = ANY (${[...keys]}::${raw(type)}[])`,
      );
      return new Map(rows.map((row) => [row[column], row]));
    });
  const byId = by('id', 'uuid');
  const bySlug = by('slug', 'text');

  const list: KeysetList = {
    name: 'tenants',
    from: 'access_control.tenant t',
    columns,
    id: 't.id',
    sort: { column: 't.slug', property: 'slug', type: 'text', direction: 'ASC' },
  };
  return {
    findById: (id) => byId.load(id),
    findBySlug: (slug) => bySlug.load(slug),
    list: (page, filter) => readConnection<Tenant>(database, list, page, conditionsOf(filter)),
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
