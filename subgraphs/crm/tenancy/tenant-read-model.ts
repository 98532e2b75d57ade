import sql, { raw, type Sql } from 'sql-template-tag';
import type { Database, DatabasePool, SqlRunner } from '../../../shared/database/database';
import { postgresErrorOf } from '../../../shared/database/postgres-errors';
import { systemViewer } from '../../../shared/identity/viewer';
import type { SubgraphCall } from '../../../shared/subgraph/transport';
import type { DirectoryTenant, TenantDirectory } from '../../../shared/tenancy/tenant-directory';
import { WAIT_BRIEFLY } from './lock-wait';
import { Tenant } from './tenant.entity';

/** CRM's copies of Access Control's tenants, all of them, and the way to ask for what is newer. */
export interface TenantCopies {
  database: Database;
  /** The tenant as Access Control knows it now. */
  askAnew(id: string): Promise<DirectoryTenant | null>;
}

/** The copies during one call. A tenant's copy may depend on another tenant's, so they are seen as the graph itself. */
export function tenantCopies(pool: DatabasePool, tenants: TenantDirectory, call: SubgraphCall): TenantCopies {
  return {
    database: pool.forCall({ ...call, viewer: systemViewer }),
    askAnew: (id) => tenants.resolveAnew({ id }, call),
  };
}

/** Slugs can pass through so many hands between two looks at Access Control. */
const MAX_SLUG_HOLDERS = 10;
/** What the follower gives one write, in milliseconds; a new slug is written into every row of its tenant. */
const RENAME_PATIENTLY = raw('SET LOCAL statement_timeout = 120000');

/** The copies of the tenants, by id; a tenant that CRM has never met is absent. */
async function findTenants(database: Database, ids: readonly string[]): Promise<Map<string, Tenant>> {
  const rows = await database.rows<Tenant>(
    sql`SELECT ${raw(database.columns(Tenant, 't'))} FROM crm.tenant t WHERE t.id = ANY (${[...ids]}::uuid[])`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** The copy of one tenant, or `null` where CRM has never met it. */
export async function findCopy(database: Database, id: string): Promise<Tenant | null> {
  return (await findTenants(database, [id])).get(id) ?? null;
}

function isOutdated(copy: Tenant, answer: DirectoryTenant): boolean {
  if (answer.updatedAt.getTime() !== copy.updatedAt.getTime()) return answer.updatedAt > copy.updatedAt;
  return (
    answer.slug !== copy.slug || answer.displayName !== copy.displayName || answer.status !== copy.status
  );
}

/**
 * Makes the copy of a tenant that CRM has never met. A copy that is there stays as it is: to bring it up to date may
 * rename all of the tenant's rows, which is the follower's work and no request's. Throws when PostgreSQL ends the wait
 * for another writer, which the caller sees as `SUBGRAPH_UNAVAILABLE`. A copy remembers the provisioning run that made it.
 */
export async function ensureCopy(
  copies: TenantCopies,
  answer: DirectoryTenant,
  runId: string | null = null,
): Promise<void> {
  const found = await findTenants(copies.database, [answer.id]);
  if (!found.has(answer.id)) await copyTenants(copies, [answer], { limits: WAIT_BRIEFLY, runId });
}

/** Brings the copies that CRM has of these tenants up to date, however long that takes; it makes no new ones. */
export async function refreshCopies(copies: TenantCopies, answers: DirectoryTenant[]): Promise<void> {
  const found = await findTenants(
    copies.database,
    answers.map(({ id }) => id),
  );
  const outdated = answers.filter((answer) => {
    const copy = found.get(answer.id);
    return copy !== undefined && isOutdated(copy, answer);
  });
  await copyTenants(copies, outdated, { limits: RENAME_PATIENTLY, runId: null });
}

/** `limits` is what the transaction begins with; `runId` is the provisioning run that new copies are of. */
interface Writing {
  limits: Sql;
  runId: string | null;
}

/**
 * Copies Access Control's answers. A slug that moved from one tenant to another, or that two tenants swapped, brings
 * the tenant that held it up to date in the same statement; an answer may be as old as that itself, so all of them are
 * asked for anew.
 */
async function copyTenants(
  { database, askAnew }: TenantCopies,
  answers: DirectoryTenant[],
  how: Writing,
): Promise<void> {
  let outdated = answers;
  for (let attempt = 1; outdated.length > 0; attempt += 1) {
    try {
      await writeCopies(database, outdated, how);
      return;
    } catch (error) {
      const isSlugTaken = postgresErrorOf(error)?.constraint === 'tenant_slug_key';
      if (!isSlugTaken || attempt === MAX_SLUG_HOLDERS) throw error;
      const holders = await findSlugHolders(database, outdated);
      const anew = await Promise.all([...outdated.map(({ id }) => id), ...holders].map(askAnew));
      outdated = anew.filter((tenant) => tenant !== null);
    }
  }
}

async function findSlugHolders(database: SqlRunner, answers: DirectoryTenant[]): Promise<string[]> {
  const rows = await database.rows<{ id: string }>(sql`
    SELECT id FROM crm.tenant
    WHERE slug = ANY (${answers.map(({ slug }) => slug)}::text[])
      AND id <> ALL (${answers.map(({ id }) => id)}::uuid[])`);
  return rows.map(({ id }) => id);
}

/**
 * One statement, so that tenants may swap slugs; one writer at a time, because two that wait for each other's slugs
 * would wait for ever. Copies are written seldom: at a tenant's first row, and after a change in Access Control.
 */
async function writeCopies(
  database: Database,
  answers: DirectoryTenant[],
  { limits, runId }: Writing,
): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.rows(limits);
    await transaction.rows(sql`SELECT pg_advisory_xact_lock(hashtext('crm.tenant'))`);
    await transaction.rows(sql`
      INSERT INTO crm.tenant AS copy (id, slug, display_name, status, created_at, updated_at, run_id)
      SELECT answer.*, ${runId}::uuid FROM unnest(
        ${answers.map(({ id }) => id)}::uuid[],
        ${answers.map(({ slug }) => slug)}::text[],
        ${answers.map(({ displayName }) => displayName)}::text[],
        ${answers.map(({ status }) => status)}::text[],
        ${answers.map(({ createdAt }) => createdAt.toISOString())}::timestamptz[],
        ${answers.map(({ updatedAt }) => updatedAt.toISOString())}::timestamptz[]
      ) AS answer(id, slug, display_name, status, created_at, updated_at)
      ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, display_name = excluded.display_name,
        status = excluded.status, created_at = excluded.created_at, updated_at = excluded.updated_at,
        synced_at = now()
      WHERE excluded.updated_at >= copy.updated_at`);
  });
}
