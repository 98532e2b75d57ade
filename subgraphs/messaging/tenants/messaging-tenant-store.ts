import sql, { raw } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import { MessagingTenant } from './messaging-tenant.entity';

export interface MessagingTenantStore {
  find(messagingTenantId: string): Promise<MessagingTenant | null>;
}

/** Reads Messaging's tenants for one request; look-ups of one tick share a statement. */
export function createMessagingTenantStore(database: Database): MessagingTenantStore {
  const byKey = createLoader(async (keys) => {
    const rows = await database.rows<MessagingTenant>(sql`
      SELECT ${raw(database.columns(MessagingTenant, 't'))} FROM messaging.messaging_tenant t
      WHERE t.messaging_tenant_id = ANY (${[...keys]}::text[])`);
    return new Map(rows.map((row) => [row.messagingTenantId, row]));
  });
  return { find: (messagingTenantId) => byKey.load(messagingTenantId) };
}

/** The row, locked until the transaction ends, or `null`. */
export function lockMessagingTenant(
  database: Database,
  transaction: SqlRunner,
  messagingTenantId: string,
): Promise<MessagingTenant | null> {
  return transaction.row<MessagingTenant>(sql`
    SELECT ${raw(database.columns(MessagingTenant, 't'))} FROM messaging.messaging_tenant t
    WHERE t.messaging_tenant_id = ${messagingTenantId} FOR UPDATE`);
}
