import DataLoader from 'dataloader';
import sql, { raw } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { badInput } from '../../../shared/errors/coded-error';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import type { Connection, PageRequest } from '../../../shared/pagination/connection';
import type { Customer } from '../customers/customer.entity';
import { isListOverfull, type TenantList, type TenantLists } from '../tenancy/tenant-lists';
import { Segment } from './segment.entity';
import { parseSegmentCriteria } from './segment-criteria';
import { countMembers, createMemberPages, MAX_BATCH } from './segment-members';
import { readStored } from './segment-rules';

/** Segments that a tenant has at most, and that `Tenant.segments` answers. */
const MAX_SEGMENTS = 200;

export interface SegmentStore {
  findById(id: string): Promise<Segment | null>;
  /** Those of template packs first, then by name. */
  listOfTenant(tenantId: string): Promise<Segment[]>;
  countMembers(segment: Segment): Promise<number>;
  listMembers(segment: Segment, page: PageRequest): Promise<Connection<Customer>>;
  /** Forgets what this request has read, so that what it asks for after a write is read again. */
  forget(): void;
}

/** Reads segments and their members for one request; look-ups, lists and counts of one tick share a statement. */
export function createSegmentStore(database: Database, lists: TenantLists): SegmentStore {
  const columns = database.columns(Segment, 's');
  const byId = createLoader(async (ids) => {
    const rows = await database.rows<Segment>(
      sql`SELECT ${raw(columns)} FROM segment s WHERE s.id = ANY (${[...ids]}::uuid[])`,
    );
    return new Map(rows.map((row) => [row.id, parseRow(row)]));
  });
  const list: TenantList = {
    table: 'segment',
    alias: 's',
    columns: (prefix) => database.columns(Segment, 's', { prefix }),
    order: 's.is_system DESC, s.name, s.id',
    limit: MAX_SEGMENTS,
  };
  const counts = new DataLoader((segments: readonly Segment[]) => countMembers(database, segments), {
    maxBatchSize: MAX_BATCH,
  });
  let pages = createMemberPages(database);
  return {
    findById: (id) => byId.load(id),
    listOfTenant: async (tenantId) => (await lists.load<Segment>(list, tenantId)).map(parseRow),
    countMembers: (segment) => counts.load(segment),
    listMembers: async (segment, page) => ({
      ...(await pages(page).load(segment)),
      totalCount: () => counts.load(segment),
    }),
    forget() {
      byId.clearAll();
      counts.clearAll();
      pages = createMemberPages(database);
    },
  };
}

/** The segment's row, locked until the transaction ends, or `null`. */
export async function lockSegment(
  database: Database,
  transaction: SqlRunner,
  id: string,
): Promise<Segment | null> {
  const row = await transaction.row<Segment>(sql`
    SELECT ${raw(database.columns(Segment, 's'))} FROM segment s WHERE s.id = ${id} FOR NO KEY UPDATE`);
  return row && parseRow(row);
}

/** Throws `BAD_USER_INPUT` when a tenant has more segments than fit its list; `isListOverfull` says when to ask. */
export async function assertSegmentsFit(
  transaction: SqlRunner,
  tenantIds: readonly string[],
  path: string,
): Promise<void> {
  if (await isListOverfull(transaction, { table: 'segment', tenantIds, limit: MAX_SEGMENTS })) {
    throw badInput(path, 'maxSegments', `a tenant has at most ${MAX_SEGMENTS} segments`);
  }
}

/** The column is JSON; what is in it is read as anything from outside is. */
function parseRow(row: Segment): Segment {
  const { criteria } = row;
  if (criteria === null) return row;
  return { ...row, criteria: readStored(row, () => parseSegmentCriteria(criteria, 'criteria')) };
}
