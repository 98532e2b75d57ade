import { sclMigrations } from '../../migrations/scl';
import { auditResolvers } from '../../shared/audit/audit-entries';
import { joinPlatformStream } from '../../shared/events/delivery/platform-stream';
import { receiveEventsResolvers } from '../../shared/events/delivery/receive-events';
import { readTypeDefinitions } from '../../shared/graphql/type-definitions';
import type { SubgraphModule } from '../../shared/subgraph/module';
import { createSubgraph } from '../../shared/subgraph/subgraph';
import { forgetTenantsOfEvents } from '../../shared/tenancy/forget-tenants-of-events';
import { keysOfTenants } from '../../shared/tenancy/within-reach';
import { sclClubResolvers } from './clubs/resolvers';
import { SclClub } from './clubs/scl-club.entity';
import { createContext } from './context';
import { writeDemoData } from './demo-data';
import { provisioningResolvers } from './provisioning/resolvers';
import { sclTenantResolvers } from './tenants/resolvers';
import { SclTenant } from './tenants/scl-tenant.entity';

/** SCL (Sports Club Loyalty): its own tenants, each with the clubs whose members it serves. */
export const scl: SubgraphModule = {
  name: 'scl',
  entities: [SclTenant, SclClub],
  migrations: sclMigrations,
  async create({ database, tenants, subgraphs, metrics, logger }) {
    await joinPlatformStream({ database, name: 'scl', accessControl: subgraphs['access-control'], logger });
    return createSubgraph({
      name: 'scl',
      typeDefinitions: readTypeDefinitions(__dirname),
      resolvers: [
        sclTenantResolvers,
        sclClubResolvers,
        provisioningResolvers,
        auditResolvers('scl', (tenantId, call) => keysOfTenants(tenants, 'scl', [tenantId], call)),
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
