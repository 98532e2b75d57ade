import sql, { raw, type Sql } from 'sql-template-tag';
import { containing } from '../../../shared/database/containing';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import type { AskedOfConnection } from '../../../shared/graphql/asked-fields';
import type { Connection, PageRequest } from '../../../shared/pagination/connection';
import { createPartitionedConnections, type PartitionedList } from '../../../shared/pagination/keyset-list';
import type { ContactFilter } from '../graphql.generated';
import { Contact } from './contact.entity';

export interface ContactStore {
  findById(id: string): Promise<Contact | null>;
  /** The contacts under one Messaging id, newest first. */
  listByMessagingTenantId(
    messagingTenantId: string,
    page: PageRequest,
    filter: ContactFilter,
    asked: AskedOfConnection,
  ): Promise<Connection<Contact>>;
}

/** Reads contacts for one request; look-ups and equal lists of one tick share a statement. */
export function createContactStore(database: Database): ContactStore {
  const columns = database.columns(Contact, 'c');
  const byId = createLoader(async (ids) => {
    const rows = await database.rows<Contact>(
      sql`SELECT ${raw(columns)} FROM messaging.contact c WHERE c.id = ANY (${[...ids]}::uuid[])`,
    );
    return new Map(rows.map((row) => [row.id, row]));
  });

  const list: PartitionedList = {
    name: 'contacts',
    from: 'messaging.contact c',
    columns,
    columnsFor: (fields) => database.columns(Contact, 'c', { only: new Set(['id', 'createdAt', ...fields]) }),
    id: 'c.id',
    sort: { column: 'c.created_at', property: 'createdAt', type: 'timestamptz', direction: 'DESC' },
    partition: { column: 'c.messaging_tenant_id', type: 'text' },
  };
  const connections = createPartitionedConnections<Contact, ContactFilter>(database, list, conditionsOf);
  return {
    findById: (id) => byId.load(id),
    listByMessagingTenantId: (messagingTenantId, page, filter, asked) =>
      connections.load(messagingTenantId, page, filter, asked),
  };
}

/** The contact's row, locked until the transaction ends, or `null`. */
export function lockContact(database: Database, transaction: SqlRunner, id: string): Promise<Contact | null> {
  return transaction.row<Contact>(
    sql`SELECT ${raw(database.columns(Contact, 'c'))} FROM messaging.contact c WHERE c.id = ${id} FOR UPDATE`,
  );
}

function conditionsOf({ email, phoneNumber, text }: ContactFilter): Sql[] {
  const conditions: Sql[] = [];
  if (email) conditions.push(sql`c.email = ${email}`);
  if (phoneNumber) conditions.push(sql`c.phone_number = ${phoneNumber}`);
  if (text) {
    const name = sql`concat_ws(' ', c.first_name, c.last_name)`;
    conditions.push(sql`(${name} ILIKE ${containing(text)} OR c.email ILIKE ${containing(text)})`);
  }
  return conditions;
}
