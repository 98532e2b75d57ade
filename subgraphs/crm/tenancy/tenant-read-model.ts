import sql, { raw } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { postgresErrorOf } from '../../../shared/database/postgres-errors';
import type { DirectoryTenant, TenantDirectory } from '../../../shared/tenancy/tenant-directory';
import { Tenant } from './tenant.entity';

/** What is needed to bring copies of tenants up to date. */
export interface ReadModelDependencies {
  database: Database;
  tenants: TenantDirectory;
  requestId: string;
}

/** Slugs can pass through so many hands between two looks at Access Control. */
const MAX_SLUG_HOLDERS = 10;
/** Milliseconds for one write; a new slug is written into every row of its tenant. */
const RENAME_TIMEOUT_MS = 120_000;

/** The copies of the tenants, by id; a tenant that CRM has never met is absent. */
export async function findTenants(database: Database, ids: readonly string[]): Promise<Map<string, Tenant>> {
  const rows = await database.rows<Tenant>(
    sql`SELECT ${raw(database.columns(Tenant, 't'))} FROM crm.tenant t WHERE t.id = ANY (${[...ids]}::uuid[])`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** Whether Access Control's answer is newer than the copy, or there is no copy. */
export function isOutdated(copy: Tenant | undefined, answer: DirectoryTenant): boolean {
  if (copy === undefined) return true;
  if (answer.updatedAt.getTime() !== copy.updatedAt.getTime()) return answer.updatedAt > copy.updatedAt;
  return (
    answer.slug !== copy.slug || answer.displayName !== copy.displayName || answer.status !== copy.status
  );
}

/**
 * Copies Access Control's answers. Nothing is written where the copy is as new already. A slug that moved from one
 * tenant to another, or that two tenants swapped, brings the tenant that held it up to date in the same statement.
 */
export async function rememberTenants(
  dependencies: ReadModelDependencies,
  answers: DirectoryTenant[],
): Promise<void> {
  const { database, tenants, requestId } = dependencies;
  const copies = await findTenants(
    database,
    answers.map(({ id }) => id),
  );
  const outdated = answers.filter((answer) => isOutdated(copies.get(answer.id), answer));
  for (let attempt = 1; outdated.length > 0; attempt += 1) {
    try {
      await writeCopies(database, outdated);
      return;
    } catch (error) {
      const isSlugTaken = postgresErrorOf(error)?.constraint === 'tenant_slug_key';
      if (!isSlugTaken || attempt === MAX_SLUG_HOLDERS) throw error;
      const holders = await findSlugHolders(database, outdated);
      const refreshed = await Promise.all(holders.map((id) => tenants.resolveTenant({ id }, requestId)));
      outdated.push(...refreshed.filter((tenant) => tenant !== null));
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
async function writeCopies(database: Database, answers: DirectoryTenant[]): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.rows(sql`SET LOCAL statement_timeout = ${raw(String(RENAME_TIMEOUT_MS))}`);
    await transaction.rows(sql`SELECT pg_advisory_xact_lock(hashtext('crm.tenant'))`);
    await transaction.rows(sql`
      INSERT INTO crm.tenant AS copy (id, slug, display_name, status, created_at, updated_at)
      SELECT * FROM unnest(
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
