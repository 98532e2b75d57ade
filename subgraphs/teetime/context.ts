import type { Database } from '../../shared/database/database';
import { lookUpViewer } from '../../shared/identity/viewer';
import type { SubgraphDependencies } from '../../shared/subgraph/module';
import { callOf, type SubgraphCall, type SubgraphTransport } from '../../shared/subgraph/transport';
import type { TenantDirectory } from '../../shared/tenancy/tenant-directory';
import {
  type IsServed,
  keysWithinReach,
  type ResolveTenant,
  servedWithinReach,
  tenantsWithinReach,
} from '../../shared/tenancy/within-reach';
import { type ClubStore, createClubStore } from './clubs/club-store';

/** What a resolver of TeeTime has at hand for one operation. */
export interface Context extends SubgraphCall {
  database: Database;
  /** Tenants that the viewer does not reach do not exist here. */
  resolveTenant: ResolveTenant;
  /** All tenants, whoever asks. */
  tenants: TenantDirectory;
  /** Every tenant's rows, whoever asks. Only for whether a code or an id that is unique on the platform is taken. */
  everyTenant: Database;
  isServed: IsServed;
  /** Asked directly for what the directory does not tell: to whom the registry maps a club. */
  accessControl: SubgraphTransport;
  clubs: ClubStore;
}

export function createContext(
  { database: pool, tenants, subgraphs }: Pick<SubgraphDependencies, 'database' | 'tenants' | 'subgraphs'>,
  call: SubgraphCall,
): Context {
  const database = pool.forCall(call, keysWithinReach(tenants, 'teetime', call));
  return {
    database,
    resolveTenant: tenantsWithinReach(tenants, call),
    tenants,
    everyTenant: pool.forCall({ ...call, viewer: lookUpViewer }),
    isServed: servedWithinReach(tenants, 'teetime', call),
    accessControl: subgraphs['access-control'],
    clubs: createClubStore(database),
    ...callOf(call),
  };
}
