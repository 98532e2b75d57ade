import type { Database } from '../../shared/database/database';
import type { SubgraphDependencies } from '../../shared/subgraph/module';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import type { TenantDirectory } from '../../shared/tenancy/tenant-directory';
import { createSclClubStore, type SclClubStore } from './clubs/scl-club-store';
import { createSclTenantStore, type SclTenantStore } from './tenants/scl-tenant-store';

/** What a resolver of SCL has at hand for one operation. */
export interface Context extends SubgraphCall {
  database: Database;
  directory: TenantDirectory;
  sclTenants: SclTenantStore;
  sclClubs: SclClubStore;
}

export function createContext(
  { database, tenants }: Pick<SubgraphDependencies, 'database' | 'tenants'>,
  call: SubgraphCall,
): Context {
  return {
    ...call,
    database,
    directory: tenants,
    sclTenants: createSclTenantStore(database),
    sclClubs: createSclClubStore(database),
  };
}
