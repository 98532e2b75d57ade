import sql, { raw, type Sql } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { createColumnSplit } from '../../../shared/database/split-columns';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import { groupBy } from '../../../shared/group-by';
import { SclClub } from './scl-club.entity';

/** Clubs that an SCL tenant can have, so that their list stays one that can be answered whole. */
export const MAX_CLUBS_OF_SCL_TENANT = 1_000;

export interface SclClubStore {
  findById(id: string): Promise<SclClub | null>;
  /** The SCL tenant's clubs in the order of their names. */
  listBySclTenantId(sclTenantId: string): Promise<SclClub[]>;
  /** Takes in all clubs of an SCL tenant that were read elsewhere. */
  remember(sclTenantId: string, clubs: SclClub[]): void;
  /** Forgets what this request has read, so that what it asks for after a write is read again. */
  forget(): void;
}

/** Reads SCL's clubs for one request; look-ups of one tick share a statement. */
export function createSclClubStore(database: Database): SclClubStore {
  const columns = raw(database.columns(SclClub, 'c'));
  const byId = createLoader(async (ids) => {
    const rows = await database.rows<SclClub>(
      sql`SELECT ${columns} FROM scl.scl_club c WHERE c.id = ANY (${[...ids]}::uuid[])`,
    );
    return new Map(rows.map((row) => [row.id, row]));
  });
  const bySclTenantId = createLoader((sclTenantIds) => readClubsOfSclTenants(database, sclTenantIds));
  return {
    findById: (id) => byId.load(id),
    listBySclTenantId: async (sclTenantId) => (await bySclTenantId.load(sclTenantId)) ?? [],
    remember: (sclTenantId, clubs) => void bySclTenantId.prime(sclTenantId, clubs),
    forget() {
      byId.clearAll();
      bySclTenantId.clearAll();
    },
  };
}

/** The club's row, locked until the transaction ends, or `null`. */
export function lockSclClub(database: Database, transaction: SqlRunner, id: string): Promise<SclClub | null> {
  return transaction.row<SclClub>(
    sql`SELECT ${raw(database.columns(SclClub, 'c'))} FROM scl.scl_club c WHERE c.id = ${id} FOR UPDATE`,
  );
}

export async function countClubsOfSclTenant(transaction: SqlRunner, sclTenantId: string): Promise<number> {
  const counted = await transaction.row<{ count: number }>(
    sql`SELECT count(*)::int AS count FROM scl.scl_club WHERE scl_tenant_id = ${sclTenantId}`,
  );
  return counted?.count ?? 0;
}

const splitClub = createColumnSplit('club.');

/** The SCL tenants that `found` selects, with `onClubs` called for the clubs of each; one statement reads both. */
export async function readWithClubs<Row extends { id: string }>(
  database: Database,
  found: Sql,
  onClubs: (sclTenantId: string, clubs: SclClub[]) => void,
): Promise<Row[]> {
  const rows = await database.rows<Row & { [column: `club.${string}`]: unknown }>(sql`
    SELECT tenant.*, club.* FROM (${found}) AS tenant
    LEFT JOIN LATERAL (${clubsOf(database, 'tenant."id"', 'club.')}) AS club ON true
    ORDER BY tenant."id", club."club.name"`);
  return [...groupBy(rows, ({ id }) => id)].flatMap(([id, joined]) => {
    const split = joined.map((row) => splitClub<Row, SclClub>(row));
    onClubs(
      id,
      split.flatMap(({ beside }) => beside ?? []),
    );
    return split[0]?.row ?? [];
  });
}

async function readClubsOfSclTenants(
  database: Database,
  sclTenantIds: readonly string[],
): Promise<Map<string, SclClub[]>> {
  const rows = await database.rows<SclClub>(sql`
    SELECT club.* FROM unnest(${[...sclTenantIds]}::uuid[]) AS tenant(id)
    CROSS JOIN LATERAL (${clubsOf(database, 'tenant.id')}) AS club
    ORDER BY club."name"`);
  return groupBy(rows, (club) => club.sclTenantId);
}

/** The clubs of the SCL tenant that a column of the statement names, in the order of their names. */
function clubsOf(database: Database, sclTenantId: string, prefix = ''): Sql {
  return sql`
    SELECT ${raw(database.columns(SclClub, 'c', { prefix }))} FROM scl.scl_club c
    WHERE c.scl_tenant_id = ${raw(sclTenantId)} ORDER BY c.name LIMIT ${MAX_CLUBS_OF_SCL_TENANT}`;
}
