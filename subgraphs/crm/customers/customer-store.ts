import sql, { raw, type Sql } from 'sql-template-tag';
import { containing } from '../../../shared/database/containing';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import { type AskedOfConnection, propertiesFor } from '../../../shared/graphql/asked-fields';
import type { Connection, PageRequest } from '../../../shared/pagination/connection';
import { createPartitionedConnections, type PartitionedList } from '../../../shared/pagination/keyset-list';
import { partitionByTenant } from '../tenancy/tenant-row';
import { rowsOfTenant } from '../tenant-migration/schema/page-functions';
import { Customer } from './customer.entity';
import type { CustomerFilterRules } from './customer-input';

export interface CustomerStore {
  findById(id: string): Promise<Customer | null>;
  listOfTenant(
    tenantId: string,
    page: PageRequest,
    filter: CustomerFilterRules,
    asked: AskedOfConnection,
  ): Promise<Connection<Customer>>;
  /** Forgets what this request has read, so that what it asks for after a write is read again. */
  forget(): void;
}

/** Reads customers for one request; look-ups and lists of one tick share a statement. */
export function createCustomerStore(database: Database): CustomerStore {
  const byId = createLoader(async (ids) => {
    const rows = await database.rows<Customer>(
      sql`SELECT ${raw(database.columns(Customer, 'c'))} FROM customer c WHERE c.id = ANY (${[...ids]}::uuid[])`,
    );
    return new Map(rows.map((row) => [row.id, row]));
  });
  const createLists = () =>
    createPartitionedConnections<Customer, CustomerFilterRules>(
      database,
      customerList(database),
      conditionsOf,
    );
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

/** The customers of each tenant, newest first, under the alias `c`. */
export function customerList(database: Database): PartitionedList {
  return {
    name: 'customers',
    from: `${rowsOfTenant('customer', 'part.key')} c`,
    columns: database.columns(Customer, 'c'),
    columnsFor: (fields) =>
      database.columns(Customer, 'c', { only: propertiesFor(fields, 'id', 'createdAt') }),
    id: 'c.id',
    sort: { column: 'c.created_at', property: 'createdAt', type: 'timestamptz', direction: 'DESC' },
    partition: partitionByTenant('c'),
  };
}

/** The customer's row, locked until the transaction ends, or `null`. */
export function lockCustomer(
  database: Database,
  transaction: SqlRunner,
  id: string,
): Promise<Customer | null> {
  return transaction.row<Customer>(sql`
    SELECT ${raw(database.columns(Customer, 'c'))} FROM customer c WHERE c.id = ${id} FOR NO KEY UPDATE`);
}

function conditionsOf(filter: CustomerFilterRules): Sql[] {
  const conditions: Sql[] = [];
  if (filter.status) conditions.push(sql`c.status = ${filter.status}`);
  if (filter.lifecycleStage) conditions.push(sql`c.lifecycle_stage = ${filter.lifecycleStage}`);
  if (filter.email) conditions.push(sql`c.email = ${filter.email}`);
  if (filter.phoneNumber) conditions.push(sql`c.phone_number = ${filter.phoneNumber}`);
  if (filter.tag) conditions.push(sql`c.tags @> ARRAY[${filter.tag}]::text[]`);
  if (filter.text) {
    const pattern = containing(filter.text);
    conditions.push(sql`(concat_ws(' ', c.first_name, c.last_name) ILIKE ${pattern}
      OR c.display_name ILIKE ${pattern} OR c.email ILIKE ${pattern})`);
  }
  return conditions;
}
