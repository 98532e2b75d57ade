import { messagingMigrations } from '../../migrations/messaging';
import { auditResolvers } from '../../shared/audit/audit-entries';
import { joinPlatformStream } from '../../shared/events/delivery/platform-stream';
import { receiveEventsResolvers } from '../../shared/events/delivery/receive-events';
import { readTypeDefinitions } from '../../shared/graphql/type-definitions';
import type { SubgraphModule } from '../../shared/subgraph/module';
import { createSubgraph } from '../../shared/subgraph/subgraph';
import { forgetTenantsOfEvents } from '../../shared/tenancy/forget-tenants-of-events';
import { keysOfTenants } from '../../shared/tenancy/within-reach';
import { Contact } from './contacts/contact.entity';
import { contactResolvers } from './contacts/resolvers';
import { createContext } from './context';
import { writeDemoData } from './demo-data';
import { provisioningResolvers } from './provisioning/resolvers';
import { MessagingTenant } from './tenants/messaging-tenant.entity';
import { messagingTenantResolvers } from './tenants/resolvers';

/** Messaging: whom a tenant can write to, and by which channels they agreed to be written to. */
export const messaging: SubgraphModule = {
  name: 'messaging',
  entities: [Contact, MessagingTenant],
  migrations: messagingMigrations,
  async create({ database, tenants, subgraphs, metrics, logger }) {
    await joinPlatformStream({
      database,
      name: 'messaging',
      accessControl: subgraphs['access-control'],
      logger,
    });
    return createSubgraph({
      name: 'messaging',
      typeDefinitions: readTypeDefinitions(__dirname),
      resolvers: [
        contactResolvers,
        messagingTenantResolvers,
        provisioningResolvers,
        auditResolvers('messaging', (tenantId, call) =>
          keysOfTenants(tenants, 'messaging', [tenantId], call),
        ),
        receiveEventsResolvers({ tenants: forgetTenantsOfEvents(tenants) }),
      ],
      createContext: (call) => createContext({ database, tenants }, call),
      checkHealth: () => database.checkHealth(),
      metrics,
      logger,
    });
  },
  writeDemoData,
};
