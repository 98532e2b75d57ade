import type { Database, DatabasePool } from '../../shared/database/database';
import { lookUpViewer } from '../../shared/identity/viewer';
import type { SubgraphName } from '../../shared/subgraph/names';
import type { SubgraphCall, SubgraphTransport } from '../../shared/subgraph/transport';
import { createStepLoader } from './provisioning/provisioning-store';
import type { RunBells } from './provisioning/run-bells';
import { createRegistryService, type TenantRegistryService } from './registry/tenant-registry-service';
import { createTenantStore, type TenantStore } from './tenants/tenant-store';

/** What a resolver of Access Control has at hand for one operation. */
export interface Context extends SubgraphCall {
  database: Database;
  /** Every tenant's rows, whoever asks. Only for whether a name that is unique on the platform is taken. */
  everyTenant: Database;
  tenants: TenantStore;
  registry: TenantRegistryService;
  steps: ReturnType<typeof createStepLoader>;
  subgraphs: Record<SubgraphName, SubgraphTransport>;
  runBells: RunBells;
}

export interface ContextDependencies extends Pick<Context, 'subgraphs' | 'runBells'> {
  pool: DatabasePool;
}

export function createContext(
  { pool, subgraphs, runBells }: ContextDependencies,
  call: SubgraphCall,
): Context {
  const database = pool.forCall(call);
  return {
    ...call,
    database,
    everyTenant: pool.forCall({ ...call, viewer: lookUpViewer }),
    tenants: createTenantStore(database),
    registry: createRegistryService(database),
    steps: createStepLoader(database),
    subgraphs,
    runBells,
  };
}
