import { teetimeMigrations } from '../../migrations/teetime';
import { auditResolvers } from '../../shared/audit/audit-entries';
import { readTypeDefinitions } from '../../shared/graphql/type-definitions';
import type { SubgraphModule } from '../../shared/subgraph/module';
import { createSubgraph } from '../../shared/subgraph/subgraph';
import { Club } from './clubs/club.entity';
import { clubResolvers } from './clubs/resolvers';
import { createContext } from './context';
import { writeDemoData } from './demo-data';

/** TeeTime: the golf clubs at which people book, and whose tenant each is. */
export const teetime: SubgraphModule = {
  name: 'teetime',
  entities: [Club],
  migrations: teetimeMigrations,
  create: ({ database, tenants, logger }) =>
    createSubgraph({
      name: 'teetime',
      typeDefinitions: readTypeDefinitions(__dirname),
      resolvers: [clubResolvers, auditResolvers('teetime')],
      createContext: (call) => createContext({ database, tenants }, call),
      checkHealth: () => database.checkHealth(),
      logger,
    }),
  writeDemoData,
};
