import { accessControlMigrations } from '../../migrations/access-control';
import { auditResolvers } from '../../shared/audit/audit-entries';
import { defaultDeprovisioning } from '../../shared/deprovisioning-settings';
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

/** Access Control: who the tenants are, and what each system calls them. */
export const accessControl: SubgraphModule = {
  name: 'access-control',
  entities: [Tenant, TenantRegistry, ProvisioningRun, ProvisioningStep, TenantDeprovisioning],
  migrations: accessControlMigrations,
  async create({ database, tenants, subgraphs, logger, deprovisioning = defaultDeprovisioning }) {
    const consumers = systemConsumers(subgraphs);
    await startDelivery({
      database,
      name: 'access-control',
      consumers: async () => consumers,
      queues: consumers.map(({ queue }) => queue),
      logger,
    });
    await startRemovals({ database, tenants, subgraphs, settings: deprovisioning, logger });
    const runBells = createRunBells();
    await workProvisioning({ database, tenants, subgraphs, runBells, logger });
    return createSubgraph({
      name: 'access-control',
      typeDefinitions: readTypeDefinitions(__dirname),
      resolvers: [
        tenantResolvers,
        registryResolvers,
        provisioningResolvers,
        deprovisioningResolvers(subgraphs, deprovisioning),
        importResolvers,
        auditTrailResolvers(subgraphs),
        auditResolvers('access-control'),
        receiveEventsResolvers({ [PLATFORM_STREAM]: takeIntoStream(database) }),
      ],
      createContext: (call) => createContext({ database, tenants, subgraphs, runBells }, call),
      checkHealth: () => database.checkHealth(),
      logger,
    });
  },
  writeDemoData,
};
