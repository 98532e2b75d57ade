import type { Database } from '../../shared/database/database';
import type { SubgraphDependencies } from '../../shared/subgraph/module';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import {
  keysWithinReach,
  type ResolveTenant,
  tenantsWithinReach,
} from '../../shared/tenancy/tenant-directory';
import { type ContactStore, createContactStore } from './contacts/contact-store';

/** What a resolver of Messaging has at hand for one operation. */
export interface Context extends SubgraphCall {
  database: Database;
  /** Tenants that the viewer does not reach do not exist here. */
  resolveTenant: ResolveTenant;
  contacts: ContactStore;
}

export function createContext(
  { database: pool, tenants }: Pick<SubgraphDependencies, 'database' | 'tenants'>,
  call: SubgraphCall,
): Context {
  const database = pool.forCall(call, keysWithinReach(tenants, 'messagingTenantId', call));
  return {
    ...call,
    database,
    resolveTenant: tenantsWithinReach(tenants, call),
    contacts: createContactStore(database),
  };
}
