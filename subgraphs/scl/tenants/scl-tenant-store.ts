import sql, { raw, type Sql } from 'sql-template-tag';
import { containing } from '../../../shared/database/containing';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { createArgumentLoaders } from '../../../shared/graphql/argument-loaders';
import type { Connection, PageRequest } from '../../../shared/pagination/connection';
import { type KeysetList, readConnection } from '../../../shared/pagination/keyset-list';
import type { SclClub } from '../clubs/scl-club.entity';
import { readWithClubs } from '../clubs/scl-club-store';
import type { SclTenantFilter } from '../graphql.generated';
import { SclTenant } from './scl-tenant.entity';

export interface SclTenantStore {
  /** `withClubs` reads the tenant's clubs in the same statement, for whoever will ask for them. */
  findById(id: string, withClubs?: boolean): Promise<SclTenant | null>;
  findByCode(code: string, withClubs?: boolean): Promise<SclTenant | null>;
  list(page: PageRequest, filter: SclTenantFilter): Promise<Connection<SclTenant>>;
  /** Forgets what this request has read, so that what it asks for after a write is read again. */
  forget(): void;
}

/** Reads SCL tenants for one request; look-ups of one tick share a statement. `onClubs` gets clubs that were read along. */
export function createSclTenantStore(
  database: Database,
  onClubs: (sclTenantId: string, clubs: SclClub[]) => void,
): SclTenantStore {
  const columns = database.columns(SclTenant, 't');
  const by = (column: 'id' | 'code', type: 'uuid' | 'text') =>
    createArgumentLoaders(async (withClubs: boolean, keys) => {
      const found = sql`SELECT ${raw(columns)} FROM scl.scl_tenant t
        WHERE t.${raw(column)} = ANY (${[...keys]}::${raw(type)}[])`;
      const tenants = withClubs
        ? await readWithClubs<SclTenant>(database, found, onClubs)
        : await database.rows<SclTenant>(found);
      const byKey = new Map(tenants.map((tenant) => [tenant[column], tenant]));
      return keys.map((key) => byKey.get(key) ?? null);
    });
  let byId = by('id', 'uuid');
  let byCode = by('code', 'text');

  const list: KeysetList = {
    name: 'sclTenants',
    from: 'scl.scl_tenant t',
    columns,
    id: 't.id',
    sort: { column: 't.code', property: 'code', type: 'text', direction: 'ASC' },
  };
  return {
    findById: (id, withClubs = false) => byId(withClubs).load(id),
    findByCode: (code, withClubs = false) => byCode(withClubs).load(code),
    list: (page, filter) => readConnection<SclTenant>(database, list, page, conditionsOf(filter)),
    forget() {
      byId = by('id', 'uuid');
      byCode = by('code', 'text');
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
