import type { Database } from '../../shared/database/database';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import type { TenantDirectory } from '../../shared/tenancy/tenant-directory';
import { type CustomerStore, createCustomerStore } from './customers/customer-store';
import { createJourneyStore, type JourneyStore } from './journeys/journey-store';
import { createLeadStore, type LeadStore } from './leads/lead-store';
import { createSegmentStore, type SegmentStore } from './segments/segment-store';

/** What a resolver of CRM has at hand for one operation. */
export interface Context extends SubgraphCall {
  /** Its transactions make the stores forget what they have read. */
  database: Database;
  tenants: TenantDirectory;
  customers: CustomerStore;
  leads: LeadStore;
  segments: SegmentStore;
  journeys: JourneyStore;
}

export function createContext(database: Database, tenants: TenantDirectory, call: SubgraphCall): Context {
  const stores = {
    customers: createCustomerStore(database),
    leads: createLeadStore(database),
    segments: createSegmentStore(database),
    journeys: createJourneyStore(database),
  };
  const forget = () => {
    for (const store of Object.values(stores)) store.forget();
  };
  return { ...call, ...stores, database: afterWrites(database, forget), tenants };
}

/** The database, with `forget` called after each transaction: later fields of an operation see what earlier ones did. */
function afterWrites(database: Database, forget: () => void): Database {
  return { ...database, transaction: (work) => database.transaction(work).finally(forget) };
}
