import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import { badInput } from '../../../shared/errors/coded-error';
import { asUuid } from '../../../shared/input/uuid';
import type { Page } from '../../../shared/pagination/connection';
import type { TenantSystem } from '../graphql.generated';
import type { Survey } from '../holdings/survey';

/** What a system holds under a key that no tenant claims. */
export interface RegistryOrphan {
  system: TenantSystem;
  key: string;
}

/** A page of what was looked at, of which the orphans are listed. */
export interface OrphanPage extends Page<RegistryOrphan> {
  examined: number;
}

/**
 * Looks at the next `first` keys under which a system holds anything, and answers those that are no tenant's: by the
 * registry, by the tenants' UUIDs, or by their slugs. Throws `BAD_USER_INPUT`, or `SUBGRAPH_UNAVAILABLE`.
 */
export async function readRegistryOrphans(
  { survey, everyTenant }: { survey: Survey; everyTenant: SqlRunner },
  { system, first, after }: { system: TenantSystem; first: number; after: string | null },
): Promise<OrphanPage> {
  if (after !== null && (system === 'TEETIME' || system === 'CRM') && asUuid(after) === null)
    throw badInput('after', 'cursor', 'must be a cursor that this same list answered');
  const { holdings, next } = await survey.page(system, { first, after });
  const keys = holdings.map(({ key }) => key);
  const claimed = new Set(await findClaimed(everyTenant, system, keys));
  const edges = keys
    .filter((key) => !claimed.has(key))
    .map((key) => ({ node: { system, key }, cursor: key }));
  return {
    edges,
    pageInfo: {
      hasNextPage: next !== null,
      hasPreviousPage: after !== null,
      startCursor: keys[0] ?? null,
      endCursor: keys.at(-1) ?? null,
    },
    examined: keys.length,
  };
}

/** Those of the keys that are a tenant's. */
async function findClaimed(
  everyTenant: SqlRunner,
  system: TenantSystem,
  keys: readonly string[],
): Promise<string[]> {
  const hasNames = system === 'SCL' || system === 'MESSAGING';
  const uuids = keys.flatMap((key) => asUuid(key) ?? []);
  const slugs = hasNames ? keys.map((key) => key.toLowerCase()) : [];
  const rows = await everyTenant.rows<{ name: string }>(sql`
    SELECT t.id::text AS name FROM access_control.tenant t WHERE t.id = ANY (${uuids}::uuid[])
    UNION SELECT t.slug FROM access_control.tenant t WHERE t.slug = ANY (${slugs}::text[])`);
  const names = new Set(rows.map(({ name }) => name));
  const mapped = hasNames ? await findMapped(everyTenant, system, keys) : [];
  return [...mapped, ...keys.filter((key) => names.has(key.toLowerCase()))];
}

async function findMapped(
  everyTenant: SqlRunner,
  system: 'SCL' | 'MESSAGING',
  keys: readonly string[],
): Promise<string[]> {
  const column = raw(system === 'SCL' ? 'r.scl_tenant_code' : 'r.messaging_tenant_id');
  const rows = await everyTenant.rows<{ key: string }>(sql`
    SELECT ${column} AS key FROM access_control.tenant_registry r WHERE ${column} = ANY (${[...keys]}::text[])`);
  return rows.map(({ key }) => key);
}
