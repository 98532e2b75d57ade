import { v7 as uuid7 } from 'uuid';
import { notFound } from '../../../shared/errors/coded-error';
import { EVENT_VERSION } from '../../../shared/events/event-catalogue';
import { parseUuid } from '../../../shared/input/parse-input';
import { remainingMs } from '../../../shared/subgraph/deadline';
import { NO_TENANT } from '../../../shared/tenancy/no-tenant';
import type { Context } from '../context';
import type { WebhookAnswer } from './post-webhook';
import { signingSecrets } from './webhook-secrets';
import { findWebhook } from './webhook-store';

/** Somebody waits for this one, so it may take less than others. */
const ANSWER_MAY_TAKE_MS = 5_000;
/** For the audit entry, and the way back. */
const MARGIN_MS = 500;
/** No event of the catalogue; receivers know it by this type. */
const TEST_TYPE = 'webhook.test';

/**
 * Posts an event that tells of nothing to the subscription, active or not, and answers what came of it. Throws `NOT_FOUND`,
 * or `REQUEST_TIMEOUT` where there is no time left.
 */
export async function sendTestWebhook(context: Context, id: string): Promise<WebhookAnswer> {
  const { database, tenants, viewer, requestId, sender } = context;
  const webhook = await findWebhook(database, parseUuid(id, 'id'));
  if (webhook === null) throw notFound('id', 'webhook subscription');
  const tenant = webhook.tenantId === null ? null : await tenants.findById(webhook.tenantId);
  const secrets = await signingSecrets(database, webhook.id);
  const event = {
    id: uuid7(),
    type: TEST_TYPE,
    version: EVENT_VERSION,
    timestamp: new Date().toISOString(),
    tenantId: webhook.tenantId,
    tenantSlug: tenant?.slug ?? null,
    source: 'access-control',
    payload: { subscriptionId: webhook.id },
    metadata: { userId: viewer.subject, correlationId: requestId },
  };
  const answer = await sender.post({
    url: webhook.url,
    secrets,
    id: event.id,
    body: JSON.stringify({ type: event.type, timestamp: event.timestamp, data: event }),
    timeoutMs: Math.max(1, Math.min(ANSWER_MAY_TAKE_MS, remainingMs(context) - MARGIN_MS)),
  });
  await database.transaction((transaction) =>
    transaction.record({
      action: 'sendTestWebhook',
      tenantKey: webhook.tenantId ?? NO_TENANT,
      recordType: 'WebhookSubscription',
      recordId: webhook.id,
      before: null,
      after: { eventId: event.id, statusCode: answer.statusCode, failure: answer.failure },
    }),
  );
  return answer;
}
