import sql, { raw, type Sql } from 'sql-template-tag';
import { containing } from '../../../shared/database/containing';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { createArgumentLoaders, createLoader } from '../../../shared/graphql/argument-loaders';
import { propertiesFor } from '../../../shared/graphql/asked-fields';
import { groupBy } from '../../../shared/group-by';
import type { Connection, PageRequest } from '../../../shared/pagination/connection';
import { type KeysetList, readConnection } from '../../../shared/pagination/keyset-list';
import type { ClubFilter } from '../graphql.generated';
import { Club } from './club.entity';

/** Clubs that `Tenant.clubs` answers at most. */
const MAX_CLUBS_OF_TENANT = 1_000;

export interface ClubStore {
  findById(id: string): Promise<Club | null>;
  findByClubCode(clubCode: string): Promise<Club | null>;
  /** The tenant's clubs in the order of their names, 1000 at most, with what these fields are made of. */
  listByTenantId(tenantId: string, fields: ReadonlySet<string>): Promise<Club[]>;
  list(page: PageRequest, filter: ClubFilter): Promise<Connection<Club>>;
}

/** Reads clubs for one request; look-ups of one tick share a statement. */
export function createClubStore(database: Database): ClubStore {
  const columns = database.columns(Club, 'c');
  const by = (property: 'id' | 'clubCode', column: 'id' | 'club_code', type: 'uuid' | 'text') =>
    createLoader(async (keys) => {
      const rows = await database.rows<Club>(
        sql`SELECT ${raw(columns)} FROM teetime.club c
            WHERE c.${raw(column)} = ANY (${[...keys]}::${raw(type)}[])`,
      );
      return new Map(rows.map((row) => [row[property], row]));
    });
  const byId = by('id', 'id', 'uuid');
  const byClubCode = by('clubCode', 'club_code', 'text');
  const byTenantId = createArgumentLoaders((clubColumns: string, tenantIds) =>
    readClubsOfTenants(database, clubColumns, tenantIds),
  );

  const list: KeysetList = {
    name: 'clubs',
    from: 'teetime.club c',
    columns,
    id: 'c.id',
    sort: { column: 'c.name', property: 'name', type: 'text', direction: 'ASC' },
  };
  return {
    findById: (id) => byId.load(id),
    findByClubCode: (clubCode) => byClubCode.load(clubCode),
    listByTenantId: (tenantId, fields) =>
      byTenantId(database.columns(Club, 'c', { only: propertiesFor(fields, 'id', 'name', 'tenantId') })).load(
        tenantId,
      ),
    list: (page, filter) => readConnection<Club>(database, list, page, conditionsOf(filter)),
  };
}

/** The club's row, locked until the transaction ends, or `null`. */
export function lockClub(database: Database, transaction: SqlRunner, id: string): Promise<Club | null> {
  return transaction.row<Club>(
    sql`SELECT ${raw(database.columns(Club, 'c'))} FROM teetime.club c WHERE c.id = ${id} FOR UPDATE`,
  );
}

async function readClubsOfTenants(
  database: Database,
  columns: string,
  tenantIds: readonly string[],
): Promise<Club[][]> {
  const rows = await database.rows<Club>(sql`
    SELECT club.* FROM unnest(${[...tenantIds]}::uuid[]) AS tenant(id)
    CROSS JOIN LATERAL (
      SELECT ${raw(columns)} FROM teetime.club c WHERE c.tenant_id = tenant.id
      ORDER BY c.name, c.id LIMIT ${MAX_CLUBS_OF_TENANT}
    ) AS club
    ORDER BY club."name", club."id"`);
  const byTenant = groupBy(rows, (club) => club.tenantId);
  return tenantIds.map((tenantId) => byTenant.get(tenantId) ?? []);
}

function conditionsOf(filter: ClubFilter): Sql[] {
  const conditions: Sql[] = [];
  if (filter.tenantId) conditions.push(sql`c.tenant_id = ${filter.tenantId}`);
  if (filter.status) conditions.push(sql`c.status = ${filter.status}`);
  if (filter.text) {
    const pattern = containing(filter.text);
    conditions.push(sql`(c.name ILIKE ${pattern} OR c.club_code ILIKE ${pattern})`);
  }
  return conditions;
}
