import { LRUCache } from 'lru-cache';
import type { DatabasePool } from '../../../shared/database/database';
import { type ConsumerGate, createConsumerGate } from '../../../shared/events/delivery/consumer-gate';
import type { EventConsumer, HandOver, RetryRules } from '../../../shared/events/delivery/event-consumer';
import type { EventEnvelope } from '../../../shared/events/event';
import { remainingMs } from '../../../shared/subgraph/deadline';
import { type SubgraphCall, systemCall } from '../../../shared/subgraph/transport';
import { typesOf } from './event-patterns';
import type { WebhookAnswer, WebhookSender } from './post-webhook';
import { disableGoneWebhook, noteAnswer, noteFailure } from './receiver-health';
import { signingSecrets } from './webhook-secrets';
import { type ActiveWebhook, activeWebhooks, findWebhook } from './webhook-store';
import type { WebhookSubscription } from './webhook-subscription.entity';

export const WEBHOOK_QUEUE = 'events-webhooks';

/** Receivers that one process posts to at once. A gate lets each have a few of these places. */
export const WEBHOOKS_AT_ONCE = 24;
const GATE = { atOnce: 6, firstPauseMs: 1_000, longestPauseMs: 300_000 };
/** Gates that a process remembers; a forgotten one is open. */
const MAX_GATES = 10_000;

const ANSWER_MAY_TAKE_MS = 10_000;
/** What a batch may take beside the last answer: reading what is to be posted, writing down how far it came. */
const MARGIN_MS = 1_000;

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
const DELAYS_MS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** Ten attempts within three days and three hours. Source: Standard Webhooks 1.0, "Delivery", retry schedule. */
export const retryForDays: RetryRules = {
  attempts: DELAYS_MS.length + 1,
  delayMs: (refusals) => DELAYS_MS[refusals - 1] ?? 24 * HOUR,
};

export function webhookConsumerName(id: string): string {
  return `webhook:${id}`;
}

export interface WebhookDependencies {
  database: DatabasePool;
  sender: WebhookSender;
  /** Called when a subscription was disabled because nobody takes its events. */
  onDisabled: () => void;
  /** The retries of Standard Webhooks, and ten seconds, unless given. */
  retry?: RetryRules;
  answerMayTakeMs?: number;
}

/** Reads the active subscriptions as consumers. What was learnt of a receiver lasts until its subscription is changed. */
export function createWebhookConsumers(deps: WebhookDependencies): () => Promise<EventConsumer[]> {
  const gates = new LRUCache<string, ConsumerGate>({ max: MAX_GATES });
  return async () => {
    const webhooks = await activeWebhooks(deps.database.forCall(systemCall('webhooks')));
    return webhooks.map((webhook) => {
      const key = `${webhook.id} ${webhook.updatedAt.getTime()}`;
      const gate = gates.get(key) ?? createConsumerGate(GATE);
      gates.set(key, gate);
      return webhookConsumer(webhook, gate, deps);
    });
  };
}

function webhookConsumer(
  webhook: ActiveWebhook,
  gate: ConsumerGate,
  deps: WebhookDependencies,
): EventConsumer {
  return {
    name: webhookConsumerName(webhook.id),
    queue: WEBHOOK_QUEUE,
    types: typesOf(webhook.types),
    tenantKey: webhook.tenantId,
    since: webhook.createdAt,
    retry: deps.retry ?? retryForDays,
    takeTurn: gate.takeTurn,
    handOver: (events, call) => postInOrder(webhook.id, gate, deps, events, call),
  };
}

/** Posts one event after another while there is time for a slow answer. */
async function postInOrder(
  id: string,
  gate: ConsumerGate,
  deps: WebhookDependencies,
  events: EventEnvelope[],
  call: SubgraphCall,
): Promise<HandOver> {
  const { database, sender, answerMayTakeMs = ANSWER_MAY_TAKE_MS } = deps;
  // Read now: an address or a secret that was changed a moment ago is meant to be left, and another process changed it.
  const scoped = database.forCall(call);
  const webhook = await findWebhook(scoped, id);
  if (webhook?.status !== 'ACTIVE') throw new Error('the subscription is not active any more');
  const secrets = await signingSecrets(scoped, id);

  for (const [taken, event] of events.entries()) {
    if (taken > 0 && remainingMs(call) < answerMayTakeMs + MARGIN_MS) return { taken, refusal: null };
    const body = JSON.stringify({ type: event.type, timestamp: event.timestamp, data: event });
    const message = { url: webhook.url, secrets, id: event.id, body, timeoutMs: answerMayTakeMs };
    const answer = await sender.post(message);
    await learnFrom(answer, webhook, gate, deps);
    if (answer.failure !== null) return { taken, refusal: answer.failure, retryAfterMs: answer.retryAfterMs };
  }
  return { taken: events.length, refusal: null };
}

/** Leaves a receiver alone that cannot take anything, and gives up one that is gone. */
async function learnFrom(
  answer: WebhookAnswer,
  { id, failingSince }: WebhookSubscription,
  gate: ConsumerGate,
  { database, onDisabled }: WebhookDependencies,
): Promise<void> {
  if (answer.statusCode === 410) {
    await disableGoneWebhook(database, id);
    onDisabled();
  } else if (saysNothingOfTheEvent(answer)) {
    gate.failed(answer.retryAfterMs ?? 0);
    if (await noteFailure(database, id)) onDisabled();
  } else {
    gate.answered();
    if (failingSince !== null) await noteAnswer(database, id);
  }
}

/** Whether it is the receiver that cannot take anything now. */
function saysNothingOfTheEvent({ statusCode, failure }: WebhookAnswer): boolean {
  return failure !== null && (statusCode === null || statusCode >= 500 || [408, 429].includes(statusCode));
}
