import { accessControlMigrations } from '../../migrations/access-control';
import { auditResolvers } from '../../shared/audit/audit-entries';
import { readTypeDefinitions } from '../../shared/graphql/type-definitions';
import type { SubgraphModule } from '../../shared/subgraph/module';
import { createSubgraph } from '../../shared/subgraph/subgraph';
import { auditTrailResolvers } from './audit/resolvers';
import { createContext } from './context';
import { writeDemoData } from './demo-data';
import { ProvisioningRun, ProvisioningStep } from './provisioning/provisioning-run.entity';
import { provisioningResolvers } from './provisioning/resolvers';
import { registryResolvers } from './registry/resolvers';
import { TenantRegistry } from './registry/tenant-registry.entity';
import { tenantResolvers } from './tenants/resolvers';
import { Tenant } from './tenants/tenant.entity';

/** Access Control: who the tenants are, and what each system calls them. */
export const accessControl: SubgraphModule = {
  name: 'access-control',
  entities: [Tenant, TenantRegistry, ProvisioningRun, ProvisioningStep],
  migrations: accessControlMigrations,
  create: ({ database, subgraphs, logger }) =>
    createSubgraph({
      name: 'access-control',
      typeDefinitions: readTypeDefinitions(__dirname),
      resolvers: [
        tenantResolvers,
        registryResolvers,
        provisioningResolvers,
        auditTrailResolvers(subgraphs),
        auditResolvers('access-control'),
      ],
      createContext: (call) => createContext(database, call),
      checkHealth: () => database.checkHealth(),
      logger,
    }),
  writeDemoData,
};
