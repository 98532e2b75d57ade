import type { Database } from '../../shared/database/database';
import type { SubgraphDependencies } from '../../shared/subgraph/module';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import type { TenantDirectory } from '../../shared/tenancy/tenant-directory';
import { type ContactStore, createContactStore } from './contacts/contact-store';

/** What a resolver of Messaging has at hand for one operation. */
export interface Context extends SubgraphCall {
  database: Database;
  directory: TenantDirectory;
  contacts: ContactStore;
}

export function createContext(
  { database, tenants }: Pick<SubgraphDependencies, 'database' | 'tenants'>,
  call: SubgraphCall,
): Context {
  return { ...call, database, directory: tenants, contacts: createContactStore(database) };
}
