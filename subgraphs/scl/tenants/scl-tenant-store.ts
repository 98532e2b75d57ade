import sql, { raw, type Sql } from 'sql-template-tag';
import { containing } from '../../../shared/database/containing';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import type { Connection, PageRequest } from '../../../shared/pagination/connection';
import { type KeysetList, readConnection } from '../../../shared/pagination/keyset-list';
import type { SclTenantFilter } from '../graphql.generated';
import { SclTenant } from './scl-tenant.entity';

export interface SclTenantStore {
  findById(id: string): Promise<SclTenant | null>;
  findByCode(code: string): Promise<SclTenant | null>;
  list(page: PageRequest, filter: SclTenantFilter): Promise<Connection<SclTenant>>;
  /** Forgets what this request has read, so that what it asks for after a write is read again. */
  forget(): void;
}

/** Reads SCL tenants for one request; look-ups of one tick share a statement. */
export function createSclTenantStore(database: Database): SclTenantStore {
  const columns = database.columns(SclTenant, 't');
  const by = (column: 'id' | 'code', type: 'uuid' | 'text') =>
    createLoader(async (keys) => {
      const rows = await database.rows<SclTenant>(
        sql`SELECT ${raw(columns)} FROM scl.scl_tenant t
            WHERE t.${raw(column)} = ANY (${[...keys]}::${raw(type)}[])`,
      );
      return new Map(rows.map((row) => [row[column], row]));
    });
  const byId = by('id', 'uuid');
  const byCode = by('code', 'text');

  const list: KeysetList = {
    name: 'sclTenants',
    from: 'scl.scl_tenant t',
    columns,
    id: 't.id',
    sort: { column: 't.code', property: 'code', type: 'text', direction: 'ASC' },
  };
  return {
    findById: (id) => byId.load(id),
    findByCode: (code) => byCode.load(code),
    list: (page, filter) => readConnection<SclTenant>(database, list, page, conditionsOf(filter)),
    forget() {
      byId.clearAll();
      byCode.clearAll();
    },
  };
}

/** The SCL tenant's row, locked until the transaction ends, or `null`. */
export function lockSclTenant(
  database: Database,
  transaction: SqlRunner,
  id: string,
): Promise<SclTenant | null> {
  return transaction.row<SclTenant>(
    sql`SELECT ${raw(database.columns(SclTenant, 't'))} FROM scl.scl_tenant t WHERE t.id = ${id} FOR UPDATE`,
  );
}

function conditionsOf(filter: SclTenantFilter): Sql[] {
  if (!filter.text) return [];
  const pattern = containing(filter.text);
  return [sql`(t.code ILIKE ${pattern} OR t.name ILIKE ${pattern})`];
}
