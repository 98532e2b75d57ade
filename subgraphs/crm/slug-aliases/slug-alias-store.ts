import type { Database } from '../../../shared/database/database';
import { createTenantLists } from '../tenancy/tenant-lists';
import { SlugAlias } from './slug-alias.entity';

/** Aliases that a tenant's list has at most. */
const MAX_ALIASES = 100;

export interface SlugAliasStore {
  /** Those that live, the newest first. */
  listOfTenant(tenantId: string): Promise<SlugAlias[]>;
  /** Forgets what this request has read, so that what it asks for after a write is read again. */
  forget(): void;
}

/** Reads aliases for one request; the lists of one tick share a statement. With no days for aliases there are none. */
export function createSlugAliasStore(database: Database, slugAliasDays: number): SlugAliasStore {
  const lists = createTenantLists<SlugAlias>(database, {
    table: 'crm.tenant_slug_alias',
    alias: 'a',
    columns: database.columns(SlugAlias, 'a'),
    condition: slugAliasDays > 0 ? 'a.expires_at > now()' : 'false',
    order: 'a.since DESC, a.slug',
    limit: MAX_ALIASES,
  });
  return {
    listOfTenant: async (tenantId) => (await lists.load(tenantId)) ?? [],
    forget: () => void lists.clearAll(),
  };
}
