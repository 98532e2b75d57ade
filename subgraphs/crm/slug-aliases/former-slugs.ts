import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';

/** A slug that a tenant does not have any more. */
export interface FormerSlug {
  slug: string;
  tenantId: string;
  /** When the tenant gave it up, or had it for certain where that is not known, by Access Control's clock. */
  since: Date;
  expiresAt: Date;
}

const DAY_MS = 86_400_000;

/** When an alias ends that begins at `start`. */
export function aliasExpiry(start: Date, slugAliasDays: number): Date {
  return new Date(start.getTime() + slugAliasDays * DAY_MS);
}

/**
 * Makes aliases of former slugs. An older one than what CRM knows of the slug already, from an alias or from the copy of
 * the tenant that has it, changes nothing: of all who had a slug the last one counts, in whichever order CRM hears of them.
 */
export async function keepFormerSlugs(runner: SqlRunner, former: readonly FormerSlug[]): Promise<void> {
  if (former.length === 0) return;
  await runner.rows(sql`
    INSERT INTO crm.tenant_slug_alias AS alias (slug, tenant_id, since, expires_at)
    SELECT former.* FROM unnest(
      ${former.map(({ slug }) => slug)}::text[],
      ${former.map(({ tenantId }) => tenantId)}::uuid[],
      ${former.map(({ since }) => since.toISOString())}::timestamptz[],
      ${former.map(({ expiresAt }) => expiresAt.toISOString())}::timestamptz[]
    ) AS former(slug, tenant_id, since, expires_at)
    WHERE former.expires_at > now() AND NOT EXISTS (
      SELECT FROM tenant copy WHERE copy.slug = former.slug AND copy.updated_at > former.since)
    ON CONFLICT (slug) DO UPDATE SET tenant_id = excluded.tenant_id, since = excluded.since,
      expires_at = excluded.expires_at,
      last_used_at = CASE WHEN alias.tenant_id = excluded.tenant_id THEN alias.last_used_at END,
      uses = CASE WHEN alias.tenant_id = excluded.tenant_id THEN alias.uses ELSE 0 END
    WHERE excluded.since > alias.since`);
}

/** Ends the aliases that are slugs of these tenants by now, by CRM's copies of them, and all that have expired. */
export async function endAliases(runner: SqlRunner, tenantIds: readonly string[]): Promise<void> {
  await runner.rows(sql`
    DELETE FROM crm.tenant_slug_alias alias WHERE alias.expires_at <= now() OR EXISTS (
      SELECT FROM tenant copy
      WHERE copy.slug = alias.slug AND copy.updated_at > alias.since AND copy.id = ANY (${[...tenantIds]}::uuid[]))`);
}

/**
 * The id of the tenant that had the slug last, for as long as its alias lives, or `null`. Ask when Access Control knows
 * nobody by the slug: a copy that still has it is one that CRM has not brought up to date yet.
 */
export async function findLastHolder(runner: SqlRunner, slug: string): Promise<string | null> {
  const holder = await runner.row<{ tenantId: string }>(sql`
    SELECT holder.tenant_id AS "tenantId" FROM (
      SELECT id AS tenant_id, updated_at AS since FROM tenant WHERE slug = ${slug}
      UNION ALL
      SELECT tenant_id, since FROM crm.tenant_slug_alias WHERE slug = ${slug} AND expires_at > now()
    ) AS holder ORDER BY holder.since DESC LIMIT 1`);
  return holder?.tenantId ?? null;
}
