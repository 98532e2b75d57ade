import { v7 as uuid7 } from 'uuid';
import { badInput, CodedError, tenantNotFound } from '../../../shared/errors/coded-error';
import { backlogJob, beginAtNewest } from '../../../shared/events/delivery/backlog';
import { parseInput } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import { CONSUMERS_LIVE_MS } from '../events/consumer-list';
import type { CreateWebhookSubscriptionInput } from '../graphql.generated';
import { recordWebhookChange } from './record-webhook-change';
import { WEBHOOK_QUEUE, webhookConsumerName } from './webhook-consumer';
import { CreateWebhookSubscriptionRules } from './webhook-input';
import { giveNewSecret } from './webhook-secrets';
import { assertRoomForWebhook } from './webhook-store';
import { WebhookSubscription } from './webhook-subscription.entity';
import { parseWebhookUrl } from './webhook-url';

/** When every process knows of a subscription, so that one that did not while an event came delays it no longer. */
export const KNOWN_EVERYWHERE_MS = 2 * CONSUMERS_LIVE_MS;

/**
 * Creates a subscription, with the secret that only this answers. Throws `BAD_USER_INPUT`, `TENANT_NOT_FOUND`, or
 * `TENANT_DISABLED`.
 */
export async function createWebhookSubscription(
  context: Context,
  input: CreateWebhookSubscriptionInput,
): Promise<{ subscription: WebhookSubscription; secret: string }> {
  const { database, viewer, consumers, webhookUrls } = context;
  const { types, description, ...given } = parseInput(CreateWebhookSubscriptionRules, input);
  const tenantId = given.tenantId?.toLowerCase() ?? null;
  await assertSubscriber(context, tenantId);
  const url = await parseWebhookUrl(given.url, 'input.url', webhookUrls);

  const created = await database.transaction(async (transaction) => {
    await assertRoomForWebhook(transaction, tenantId);
    const id = uuid7();
    const consumer = { name: webhookConsumerName(id), queue: WEBHOOK_QUEUE, tenantKey: tenantId };
    await beginAtNewest(transaction, 'access-control', consumer);
    const { manager } = transaction;
    await manager.insert(WebhookSubscription, {
      id,
      tenantId,
      url,
      types: [...new Set(types ?? [])],
      description: description ?? null,
      createdBy: viewer.subject,
    });
    const secret = await giveNewSecret(transaction, id);
    const subscription = await manager.findOneByOrFail(WebhookSubscription, { id });
    await recordWebhookChange(transaction, 'createWebhookSubscription', null, subscription);
    await transaction.enqueue(backlogJob(consumer, KNOWN_EVERYWHERE_MS));
    return { subscription, secret };
  });
  consumers.forget();
  return created;
}

/** Throws unless the viewer may have the tenant's events sent somewhere, or those of every tenant. */
async function assertSubscriber({ viewer, tenants }: Context, tenantId: string | null): Promise<void> {
  if (tenantId === null) {
    if (viewer.tenants === 'all') return;
    throw badInput('input.tenantId', 'platformOnly', 'name a tenant; only the platform hears of every one');
  }
  const tenant = await tenants.findById(tenantId);
  if (tenant === null) throw tenantNotFound('input.tenantId');
  if (tenant.status === 'DISABLED') {
    throw new CodedError('TENANT_DISABLED', 'input.tenantId: the tenant is disabled');
  }
}
