import type { Database } from '../../shared/database/database';
import { lookUpViewer } from '../../shared/identity/viewer';
import type { SubgraphDependencies } from '../../shared/subgraph/module';
import { callOf, type SubgraphCall } from '../../shared/subgraph/transport';
import type { ConsumerList } from './events/consumer-list';
import { forgetChangedTenants } from './forget-changed-tenants';
import { createSurvey, type Survey } from './holdings/survey';
import { createStepLoader } from './provisioning/provisioning-store';
import type { RunBells } from './provisioning/run-bells';
import { createRegistryService, type TenantRegistryService } from './registry/tenant-registry-service';
import { createTenantStore, type TenantStore } from './tenants/tenant-store';
import type { WebhookSender } from './webhooks/post-webhook';
import type { UrlRules } from './webhooks/webhook-url';

/** What all operations of one process share. */
export interface Shared {
  /** Who hears of events. */
  consumers: ConsumerList;
  sender: WebhookSender;
  /** What a subscription's address must be like. */
  webhookUrls: UrlRules;
}

/** What a resolver of Access Control has at hand for one operation. */
export interface Context extends SubgraphCall, Shared {
  /** Its transactions make this process forget the tenants that they change. */
  database: Database;
  /** Every tenant's rows, whoever asks. Only for whether a name that is unique on the platform is taken. */
  everyTenant: Database;
  tenants: TenantStore;
  registry: TenantRegistryService;
  steps: ReturnType<typeof createStepLoader>;
  subgraphs: SubgraphDependencies['subgraphs'];
  runBells: RunBells;
  /** What the systems hold of all tenants, whoever asks. */
  survey: Survey;
}

export interface ContextDependencies
  extends Pick<Context, 'runBells'>,
    Pick<SubgraphDependencies, 'database' | 'tenants' | 'subgraphs'> {}

export function createContext(
  { database: pool, tenants: directory, subgraphs, runBells }: ContextDependencies,
  shared: Shared,
  call: SubgraphCall,
): Context {
  const database = forgetChangedTenants(pool.forCall(call), directory);
  const tenants = createTenantStore(database, (id, entry) => registry.remember(id, entry));
  const registry = createRegistryService(database, (tenant) => tenants.remember(tenant));
  return {
    database,
    everyTenant: pool.forCall({ ...call, viewer: lookUpViewer }),
    tenants,
    registry,
    steps: createStepLoader(database),
    subgraphs,
    runBells,
    survey: createSurvey(subgraphs, call),
    ...shared,
    ...callOf(call),
  };
}
