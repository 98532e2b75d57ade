import { accessControlMigrations } from '../../migrations/access-control';
import { auditResolvers } from '../../shared/audit/audit-entries';
import { defaultDeprovisioning } from '../../shared/deprovisioning-settings';
import { defaultEvents } from '../../shared/event-settings';
import { backlogJob } from '../../shared/events/delivery/backlog';
import { PLATFORM_STREAM } from '../../shared/events/delivery/platform-stream';
import { receiveEventsResolvers } from '../../shared/events/delivery/receive-events';
import { startDelivery } from '../../shared/events/delivery/start-delivery';
import { readTypeDefinitions } from '../../shared/graphql/type-definitions';
import type { SubgraphModule } from '../../shared/subgraph/module';
import { createSubgraph } from '../../shared/subgraph/subgraph';
import { auditTrailResolvers } from './audit/resolvers';
import { createContext } from './context';
import { writeDemoData } from './demo-data';
import { TenantDeprovisioning } from './deprovisioning/deprovisioning.entity';
import { startRemovals } from './deprovisioning/remove-tenant';
import { deprovisioningResolvers } from './deprovisioning/resolvers';
import { driftResolvers } from './drift/resolvers';
import { watchDrift } from './drift/watch-drift';
import { createConsumerList } from './events/consumer-list';
import { eventResolvers } from './events/resolvers';
import { startReplays } from './events/start-replays';
import { systemConsumers } from './events/system-consumers';
import { takeIntoStream } from './events/take-into-stream';
import { importResolvers } from './import/resolvers';
import { ProvisioningRun } from './provisioning/provisioning-run.entity';
import { ProvisioningStep } from './provisioning/provisioning-step.entity';
import { provisioningResolvers } from './provisioning/resolvers';
import { createRunBells } from './provisioning/run-bells';
import { workProvisioning } from './provisioning/steps/work-provisioning';
import { registryResolvers } from './registry/resolvers';
import { TenantRegistry } from './registry/tenant-registry.entity';
import { tenantResolvers } from './tenants/resolvers';
import { Tenant } from './tenants/tenant.entity';
import { createWebhookSender } from './webhooks/post-webhook';
import { createResolver } from './webhooks/public-address';
import { webhookResolvers } from './webhooks/resolvers';
import { createWebhookConsumers, WEBHOOK_QUEUE, WEBHOOKS_AT_ONCE } from './webhooks/webhook-consumer';
import { WebhookSubscription } from './webhooks/webhook-subscription.entity';

/** Access Control: who the tenants are, and what each system calls them. */
export const accessControl: SubgraphModule = {
  name: 'access-control',
  entities: [
    Tenant,
    TenantRegistry,
    ProvisioningRun,
    ProvisioningStep,
    TenantDeprovisioning,
    WebhookSubscription,
  ],
  migrations: accessControlMigrations,
  async create(dependencies) {
    const { database, tenants, subgraphs, metrics, logger } = dependencies;
    const { deprovisioning = defaultDeprovisioning, events = defaultEvents, driftPassMs = 0 } = dependencies;
    const webhookUrls = { ...events.webhooks, resolve: createResolver() };
    const sender = createWebhookSender(webhookUrls);
    const relay = events.redis && (await loadRelay())(events.redis, logger);
    const fixed = [...systemConsumers(subgraphs), ...(relay ? [relay.consumer] : [])];
    const webhooks = createWebhookConsumers({ database, sender, onDisabled: () => consumers.forget() });
    const consumers = createConsumerList(fixed, webhooks);
    await startDelivery({
      database,
      name: 'access-control',
      consumers: consumers.all,
      queues: [...new Set(fixed.map(({ queue }) => queue)), WEBHOOK_QUEUE],
      tenantsAtOnce: { [WEBHOOK_QUEUE]: WEBHOOKS_AT_ONCE },
      logger,
    });
    await startRemovals({ database, tenants, subgraphs, settings: deprovisioning, logger });
    const runBells = createRunBells();
    await workProvisioning({ database, tenants, subgraphs, runBells, logger });
    if (driftPassMs > 0) await watchDrift({ database, subgraphs, metrics, logger, everyMs: driftPassMs });
    await startReplays({ database, consumers, logger });
    // While no process had a relay, nobody told it of what was new.
    if (relay) await database.jobs.enqueue([backlogJob(relay.consumer)]);
    const shared = { consumers, sender, webhookUrls };
    return createSubgraph({
      name: 'access-control',
      typeDefinitions: readTypeDefinitions(__dirname),
      resolvers: [
        tenantResolvers,
        registryResolvers,
        provisioningResolvers,
        deprovisioningResolvers(subgraphs, deprovisioning),
        importResolvers,
        driftResolvers,
        eventResolvers,
        webhookResolvers,
        auditTrailResolvers(subgraphs),
        auditResolvers('access-control'),
        receiveEventsResolvers({ [PLATFORM_STREAM]: takeIntoStream(database) }),
      ],
      createContext: (call) => createContext({ database, tenants, subgraphs, runBells }, shared, call),
      checkHealth: () => database.checkHealth(),
      async stop() {
        await sender.close();
        await relay?.close();
      },
      metrics,
      logger,
    });
  },
  writeDemoData,
};

/** BullMQ and its client take some 25 MB, so they are loaded where there is a Redis alone. */
async function loadRelay() {
  return (await import('./events/redis-relay')).createRedisRelay;
}
