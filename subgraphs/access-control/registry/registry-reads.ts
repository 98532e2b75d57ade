import type DataLoader from 'dataloader';
import sql, { raw, type Sql } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import type { RegistryEntry } from './tenant-registry.entity';
import {
  splitRow,
  type TenantWithEntry,
  type TenantWithEntryRow,
  tenantWithEntryColumns,
} from './tenant-with-entry';

/** An entry that a look-up found, with the tenant whose it is. */
type FoundEntry = TenantWithEntry & { entry: RegistryEntry };

export type RegistryLoader = DataLoader<string, RegistryEntry | null>;

/** The look-ups of the registry: for each, the column that holds the key, how to reach it, and the key's type. */
const lookups = {
  id: { key: 'r.id', from: '', type: 'uuid' },
  tenantId: { key: 'r.tenant_id', from: '', type: 'uuid' },
  tenantSlug: { key: 't.slug', from: '', type: 'text' },
  sclTenantCode: { key: 'r.scl_tenant_code', from: '', type: 'text' },
  teeTimeClubId: {
    key: 'c.club_id',
    from: 'JOIN access_control.tenant_registry_club c ON c.tenant_id = r.tenant_id',
    type: 'uuid',
  },
  messagingTenantId: { key: 'r.messaging_tenant_id', from: '', type: 'text' },
  crmTenantId: { key: 'r.crm_tenant_id', from: '', type: 'text' },
} as const;

export type RegistryLookup = keyof typeof lookups;

/**
 * One loader for each look-up: one statement, over one index, for all keys of a tick. `onFound` gets each entry with its
 * tenant, which the same statement read.
 */
export function createRegistryLoaders(
  database: Database,
  onFound: (found: FoundEntry) => void,
): Record<RegistryLookup, RegistryLoader> {
  const loaders = Object.keys(lookups).map((name) => {
    const lookup = name as RegistryLookup;
    const loader = createLoader(async (keys) => {
      const found = await readEntries(database, database, lookup, keys);
      for (const each of found.values()) onFound(each);
      return new Map([...found].map(([key, { entry }]) => [key, entry]));
    });
    return [lookup, loader];
  });
  return Object.fromEntries(loaders) as Record<RegistryLookup, RegistryLoader>;
}

/** The tenant's entry as this transaction sees it, or `null`. */
export async function readEntry(
  database: Database,
  transaction: SqlRunner,
  tenantId: string,
): Promise<RegistryEntry | null> {
  return (await readEntries(database, transaction, 'tenantId', [tenantId])).get(tenantId)?.entry ?? null;
}

/** As `readEntry`; throws when there is none. */
export async function getEntry(
  database: Database,
  transaction: SqlRunner,
  tenantId: string,
): Promise<RegistryEntry> {
  const entry = await readEntry(database, transaction, tenantId);
  if (entry === null) throw new Error(`Tenant ${tenantId} has no registry entry`);
  return entry;
}

async function readEntries(
  database: Database,
  runner: SqlRunner,
  lookup: RegistryLookup,
  keys: readonly string[],
): Promise<Map<string, FoundEntry>> {
  const rows = await runner.rows<TenantWithEntryRow & { lookupKey: string }>(
    registryStatement(database, lookup, keys),
  );
  return new Map(
    rows.flatMap(({ lookupKey, ...row }) => {
      const { tenant, entry } = splitRow(row);
      return entry ? [[lookupKey, { tenant, entry }]] : [];
    }),
  );
}

/** The statement of a look-up; exported so that a test can hold its plan against the indexes. */
export function registryStatement(database: Database, lookup: RegistryLookup, keys: readonly string[]): Sql {
  const { key, from, type } = lookups[lookup];
  return sql`
    SELECT ${raw(key)} AS "lookupKey", ${tenantWithEntryColumns(database)}
    FROM access_control.tenant_registry r JOIN access_control.tenant t ON t.id = r.tenant_id ${raw(from)}
    WHERE ${raw(key)} = ANY (${[...keys]}::${raw(type)}[])`;
}
