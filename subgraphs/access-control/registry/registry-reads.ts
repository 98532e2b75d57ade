import type DataLoader from 'dataloader';
import sql, { raw, type Sql } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import { type RegistryEntry, TenantRegistry } from './tenant-registry.entity';

export type RegistryLoader = DataLoader<string, RegistryEntry | null>;

/** The look-ups of the registry: for each, the column that holds the key, how to reach it, and the key's type. */
const lookups = {
  id: { key: 'r.id', from: '', type: 'uuid' },
  tenantId: { key: 'r.tenant_id', from: '', type: 'uuid' },
  tenantSlug: { key: 't.slug', from: 'JOIN access_control.tenant t ON t.id = r.tenant_id', type: 'text' },
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

/** One loader for each look-up: one statement, over one index, for all keys of a tick. */
export function createRegistryLoaders(database: Database): Record<RegistryLookup, RegistryLoader> {
  const loaders = Object.keys(lookups).map((name) => {
    const lookup = name as RegistryLookup;
    return [lookup, createLoader((keys) => readEntries(database, database, lookup, keys))];
  });
  return Object.fromEntries(loaders) as Record<RegistryLookup, RegistryLoader>;
}

/** The tenant's entry as this transaction sees it, or `null`. */
export async function readEntry(
  database: Database,
  transaction: SqlRunner,
  tenantId: string,
): Promise<RegistryEntry | null> {
  return (await readEntries(database, transaction, 'tenantId', [tenantId])).get(tenantId) ?? null;
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
): Promise<Map<string, RegistryEntry>> {
  const rows = await runner.rows<RegistryEntry & { lookupKey: string }>(
    registryStatement(database.columns(TenantRegistry, 'r'), lookup, keys),
  );
  return new Map(rows.map(({ lookupKey, ...entry }) => [lookupKey, entry]));
}

/** The statement of a look-up; exported so that a test can hold its plan against the indexes. */
export function registryStatement(columns: string, lookup: RegistryLookup, keys: readonly string[]): Sql {
  const { key, from, type } = lookups[lookup];
  return sql`
    SELECT ${raw(key)} AS "lookupKey", ${raw(columns)},
      ARRAY (SELECT club.club_id FROM access_control.tenant_registry_club club
             WHERE club.tenant_id = r.tenant_id ORDER BY club.position) AS "teeTimeClubIds"
    FROM access_control.tenant_registry r ${raw(from)}
    WHERE ${raw(key)} = ANY (${[...keys]}::${raw(type)}[])`;
}
