import sql, { raw } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import { groupBy } from '../../../shared/group-by';
import { SclClub } from './scl-club.entity';

/** Clubs that an SCL tenant can have, so that their list stays one that can be answered whole. */
export const MAX_CLUBS_OF_SCL_TENANT = 1_000;

export interface SclClubStore {
  findById(id: string): Promise<SclClub | null>;
  /** The SCL tenant's clubs in the order of their names. */
  listBySclTenantId(sclTenantId: string): Promise<SclClub[]>;
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

async function readClubsOfSclTenants(
  database: Database,
  sclTenantIds: readonly string[],
): Promise<Map<string, SclClub[]>> {
  const rows = await database.rows<SclClub>(sql`
    SELECT club.* FROM unnest(${[...sclTenantIds]}::uuid[]) AS tenant(id)
    CROSS JOIN LATERAL (
      SELECT ${raw(database.columns(SclClub, 'c'))} FROM scl.scl_club c WHERE c.scl_tenant_id = tenant.id
      ORDER BY c.name LIMIT ${MAX_CLUBS_OF_SCL_TENANT}
    ) AS club
    ORDER BY club."name"`);
  return groupBy(rows, (club) => club.sclTenantId);
}
