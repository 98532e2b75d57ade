import type { Transaction } from '../../../shared/database/database';
import { notFound } from '../../../shared/errors/coded-error';
import { backlogJob, endPauses, forgetCursors } from '../../../shared/events/delivery/backlog';
import { changedFields } from '../../../shared/input/changed-fields';
import { parseInput, parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { UpdateWebhookSubscriptionInput } from '../graphql.generated';
import { KNOWN_EVERYWHERE_MS } from './create-webhook-subscription';
import { recordWebhookChange } from './record-webhook-change';
import { WEBHOOK_QUEUE, webhookConsumerName } from './webhook-consumer';
import { UpdateWebhookSubscriptionRules } from './webhook-input';
import { giveNewSecret } from './webhook-secrets';
import { lockWebhook } from './webhook-store';
import { WebhookSubscription } from './webhook-subscription.entity';
import { parseWebhookUrl } from './webhook-url';

/**
 * Changes what is given. A subscription that is to be active, whether it was or not, or that goes elsewhere, goes on where
 * it stood, at once. Throws `BAD_USER_INPUT` or `NOT_FOUND`.
 */
export async function updateWebhookSubscription(
  context: Context,
  id: string,
  input: UpdateWebhookSubscriptionInput,
): Promise<WebhookSubscription> {
  const { url: given, types, ...rest } = parseInput(UpdateWebhookSubscriptionRules, input);
  const url =
    given === undefined ? undefined : await parseWebhookUrl(given, 'input.url', context.webhookUrls);
  return changeWebhook(context, id, async (transaction, before) => {
    const changes = {
      ...rest,
      ...(url === undefined ? {} : { url }),
      ...(types === undefined ? {} : { types: [...new Set(types)] }),
      ...(rest.status === 'ACTIVE' ? { disabledReason: null, failingSince: null } : {}),
    };
    const names = changedFields(before, changes);
    const isElsewhere = names.includes('url');
    const after =
      names.length === 0
        ? before
        : await write(transaction, before.id, { ...changes, ...(isElsewhere && { failingSince: null }) });
    if (names.length > 0) {
      await recordWebhookChange(transaction, 'updateWebhookSubscription', before, after);
    }
    const consumer = { name: webhookConsumerName(before.id), queue: WEBHOOK_QUEUE };
    const goesOnAtOnce = isElsewhere || rest.status === 'ACTIVE';
    if (goesOnAtOnce) await endPauses(transaction, 'access-control', consumer.name);
    if (goesOnAtOnce || names.includes('types')) {
      await transaction.enqueue(backlogJob(consumer, KNOWN_EVERYWHERE_MS));
    }
    return after;
  });
}

/** Gives the subscription a new secret, beside which the one before signs for a day. Throws `NOT_FOUND`. */
export function rotateWebhookSecret(
  context: Context,
  id: string,
): Promise<{ subscription: WebhookSubscription; secret: string }> {
  return changeWebhook(context, id, async (transaction, before) => {
    const secret = await giveNewSecret(transaction, before.id);
    const subscription = await write(transaction, before.id, { secretCreatedAt: () => 'clock_timestamp()' });
    await recordWebhookChange(transaction, 'rotateWebhookSecret', before, subscription);
    return { subscription, secret };
  });
}

/** Deletes the subscription, with its secrets. Its dead letters stay. Throws `NOT_FOUND`. */
export function deleteWebhookSubscription(context: Context, id: string): Promise<WebhookSubscription> {
  return changeWebhook(context, id, async (transaction, before) => {
    await transaction.manager.delete(WebhookSubscription, { id: before.id });
    await forgetCursors(transaction, 'access-control', webhookConsumerName(before.id));
    await recordWebhookChange(transaction, 'deleteWebhookSubscription', before, null);
    return before;
  });
}

async function changeWebhook<Result>(
  { database, consumers }: Context,
  id: string,
  change: (transaction: Transaction, before: WebhookSubscription) => Promise<Result>,
): Promise<Result> {
  const webhookId = parseUuid(id, 'id');
  const result = await database.transaction(async (transaction) => {
    const before = await lockWebhook(database, transaction, webhookId);
    if (before === null) throw notFound('id', 'webhook subscription');
    return change(transaction, before);
  });
  consumers.forget();
  return result;
}

type Changes = Parameters<Transaction['manager']['update']>[2];

async function write({ manager }: Transaction, id: string, changes: object): Promise<WebhookSubscription> {
  const changesAndTime: Changes = { ...changes, updatedAt: () => 'clock_timestamp()' };
  await manager.update(WebhookSubscription, { id }, changesAndTime);
  return manager.findOneByOrFail(WebhookSubscription, { id });
}
