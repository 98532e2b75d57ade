import sql, { raw } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { badInput } from '../../../shared/errors/coded-error';
import type { Connection, PageRequest } from '../../../shared/pagination/connection';
import { readConnection } from '../../../shared/pagination/keyset-list';
import { WebhookSubscription } from './webhook-subscription.entity';

const MAX_OF_TENANT = 20;
const MAX_OF_PLATFORM = 100;

/** The subscription, or `null`. */
export function findWebhook(database: Database, id: string): Promise<WebhookSubscription | null> {
  return database.row<WebhookSubscription>(sql`
    SELECT ${raw(database.columns(WebhookSubscription, 'w'))} FROM access_control.webhook_subscription w
    WHERE w.id = ${id}`);
}

/** The subscription's row, locked until the transaction ends, or `null`. */
export function lockWebhook(
  database: Database,
  transaction: SqlRunner,
  id: string,
): Promise<WebhookSubscription | null> {
  return transaction.row<WebhookSubscription>(sql`
    SELECT ${raw(database.columns(WebhookSubscription, 'w'))} FROM access_control.webhook_subscription w
    WHERE w.id = ${id} FOR UPDATE`);
}

/** Those that the viewer reaches, or one tenant's, newest first. Throws `BAD_USER_INPUT` for a cursor of another list. */
export function listWebhooks(
  database: Database,
  page: PageRequest,
  tenantId: string | null,
): Promise<Connection<WebhookSubscription>> {
  const list = {
    name: `webhookSubscriptions:${tenantId ?? ''}`,
    from: 'access_control.webhook_subscription w',
    columns: database.columns(WebhookSubscription, 'w'),
    id: 'w.id',
    sort: { column: 'w.created_at', property: 'createdAt', type: 'timestamptz', direction: 'DESC' },
  } as const;
  const where = tenantId === null ? [] : [sql`w.tenant_id = ${tenantId}`];
  return readConnection<WebhookSubscription>(database, list, page, where);
}

/** What deliveries go by: every subscription that is active. */
export type ActiveWebhook = Pick<
  WebhookSubscription,
  'id' | 'tenantId' | 'types' | 'createdAt' | 'updatedAt'
>;

export function activeWebhooks(database: SqlRunner): Promise<ActiveWebhook[]> {
  return database.rows<ActiveWebhook>(sql`
    SELECT id, tenant_id AS "tenantId", types, created_at AS "createdAt", updated_at AS "updatedAt"
    FROM access_control.webhook_subscription WHERE status = 'ACTIVE' ORDER BY created_at, id`);
}

/**
 * Makes those who create subscriptions of one tenant, or of the whole platform, follow one another until the transaction
 * ends. Throws `BAD_USER_INPUT` when there are as many as there may be.
 */
export async function assertRoomForWebhook(transaction: SqlRunner, tenantId: string | null): Promise<void> {
  await transaction.rows(sql`
    SELECT pg_advisory_xact_lock(hashtextextended('access_control.webhook_subscription ' || ${tenantId ?? 'all'}, 0))`);
  const counted = await transaction.row<{ count: number }>(sql`
    SELECT count(*)::int AS count FROM access_control.webhook_subscription
    WHERE tenant_id IS NOT DISTINCT FROM ${tenantId}::uuid`);
  const most = tenantId === null ? MAX_OF_PLATFORM : MAX_OF_TENANT;
  if ((counted?.count ?? 0) < most) return;
  const whose = tenantId === null ? 'the whole platform' : 'the tenant';
  throw badInput(
    'input.tenantId',
    'maxSubscriptions',
    `${whose} has ${most} subscriptions, which is the most`,
  );
}
