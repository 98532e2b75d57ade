import type { Database } from '../../shared/database/database';
import { lookUpViewer } from '../../shared/identity/viewer';
import type { SubgraphDependencies } from '../../shared/subgraph/module';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import { forgetChangedTenants } from './forget-changed-tenants';
import { createSurvey, type Survey } from './holdings/survey';
import { createStepLoader } from './provisioning/provisioning-store';
import type { RunBells } from './provisioning/run-bells';
import { createRegistryService, type TenantRegistryService } from './registry/tenant-registry-service';
import { createTenantStore, type TenantStore } from './tenants/tenant-store';

/** What a resolver of Access Control has at hand for one operation. */
export interface Context extends SubgraphCall {
  /** Its transactions make this process forget the tenants that they change. */
  database: Database;
  /** Every tenant's rows, whoever asks. Only for whether a name that is unique on the platform is taken. */
  everyTenant: Database;
  tenants: TenantStore;
  registry: TenantRegistryService;
  steps: ReturnType<typeof createStepLoader>;
  subgraphs: SubgraphDependencies['subgraphs'];
  /** What the systems hold of all tenants, whoever asks. */
  survey: Survey;
  runBells: RunBells;
}

type ContextDependencies = Pick<SubgraphDependencies, 'database' | 'tenants' | 'subgraphs'> &
  Pick<Context, 'runBells'>;

export function createContext(
  { database: pool, tenants: directory, subgraphs, runBells }: ContextDependencies,
  call: SubgraphCall,
): Context {
  const database = forgetChangedTenants(pool.forCall(call), directory);
  return {
    ...call,
    database,
    everyTenant: pool.forCall({ ...call, viewer: lookUpViewer }),
    tenants: createTenantStore(database),
    registry: createRegistryService(database),
    steps: createStepLoader(database),
    subgraphs,
    survey: createSurvey(subgraphs, call),
    runBells,
  };
}
