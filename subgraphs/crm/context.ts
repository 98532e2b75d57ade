import type { Database, DatabasePool } from '../../shared/database/database';
import type { DeprecatedUse } from '../../shared/subgraph/deprecated-use';
import { callOf, type SubgraphCall } from '../../shared/subgraph/transport';
import type { TenantDirectory } from '../../shared/tenancy/tenant-directory';
import {
  type IsServed,
  keysWithinReach,
  type ResolveTenant,
  servedWithinReach,
  tenantsWithinReach,
} from '../../shared/tenancy/within-reach';
import { type CustomerStore, createCustomerStore } from './customers/customer-store';
import { createJourneyStore, type JourneyStore } from './journeys/journey-store';
import type { LeadGate } from './leads/lead-gate';
import { createLeadStore, type LeadStore } from './leads/lead-store';
import { createSegmentStore, type SegmentStore } from './segments/segment-store';
import type { AliasUses } from './slug-aliases/alias-uses';
import { createSlugAliasStore, type SlugAliasStore } from './slug-aliases/slug-alias-store';
import { createTenantLists } from './tenancy/tenant-lists';
import { type CopySource, type TenantCopies, tenantCopies } from './tenancy/tenant-read-model';
import type { TenantMigration } from './tenant-migration/tenant-migration';

/** What a resolver of CRM has at hand for one operation. */
export interface Context extends SubgraphCall {
  /** Its transactions make the stores forget what they have read. */
  database: Database;
  /** Tenants that the viewer does not reach do not exist here. */
  resolveTenant: ResolveTenant;
  isServed: IsServed;
  /** CRM's copies of all tenants, whoever asks. */
  copies: TenantCopies;
  /** For what goes beyond the viewer's reach, such as a lead that the public leaves. */
  pool: DatabasePool;
  /** What a lead must pass before anything is looked up for it. */
  leadGate: LeadGate;
  /** All tenants, whoever asks. */
  tenants: TenantDirectory;
  aliasUses: AliasUses;
  /** What is done beside the work while rows move from slugs to UUIDs. */
  migration: TenantMigration;
  /** What the answer tells of uses that will end. */
  deprecatedUses: DeprecatedUse[];
  slugAliases: SlugAliasStore;
  customers: CustomerStore;
  leads: LeadStore;
  segments: SegmentStore;
  journeys: JourneyStore;
}

/** What all operations share. */
type Shared = CopySource & Pick<Context, 'leadGate' | 'aliasUses' | 'migration'>;

export function createContext(shared: Shared, call: SubgraphCall): Context {
  const { pool, tenants, slugAliasDays, leadGate, aliasUses, migration } = shared;
  const whole = pool.forCall(call, keysWithinReach(tenants, 'crm', call));
  const database = migration.shadowReads.watched(whole, call);
  const lists = createTenantLists(database);
  const stores = {
    customers: createCustomerStore(database),
    leads: createLeadStore(database),
    segments: createSegmentStore(database, lists),
    journeys: createJourneyStore(database, lists),
  };
  const forget = () => {
    for (const store of [lists, ...Object.values(stores)]) store.forget();
  };
  return {
    slugAliases: createSlugAliasStore(database, lists, slugAliasDays),
    database: afterWrites(database, forget),
    resolveTenant: tenantsWithinReach(tenants, call),
    isServed: servedWithinReach(tenants, 'crm', call),
    copies: tenantCopies(shared, call),
    pool,
    tenants,
    leadGate,
    aliasUses,
    migration,
    deprecatedUses: [],
    ...stores,
    ...callOf(call),
  };
}

/** The database, with `forget` called after each transaction: later fields of an operation see what earlier ones did. */
function afterWrites(database: Database, forget: () => void): Database {
  return {
    ...database,
    transaction: (work, options) => database.transaction(work, options).finally(forget),
  };
}
