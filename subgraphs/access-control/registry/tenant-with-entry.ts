import { raw, type Sql } from 'sql-template-tag';
import type { Database } from '../../../shared/database/database';
import { createColumnSplit } from '../../../shared/database/split-columns';
import { Tenant } from '../tenants/tenant.entity';
import { type RegistryEntry, TenantRegistry } from './tenant-registry.entity';

/**
 * A tenant's row with that of its registry entry beside it. Nearly every question that names one of them goes on to the
 * other, because the fields of all systems require the registry's keys and flags; so one statement reads both.
 */
export type TenantWithEntryRow = Tenant & { [column: `${typeof ENTRY}${string}`]: unknown };

export interface TenantWithEntry {
  tenant: Tenant;
  entry: RegistryEntry | null;
}

const ENTRY = 'entry.';

/** Both tables, under the aliases `t` and `r`. A tenant without an entry is there too. */
export const TENANTS_WITH_ENTRIES =
  'access_control.tenant t LEFT JOIN access_control.tenant_registry r ON r.tenant_id = t.id';

/** The columns of a `TenantWithEntryRow`. */
export function tenantWithEntryColumns(database: Database): Sql {
  return raw(`${database.columns(Tenant, 't')}, ${database.columns(TenantRegistry, 'r', { prefix: ENTRY })},
    ARRAY (SELECT club.club_id FROM access_control.tenant_registry_club club
           WHERE club.tenant_id = r.tenant_id ORDER BY club.position) AS "${ENTRY}teeTimeClubIds"`);
}

const split = createColumnSplit(ENTRY);

export function splitRow(joined: TenantWithEntryRow): TenantWithEntry {
  const { row, beside } = split<Tenant, RegistryEntry>(joined);
  return { tenant: row, entry: beside };
}
