import pino from 'pino';
import sql from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import type { DatabasePool } from '../../shared/database/database';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import type { EventConsumer } from '../../shared/events/delivery/event-consumer';
import { startDelivery } from '../../shared/events/delivery/start-delivery';
import { systemCall } from '../../shared/subgraph/transport';
import { type ConsumerList, createConsumerList } from '../../subgraphs/access-control/events/consumer-list';
import { startReplays } from '../../subgraphs/access-control/events/start-replays';
import {
  createWebhookSender,
  type WebhookSender,
} from '../../subgraphs/access-control/webhooks/post-webhook';
import type { ResolveHost } from '../../subgraphs/access-control/webhooks/public-address';
import {
  createWebhookConsumers,
  WEBHOOK_QUEUE,
  WEBHOOKS_AT_ONCE,
  type WebhookDependencies,
} from '../../subgraphs/access-control/webhooks/webhook-consumer';
import { loadSubgraph } from '../../subgraphs/modules';

/** Access Control's delivery of events as one process has it, with retries that a test can wait for. */
export interface DeliveryProcess {
  database: DatabasePool;
  consumers: ConsumerList;
  stop(): Promise<void>;
}

interface Options extends Partial<Pick<WebhookDependencies, 'retry' | 'answerMayTakeMs'>> {
  /** Consumers beside the webhooks. */
  others?: EventConsumer[];
  /** Unless given, this machine may be posted to. */
  resolve?: ResolveHost;
}

export async function openDelivery(url: string, options: Options = {}): Promise<DeliveryProcess> {
  const {
    others = [],
    resolve,
    retry = { attempts: 3, delayMs: () => 20 },
    answerMayTakeMs = 1_000,
  } = options;
  const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  const database = await openSubgraphDatabase(await loadSubgraph('access-control'), {
    location: { url },
    poolSize: 6,
    logger,
  });
  const sender: WebhookSender = createWebhookSender({
    allowPrivate: resolve === undefined,
    resolve: resolve ?? (async () => []),
  });
  const webhooks = createWebhookConsumers({
    database,
    sender,
    onDisabled: () => consumers.forget(),
    retry,
    answerMayTakeMs,
  });
  const consumers = createConsumerList(others, webhooks);
  await startDelivery({
    database,
    name: 'access-control',
    consumers: consumers.all,
    queues: [...new Set(others.map(({ queue }) => queue)), WEBHOOK_QUEUE],
    tenantsAtOnce: { [WEBHOOK_QUEUE]: WEBHOOKS_AT_ONCE },
    logger,
  });
  await startReplays({ database, consumers, logger });
  return {
    database,
    consumers,
    async stop() {
      await database.close();
      await sender.close();
    },
  };
}

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** Has events posted to `url`, behind the graph's back; answers the consumer's name. */
export async function subscribe(
  { database, consumers }: DeliveryProcess,
  url: string,
  { types = [] }: { types?: string[] } = {},
): Promise<string> {
  const id = uuid7();
  await database.forCall(systemCall('test')).transaction(async (transaction) => {
    await transaction.rows(sql`
      INSERT INTO access_control.webhook_subscription (id, url, types, created_by)
      VALUES (${id}, ${url}, ${types}, 'test')`);
    await transaction.rows(sql`
      INSERT INTO access_control.webhook_secret (id, subscription_id, secret) VALUES (${uuid7()}, ${id}, ${SECRET})`);
  });
  consumers.forget();
  return `webhook:${id}`;
}

/** Publishes `count` events of a tenant in one transaction, with the numbers from `first` as their names. */
export function publishTenants(
  { database }: Pick<DeliveryProcess, 'database'>,
  tenantId: string,
  { first = 1, count = 1 }: { first?: number; count?: number } = {},
): Promise<void> {
  return database.forCall(systemCall('test')).transaction(async (transaction) => {
    for (let number = first; number < first + count; number += 1) {
      await transaction.publish({
        type: 'tenant.created',
        tenantKey: tenantId,
        tenant: { id: tenantId, slug: 'the-slug' },
        payload: { displayName: String(number) },
      });
    }
  });
}
