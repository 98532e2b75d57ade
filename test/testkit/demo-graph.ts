import pino from 'pino';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import { type DemoSize, demoTenants } from '../../shared/demo/demo-tenants';
import { systemCall } from '../../shared/subgraph/transport';
import { loadSubgraphs } from '../../subgraphs/modules';
import type { TestGraph } from './graph';

/** Fills a database with the demo data. */
export async function addDemoData(graph: Pick<TestGraph, 'database'>, size?: DemoSize): Promise<void> {
  const tenants = demoTenants(size);
  for (const module of await loadSubgraphs()) {
    const database = await openSubgraphDatabase(module, {
      location: { url: graph.database.url },
      poolSize: 1,
      logger: pino({ level: 'silent' }),
    });
    await module.writeDemoData(database.forCall(systemCall('demo-data', 60_000)), tenants);
    await database.close();
  }
}

/** The query of the README: one tenant over all five systems. */
export const MAIN_QUERY = `{
  tenant(slug: "digiwedge") {
    id displayName status
    registry { sclTenantCode teeTimeClubIds messagingTenantId crmTenantId }
    clubs { clubCode name }
    sclTenant { code clubs { name } }
    contacts(first: 5) { edges { node { email } } }
    customers(first: 5) { totalCount edges { node { email tenantId tenantSlug } } }
    segments { name isSystem }
    journeys { name }
  }
}`;
