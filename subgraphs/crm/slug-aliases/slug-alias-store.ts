import type { Database } from '../../../shared/database/database';
import type { TenantList, TenantLists } from '../tenancy/tenant-lists';
import { SlugAlias } from './slug-alias.entity';

/** Aliases that a tenant's list has at most. */
const MAX_ALIASES = 100;

export interface SlugAliasStore {
  /** Those that live, the newest first. */
  listOfTenant(tenantId: string): Promise<SlugAlias[]>;
}

/** Reads aliases for one request; the lists of one tick share a statement. With no days for aliases there are none. */
export function createSlugAliasStore(
  database: Database,
  lists: TenantLists,
  slugAliasDays: number,
): SlugAliasStore {
  const list: TenantList = {
    table: 'crm.tenant_slug_alias',
    alias: 'a',
    columns: (prefix) => database.columns(SlugAlias, 'a', { prefix }),
    condition: slugAliasDays > 0 ? 'a.expires_at > now()' : 'false',
    order: 'a.since DESC, a.slug',
    limit: MAX_ALIASES,
  };
  return {
    listOfTenant: (tenantId) => lists.load<SlugAlias>(list, tenantId),
  };
}
