import type { Database } from '../../shared/database/database';
import type { SubgraphDependencies } from '../../shared/subgraph/module';
import { callOf, type SubgraphCall } from '../../shared/subgraph/transport';
import type { TenantDirectory } from '../../shared/tenancy/tenant-directory';
import {
  type IsServed,
  keysWithinReach,
  type ResolveTenant,
  servedWithinReach,
  tenantsWithinReach,
} from '../../shared/tenancy/within-reach';
import { type ContactStore, createContactStore } from './contacts/contact-store';
import { createMessagingTenantStore, type MessagingTenantStore } from './tenants/messaging-tenant-store';

/** What a resolver of Messaging has at hand for one operation. */
export interface Context extends SubgraphCall {
  database: Database;
  /** Tenants that the viewer does not reach do not exist here. */
  resolveTenant: ResolveTenant;
  /** All tenants, whoever asks. */
  tenants: TenantDirectory;
  /** For provisioning, which works under an id before the registry maps it: what is under that id, and nothing else. */
  databaseOfId: (messagingTenantId: string) => Database;
  isServed: IsServed;
  contacts: ContactStore;
  messagingTenants: MessagingTenantStore;
}

export function createContext(
  { database: pool, tenants }: Pick<SubgraphDependencies, 'database' | 'tenants'>,
  call: SubgraphCall,
): Context {
  const database = pool.forCall(call, keysWithinReach(tenants, 'messaging', call));
  return {
    database,
    resolveTenant: tenantsWithinReach(tenants, call),
    tenants,
    databaseOfId: (messagingTenantId) => pool.forCall(call, () => [messagingTenantId]),
    isServed: servedWithinReach(tenants, 'messaging', call),
    contacts: createContactStore(database),
    messagingTenants: createMessagingTenantStore(database),
    ...callOf(call),
  };
}
