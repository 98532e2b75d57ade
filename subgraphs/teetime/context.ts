import type { Database } from '../../shared/database/database';
import type { SubgraphDependencies } from '../../shared/subgraph/module';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import { type ResolveTenant, tenantsWithinReach } from '../../shared/tenancy/tenant-directory';
import { type ClubStore, createClubStore } from './clubs/club-store';

/** What a resolver of TeeTime has at hand for one operation. */
export interface Context extends SubgraphCall {
  database: Database;
  /** Tenants that the viewer does not reach do not exist here. */
  resolveTenant: ResolveTenant;
  clubs: ClubStore;
}

export function createContext(
  { database: pool, tenants }: Pick<SubgraphDependencies, 'database' | 'tenants'>,
  call: SubgraphCall,
): Context {
  const database = pool.forCall(call);
  return {
    ...call,
    database,
    resolveTenant: tenantsWithinReach(tenants, call),
    clubs: createClubStore(database),
  };
}
