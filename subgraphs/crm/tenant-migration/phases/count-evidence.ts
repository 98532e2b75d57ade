import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { tenantNotFound } from '../../../../shared/errors/coded-error';
import { readNumbers } from '../knobs/settings';
import { isWaiting } from '../quarantine/waiting-rows';
import { readStage, type Stage } from '../schema/stage';
import { tenantTable } from '../schema/tenant-table';
import { duplicates, orphans, rowsDisagreeing, rowsWithoutUuid, unmappedSlugs } from './findings';
import type { Finding, GateName } from './gates';
import { namesOfTenants } from './row-tenancy';
import { windowKnobs } from './windows';

/**
 * What stands between one tenant and its next phases, as its rows, its callers and its comparisons of reads are now: a
 * finding for each gate, or for each of `only`, also where it is open. Throws `TENANT_NOT_FOUND` at `tenantId`.
 */
export async function countEvidence(
  runner: SqlRunner,
  tenantId: string,
  only?: ReadonlySet<GateName>,
): Promise<Finding[]> {
  const stage = await readStage(runner);
  const { slug, names } = await namesOf(runner, { stage, tenantId });
  const look = { stage, scope: { tenantId, names } };
  const windows = await readNumbers(runner, windowKnobs);
  const statements: Partial<Record<GateName, Sql>> = {
    ROWS_WITHOUT_UUID: rowsWithoutUuid(look),
    ROWS_DISAGREEING: rowsDisagreeing(look),
    ORPHANS: orphans(look),
    UNMAPPED_SLUGS: unmappedSlugs(stage, slug),
    READ_MISMATCHES: readMismatches(tenantId, windows.readMismatchWindowMinutes),
    LEGACY_CALLERS: legacyCallers(tenantId, windows.legacyCallerWindowMinutes),
  };
  const wanted = Object.entries(statements).filter(([name]) => only?.has(name as GateName) ?? true);
  return count(runner, stage, Object.fromEntries(wanted));
}

/** What stands between the schema and its next stage: the rows of all tenants, and those of none. */
export async function countRowsOfAll(runner: SqlRunner): Promise<Finding[]> {
  const stage = await readStage(runner);
  const look = { stage, scope: null };
  return count(runner, stage, {
    ROWS_WITHOUT_UUID: rowsWithoutUuid(look),
    ROWS_DISAGREEING: rowsDisagreeing(look),
    ORPHANS: orphans(look),
    UNMAPPED_SLUGS: unmappedSlugs(stage, null),
    DUPLICATES: duplicates(look),
    QUARANTINED_ROWS: quarantinedRows(stage),
  });
}

async function count(
  runner: SqlRunner,
  stage: Stage,
  statements: Partial<Record<GateName, Sql>>,
): Promise<Finding[]> {
  const counts = Object.entries(statements).map(
    ([name, statement]) => sql`
      SELECT ${name}::text AS name, coalesce(sum(weight), 0)::float8 AS count,
             coalesce(array_agg(example ORDER BY number) FILTER (WHERE number <= 3), '{}') AS examples
        FROM (SELECT example, weight, row_number() OVER () AS number FROM (${statement}) f) f`,
  );
  return runner.rows<Finding>(sql`WITH ${namesOfTenants(stage)} ${join(counts, ' UNION ALL ')}`);
}

async function namesOf(
  runner: SqlRunner,
  { stage, tenantId }: { stage: Stage; tenantId: string },
): Promise<{ slug: string; names: string[] }> {
  const tenant = await runner.row<{ slug: string; names: string[] | null }>(sql`
    WITH ${namesOfTenants(stage)}
    SELECT t.slug, (SELECT array_agg(name) FROM names n WHERE n.tenant_id = t.id) AS names
      FROM ${tenantTable(stage)} t WHERE t.id = ${tenantId}::uuid`);
  if (tenant === null) throw tenantNotFound('tenantId', 'CRM knows no tenant with this id');
  return { slug: tenant.slug, names: tenant.names ?? [] };
}

function readMismatches(tenantId: string, windowMinutes: number): Sql {
  return sql`
    SELECT format('a read at %s that found %s by slug alone and %s by UUID alone', date_trunc('second', seen_at),
             ${rowsFound('only_by_slug')}, ${rowsFound('only_by_uuid')}) AS example, 1::bigint AS weight
      FROM crm_tenancy.read_mismatch
     WHERE tenant_id = ${tenantId}::uuid AND seen_at > now() - make_interval(secs => ${windowMinutes}::float8 * 60)
     ORDER BY seen_at DESC`;
}

/** The first row that a read found, by its id where it has one, for people. */
function rowsFound(column: 'only_by_slug' | 'only_by_uuid'): Sql {
  const first = raw(`${column}->0`);
  return sql`coalesce('the row ' || (${first}->>'id'), left(${first}->>'row', 60), 'nothing')`;
}

function legacyCallers(tenantId: string, windowMinutes: number): Sql {
  return sql`
    SELECT format('%s (%s) from %s, %s times, last at %s', client_id, left(user_agent, 60), address_prefix, uses,
             last_used_at) AS example, 1::bigint AS weight
      FROM crm_tenancy.legacy_caller
     WHERE tenant_id = ${tenantId}::uuid AND last_used_at > now() - make_interval(secs => ${windowMinutes}::float8 * 60)
     ORDER BY last_used_at DESC`;
}

function quarantinedRows(stage: Stage): Sql {
  return sql`
    SELECT format('%s rows of %s by %L: %s', count(*), q.table_name, q.slug, q.reason) AS example, count(*) AS weight
      FROM crm_tenancy.quarantined_row q WHERE ${isWaiting(stage)} GROUP BY q.table_name, q.slug, q.reason`;
}
