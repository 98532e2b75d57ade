import type { Transaction } from '../../../shared/database/database';
import { NO_TENANT } from '../../../shared/tenancy/no-tenant';
import type { WebhookSubscription } from './webhook-subscription.entity';

/** Records a subscription's change in the trail of its tenant, or in that of the platform. Secrets are never in it. */
export async function recordWebhookChange(
  transaction: Transaction,
  action: string,
  before: WebhookSubscription | null,
  after: WebhookSubscription | null,
): Promise<void> {
  const one = after ?? before;
  if (!one) throw new Error('A change has a record before or after it');
  await transaction.record({
    action,
    tenantKey: one.tenantId ?? NO_TENANT,
    recordType: 'WebhookSubscription',
    recordId: one.id,
    before,
    after,
  });
}
