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
import { createSclClubStore, type SclClubStore } from './clubs/scl-club-store';
import { createSclTenantStore, type SclTenantStore } from './tenants/scl-tenant-store';

/** What a resolver of SCL has at hand for one operation. */
export interface Context extends SubgraphCall {
  database: Database;
  /** Tenants that the viewer does not reach do not exist here. */
  resolveTenant: ResolveTenant;
  /** All tenants, whoever asks. */
  tenants: TenantDirectory;
  /** For provisioning, which works under a code before the registry maps it: what is under that code, and nothing else. */
  databaseOfCode: (code: string) => Database;
  isServed: IsServed;
  sclTenants: SclTenantStore;
  sclClubs: SclClubStore;
}

export function createContext(
  { database: pool, tenants }: Pick<SubgraphDependencies, 'database' | 'tenants'>,
  call: SubgraphCall,
): Context {
  const database = pool.forCall(call, keysWithinReach(tenants, 'scl', call));
  const sclClubs = createSclClubStore(database);
  return {
    database,
    resolveTenant: tenantsWithinReach(tenants, call),
    tenants,
    databaseOfCode: (code) => pool.forCall(call, () => [code]),
    isServed: servedWithinReach(tenants, 'scl', call),
    sclTenants: createSclTenantStore(database, (id, clubs) => sclClubs.remember(id, clubs)),
    sclClubs,
    ...callOf(call),
  };
}
