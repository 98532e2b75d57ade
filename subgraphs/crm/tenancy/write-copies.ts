import sql, { type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import { postgresErrorOf } from '../../../shared/database/postgres-errors';
import type { DirectoryTenant } from '../../../shared/tenancy/tenant-directory';
import { aliasExpiry, endAliases, type FormerSlug, keepFormerSlugs } from '../slug-aliases/former-slugs';
import type { TenantCopies } from './tenant-read-model';

/** Slugs can pass through so many hands between two looks at Access Control. */
const MAX_SLUG_HOLDERS = 10;

/**
 * Copies Access Control's answers. A slug that moved from one tenant to another, or that two tenants swapped, brings
 * the tenant that held it up to date in the same statement; an answer may be as old as that itself, so all of them are
 * asked for anew. `limits` is what each transaction begins with.
 */
export async function copyTenants(
  copies: TenantCopies,
  answers: DirectoryTenant[],
  limits: Sql,
): Promise<void> {
  let outdated = answers;
  for (let attempt = 1; outdated.length > 0; attempt += 1) {
    try {
      await writeCopies(copies, outdated, limits);
      return;
    } catch (error) {
      const isSlugTaken = postgresErrorOf(error)?.constraint === 'tenant_slug_key';
      if (!isSlugTaken || attempt === MAX_SLUG_HOLDERS) throw error;
      const ids = [...outdated.map(({ id }) => id), ...(await findSlugHolders(copies.database, outdated))];
      const anew = await Promise.all(ids.map(copies.askAnew));
      outdated = anew.filter((tenant) => tenant !== null);
      const gone = ids.filter((_id, index) => anew[index] === null);
      await removeCopies(copies, gone, limits);
    }
  }
}

/**
 * Removes the copies of tenants that Access Control has no more, and their aliases. Throws for a tenant of whom CRM still
 * has rows: nothing is lost by it.
 */
export async function removeCopies(
  { database }: TenantCopies,
  tenantIds: readonly string[],
  limits: Sql,
): Promise<void> {
  if (tenantIds.length === 0) return;
  await database.transaction(async (transaction) => {
    await transaction.rows(limits);
    await transaction.rows(sql`DELETE FROM tenant WHERE id = ANY (${[...tenantIds]}::uuid[])`);
    await transaction.rows(
      sql`DELETE FROM crm.tenant_slug_alias WHERE tenant_id = ANY (${[...tenantIds]}::uuid[])`,
    );
  });
}

async function findSlugHolders(database: SqlRunner, answers: DirectoryTenant[]): Promise<string[]> {
  const rows = await database.rows<{ id: string }>(sql`
    SELECT id FROM tenant
    WHERE slug = ANY (${answers.map(({ slug }) => slug)}::text[])
      AND id <> ALL (${answers.map(({ id }) => id)}::uuid[])`);
  return rows.map(({ id }) => id);
}

/**
 * One statement, so that tenants may swap slugs; one writer at a time, because two that wait for each other's slugs
 * would wait for ever. Copies are written seldom: when a tenant is new, and after a change in Access Control. A slug that
 * is written over stays as an alias, in the same transaction: there is no moment in which CRM does not know it.
 */
async function writeCopies(
  { database, slugAliasDays }: TenantCopies,
  answers: DirectoryTenant[],
  limits: Sql,
): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.rows(limits);
    await transaction.rows(sql`SELECT pg_advisory_xact_lock(hashtext('crm.tenant'))`);
    const former = await findSlugsToBeReplaced(transaction, answers, slugAliasDays);
    await transaction.rows(sql`
      INSERT INTO tenant AS copy (id, slug, display_name, status, created_at, updated_at)
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
    // Last, because whoever counts the uses of an alias would wait for the rename.
    await keepFormerSlugs(transaction, former);
    await endAliases(
      transaction,
      answers.map(({ id }) => id),
    );
  });
}

/** The slugs that copies have and the answers do not. Nobody says when they were given up, which an event may yet do. */
async function findSlugsToBeReplaced(
  transaction: SqlRunner,
  answers: DirectoryTenant[],
  slugAliasDays: number,
): Promise<FormerSlug[]> {
  if (slugAliasDays === 0) return [];
  const expiresAt = aliasExpiry(new Date(), slugAliasDays);
  const rows = await transaction.rows<Omit<FormerSlug, 'expiresAt'>>(sql`
    SELECT copy.slug, copy.id AS "tenantId", copy.updated_at AS since
    FROM tenant copy JOIN unnest(
      ${answers.map(({ id }) => id)}::uuid[],
      ${answers.map(({ slug }) => slug)}::text[],
      ${answers.map(({ updatedAt }) => updatedAt.toISOString())}::timestamptz[]
    ) AS answer(id, slug, updated_at) USING (id)
    WHERE answer.slug <> copy.slug AND answer.updated_at >= copy.updated_at`);
  return rows.map((row) => ({ ...row, expiresAt }));
}
