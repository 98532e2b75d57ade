import { crmMigrations } from '../../migrations/crm';
import { auditResolvers } from '../../shared/audit/audit-entries';
import { joinPlatformStream } from '../../shared/events/delivery/platform-stream';
import { receiveEventsResolvers } from '../../shared/events/delivery/receive-events';
import { readTypeDefinitions } from '../../shared/graphql/type-definitions';
import { defaultPublicLeads } from '../../shared/public-lead-settings';
import type { SubgraphModule } from '../../shared/subgraph/module';
import { createSubgraph } from '../../shared/subgraph/subgraph';
import { createContext } from './context';
import { Customer } from './customers/customer.entity';
import { customerResolvers } from './customers/resolvers';
import { writeDemoData } from './demo-data';
import { Journey, JourneyStep } from './journeys/journey.entity';
import { journeyResolvers } from './journeys/resolvers';
import { Lead } from './leads/lead.entity';
import { createLeadGate } from './leads/lead-gate';
import { leadResolvers } from './leads/resolvers';
import { provisioningResolvers } from './provisioning/resolvers';
import { segmentResolvers } from './segments/resolvers';
import { Segment } from './segments/segment.entity';
import { createAliasUses } from './slug-aliases/alias-uses';
import { slugAliasResolvers } from './slug-aliases/resolvers';
import { SlugAlias } from './slug-aliases/slug-alias.entity';
import { templatePackResolvers } from './template-packs/resolvers';
import { createCopyRefresher } from './tenancy/copy-refresher';
import { followAccessControl } from './tenancy/follow-access-control';
import { followTenantEvents } from './tenancy/follow-tenant-events';
import { Tenant } from './tenancy/tenant.entity';
import { tenantMigrationResolvers } from './tenant-migration/resolvers';
import { KeepTenancyBooks1767225600050 } from './tenant-migration/schema/bookkeeping';
import { createTenantMigration } from './tenant-migration/tenant-migration';

/** CRM: a tenant's customers and leads, the segments they fall into, and the journeys they are taken on. */
export const crm: SubgraphModule = {
  name: 'crm',
  entities: [Tenant, Customer, Lead, Segment, Journey, JourneyStep, SlugAlias],
  migrations: [...crmMigrations, KeepTenancyBooks1767225600050],
  searchPath: ['crm_live', 'crm'],
  async create({
    database,
    tenants,
    subgraphs,
    metrics,
    logger,
    followIntervalMs,
    publicLeads = defaultPublicLeads,
  }) {
    await joinPlatformStream({ database, name: 'crm', accessControl: subgraphs['access-control'], logger });
    const leadGate = createLeadGate(publicLeads, logger);
    const source = { pool: database, tenants, slugAliasDays: publicLeads.slugAliasDays };
    const refresher = createCopyRefresher(source);
    const follower = followAccessControl(source, { logger, intervalMs: followIntervalMs });
    const aliasUses = createAliasUses({ database, logger });
    const migration = createTenantMigration(source, logger);
    return createSubgraph({
      name: 'crm',
      typeDefinitions: readTypeDefinitions(__dirname),
      resolvers: [
        customerResolvers,
        leadResolvers,
        segmentResolvers,
        journeyResolvers,
        templatePackResolvers,
        provisioningResolvers,
        slugAliasResolvers,
        tenantMigrationResolvers,
        auditResolvers('crm'),
        receiveEventsResolvers({ tenants: followTenantEvents(source, { refresher, logger }) }),
      ],
      createContext: (call) => createContext({ ...source, leadGate, aliasUses, migration }, call),
      checkHealth: () => database.checkHealth(),
      stop: async () => {
        await follower.stop();
        await refresher.stop();
        await aliasUses.stop();
        await migration.stop();
        await leadGate.close();
      },
      metrics,
      logger,
    });
  },
  writeDemoData,
};
