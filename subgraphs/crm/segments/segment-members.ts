import DataLoader from 'dataloader';
import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import type { Page, PageRequest } from '../../../shared/pagination/connection';
import { readPagesOfParts } from '../../../shared/pagination/keyset-list';
import type { Customer } from '../customers/customer.entity';
import { customerList } from '../customers/customer-store';
import { isOfTenant } from '../tenancy/tenant-row';
import type { Segment } from './segment.entity';
import { compileSegmentCriteria } from './segment-criteria-sql';
import { readStored } from './segment-rules';

/** Segments that one statement serves at most: each has up to 50 parameters, and a statement takes 65 535. */
export const MAX_BATCH = 1_000;

/** The members of each segment now, counted in one statement that goes over each tenant's customers once. */
export async function countMembers(database: SqlRunner, segments: readonly Segment[]): Promise<number[]> {
  const tenantIds = [...new Set(segments.map(({ tenantId }) => tenantId))];
  const statements = tenantIds.map((tenantId) => {
    const own = segments.filter((segment) => segment.tenantId === tenantId);
    return sql`
      SELECT unnest(${own.map(({ id }) => id)}::uuid[]) AS id, unnest(ARRAY[${join(own.map(countOf))}]) AS count
      FROM customer c WHERE ${isOfTenant('c', tenantId)}`;
  });
  const rows = await database.rows<{ id: string; count: number }>(join(statements, ' UNION ALL '));
  const counts = new Map(rows.map(({ id, count }) => [id, count]));
  return segments.map(({ id }) => counts.get(id) ?? 0);
}

/** The pages of one request: segments that ask with equal arguments share a statement. */
export function createMemberPages(
  database: Database,
): (page: PageRequest) => DataLoader<Segment, Page<Customer>> {
  const list = { ...customerList(database), name: 'segment-members', from: 'customer c' };
  const loaders = new Map<string, DataLoader<Segment, Page<Customer>>>();
  return (page) => {
    const identity = JSON.stringify(page);
    const existing = loaders.get(identity);
    if (existing) return existing;
    const loader = new DataLoader(
      (segments: readonly Segment[]) =>
        readPagesOfParts<Customer>(
          database,
          list,
          page,
          segments.map((segment) => ({
            key: segment.id,
            where: [isOfTenant('c', segment.tenantId), isMember(segment)],
          })),
        ),
      { maxBatchSize: MAX_BATCH },
    );
    loaders.set(identity, loader);
    return loader;
  };
}

function countOf(segment: Segment): Sql {
  return sql`(count(*) FILTER (WHERE ${isMember(segment)}))::int`;
}

/** A segment without criteria has no members. */
function isMember(segment: Segment): Sql {
  const { criteria } = segment;
  if (criteria === null) return raw('false');
  return readStored(segment, () => compileSegmentCriteria(criteria, 'criteria'));
}
