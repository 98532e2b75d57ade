import { teetimeMigrations } from '../../migrations/teetime';
import { auditResolvers } from '../../shared/audit/audit-entries';
import { joinPlatformStream } from '../../shared/events/delivery/platform-stream';
import { receiveEventsResolvers } from '../../shared/events/delivery/receive-events';
import { readTypeDefinitions } from '../../shared/graphql/type-definitions';
import type { SubgraphModule } from '../../shared/subgraph/module';
import { createSubgraph } from '../../shared/subgraph/subgraph';
import { forgetTenantsOfEvents } from '../../shared/tenancy/forget-tenants-of-events';
import { Club } from './clubs/club.entity';
import { clubResolvers } from './clubs/resolvers';
import { createContext } from './context';
import { writeDemoData } from './demo-data';
import { provisioningResolvers } from './provisioning/resolvers';

/** TeeTime: the golf clubs at which people book, and whose tenant each is. */
export const teetime: SubgraphModule = {
  name: 'teetime',
  entities: [Club],
  migrations: teetimeMigrations,
  async create({ database, tenants, subgraphs, metrics, logger }) {
    await joinPlatformStream({
      database,
      name: 'teetime',
      accessControl: subgraphs['access-control'],
      logger,
    });
    return createSubgraph({
      name: 'teetime',
      typeDefinitions: readTypeDefinitions(__dirname),
      resolvers: [
        clubResolvers,
        provisioningResolvers,
        auditResolvers('teetime'),
        receiveEventsResolvers({ tenants: forgetTenantsOfEvents(tenants) }),
      ],
      createContext: (call) => createContext({ database, tenants, subgraphs }, call),
      checkHealth: () => database.checkHealth(),
      metrics,
      logger,
    });
  },
  writeDemoData,
};
