import sql from 'sql-template-tag';
import type { DatabasePool } from '../../../shared/database/database';
import { systemCall } from '../../../shared/subgraph/transport';
import { recordWebhookChange } from './record-webhook-change';
import { lockWebhook } from './webhook-store';
import { WebhookSubscription } from './webhook-subscription.entity';

/** After so many days in which a receiver took nothing, nobody is taken to be there. */
const MAX_FAILING_DAYS = 5;

const scoped = (pool: DatabasePool) => pool.forCall(systemCall('webhooks'));

/**
 * Notes that the receiver could not take anything. Disables the subscription where that has been so for five days, and
 * answers whether it did; otherwise its events would pile up for ever.
 */
export async function noteFailure(pool: DatabasePool, id: string): Promise<boolean> {
  const noted = await scoped(pool).row<{ isTooLong: boolean }>(sql`
    UPDATE access_control.webhook_subscription SET failing_since = coalesce(failing_since, clock_timestamp())
    WHERE id = ${id}
    RETURNING failing_since < now() - make_interval(days => ${MAX_FAILING_DAYS}) AS "isTooLong"`);
  if (!noted?.isTooLong) return false;
  const reason = `the receiver has taken nothing for ${MAX_FAILING_DAYS} days`;
  await disable(pool, id, { action: 'disableFailingWebhook', reason });
  return true;
}

/** Notes that the receiver answers again. */
export async function noteAnswer(pool: DatabasePool, id: string): Promise<void> {
  await scoped(pool).rows(sql`
    UPDATE access_control.webhook_subscription SET failing_since = NULL WHERE id = ${id}`);
}

/** Disables a subscription whose receiver says that it is gone for good. */
export function disableGoneWebhook(pool: DatabasePool, id: string): Promise<void> {
  return disable(pool, id, { action: 'disableGoneWebhook', reason: 'the receiver answered 410 Gone' });
}

/** One that is disabled or deleted stays so. */
async function disable(
  pool: DatabasePool,
  id: string,
  { action, reason }: { action: string; reason: string },
): Promise<void> {
  const database = scoped(pool);
  await database.transaction(async (transaction) => {
    const before = await lockWebhook(database, transaction, id);
    if (before?.status !== 'ACTIVE') return;
    const { manager } = transaction;
    await manager.update(
      WebhookSubscription,
      { id },
      { status: 'DISABLED', disabledReason: reason, updatedAt: () => 'clock_timestamp()' },
    );
    const after = await manager.findOneByOrFail(WebhookSubscription, { id });
    await recordWebhookChange(transaction, action, before, after);
  });
}
