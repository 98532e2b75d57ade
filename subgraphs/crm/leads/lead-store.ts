import sql, { raw, type Sql } from 'sql-template-tag';
import { containing } from '../../../shared/database/containing';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import type { AskedOfConnection } from '../../../shared/graphql/asked-fields';
import type { Connection, PageRequest } from '../../../shared/pagination/connection';
import { createPartitionedConnections, type PartitionedList } from '../../../shared/pagination/keyset-list';
import { isOfTenant, partitionByTenant } from '../tenancy/tenant-row';
import { rowsOfTenant } from '../tenant-migration/schema/page-functions';
import { Lead } from './lead.entity';
import type { LeadFilterRules } from './lead-input';

export interface LeadStore {
  findById(id: string): Promise<Lead | null>;
  listOfTenant(
    tenantId: string,
    page: PageRequest,
    filter: LeadFilterRules,
    asked: AskedOfConnection,
  ): Promise<Connection<Lead>>;
  /** Forgets what this request has read, so that what it asks for after a write is read again. */
  forget(): void;
}

/** Reads leads for one request; look-ups and lists of one tick share a statement. */
export function createLeadStore(database: Database): LeadStore {
  const columns = database.columns(Lead, 'l');
  const byId = createLoader(async (ids) => {
    const rows = await database.rows<Lead>(
      sql`SELECT ${raw(columns)} FROM lead l WHERE l.id = ANY (${[...ids]}::uuid[])`,
    );
    return new Map(rows.map((row) => [row.id, row]));
  });
  const list: PartitionedList = {
    name: 'leads',
    from: `${rowsOfTenant('lead', 'part.key')} l`,
    columns,
    id: 'l.id',
    sort: { column: 'l.created_at', property: 'createdAt', type: 'timestamptz', direction: 'DESC' },
    partition: partitionByTenant('l'),
  };
  const createLists = () => createPartitionedConnections<Lead, LeadFilterRules>(database, list, conditionsOf);
  let lists = createLists();
  return {
    findById: (id) => byId.load(id),
    listOfTenant: (tenantId, page, filter, asked) => lists.load(tenantId, page, filter, asked),
    forget() {
      byId.clearAll();
      lists = createLists();
    },
  };
}

/** The lead's row, locked until the transaction ends, or `null`. */
export function lockLead(database: Database, transaction: SqlRunner, id: string): Promise<Lead | null> {
  return transaction.row<Lead>(
    sql`SELECT ${raw(database.columns(Lead, 'l'))} FROM lead l WHERE l.id = ${id} FOR NO KEY UPDATE`,
  );
}

/** The lead that was stored under the key. Throws when there is none. */
export async function getLeadByIdempotencyKey(
  database: Database,
  transaction: SqlRunner,
  tenantId: string,
  idempotencyKey: string,
): Promise<Lead> {
  const lead = await transaction.row<Lead>(sql`
    SELECT ${raw(database.columns(Lead, 'l'))} FROM lead l
    WHERE ${isOfTenant('l', tenantId)} AND l.idempotency_key = ${idempotencyKey}`);
  if (lead === null) throw new Error('No lead was stored under the idempotency key');
  return lead;
}

/** Whether the tenant has the customer, who then stays until the transaction ends. */
export async function holdCustomer(
  transaction: SqlRunner,
  tenantId: string,
  customerId: string,
): Promise<boolean> {
  const found = await transaction.row(sql`
    SELECT c.id FROM customer c WHERE c.id = ${customerId} AND ${isOfTenant('c', tenantId)} FOR KEY SHARE`);
  return found !== null;
}

function conditionsOf(filter: LeadFilterRules): Sql[] {
  const conditions: Sql[] = [];
  if (filter.status) conditions.push(sql`l.status = ${filter.status}`);
  if (filter.source) conditions.push(sql`l.source = ${filter.source}`);
  if (filter.text) {
    const pattern = containing(filter.text);
    conditions.push(sql`(concat_ws(' ', l.first_name, l.last_name) ILIKE ${pattern}
      OR l.company ILIKE ${pattern} OR l.email ILIKE ${pattern})`);
  }
  return conditions;
}
