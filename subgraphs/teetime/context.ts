import type { Database } from '../../shared/database/database';
import type { SubgraphDependencies } from '../../shared/subgraph/module';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import type { TenantDirectory } from '../../shared/tenancy/tenant-directory';
import { type ClubStore, createClubStore } from './clubs/club-store';

/** What a resolver of TeeTime has at hand for one operation. */
export interface Context extends SubgraphCall {
  database: Database;
  directory: TenantDirectory;
  clubs: ClubStore;
}

export function createContext(
  { database, tenants }: Pick<SubgraphDependencies, 'database' | 'tenants'>,
  call: SubgraphCall,
): Context {
  return { ...call, database, directory: tenants, clubs: createClubStore(database) };
}
