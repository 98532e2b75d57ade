import sql, { type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { badInput } from '../../../../shared/errors/coded-error';
import type { Viewer } from '../../../../shared/identity/viewer';
import { isSlug } from '../../../../shared/tenancy/slug';
import type { CrmTenancyTenantsArgs } from '../../graphql.generated';
import { type MigratedTenant, readTenants } from '../phases/read-tenants';

const [DEFAULT_FIRST, MAX_FIRST] = [25, 100];
const MAX_PENDING_SLUGS = 25;

/** How many of a short list are asked for. Throws `BAD_USER_INPUT`. */
export function parseFirst(first: number | null | undefined): number {
  const count = first ?? DEFAULT_FIRST;
  if (count >= 1 && count <= MAX_FIRST) return count;
  throw badInput('first', 'range', `must be from 1 to ${MAX_FIRST}; it was ${count}`);
}

/** The tenants that the runner reaches, by slug, from the one after `after`. Throws `BAD_USER_INPUT`. */
export function listTenants(
  runner: SqlRunner,
  { first, after, phase }: CrmTenancyTenantsArgs,
): Promise<MigratedTenant[]> {
  if (after && !isSlug(after)) {
    throw badInput('after', 'format', 'must be the `tenantSlug` of the last tenant of the page before');
  }
  return readTenants(runner, {
    phase: phase ?? undefined,
    after: after ?? undefined,
    limit: parseFirst(first),
  });
}

/** A caller of the ledger. */
export interface LedgerEntry {
  clientId: string;
  userAgent: string;
  addressPrefix: string;
  tenantId: string;
  uses: number;
  firstUsedAt: Date;
  lastUsedAt: Date;
}

/** The callers of the viewer's tenants, the latest first. */
export function listCallers(runner: SqlRunner, viewer: Viewer, first: number): Promise<LedgerEntry[]> {
  return runner.rows<LedgerEntry>(sql`
    SELECT client_id AS "clientId", user_agent AS "userAgent", address_prefix AS "addressPrefix",
      tenant_id AS "tenantId", least(uses, 2147483647)::int AS uses, first_used_at AS "firstUsedAt",
      last_used_at AS "lastUsedAt"
    FROM crm_tenancy.legacy_caller WHERE ${isWithinReach(viewer)}
    ORDER BY last_used_at DESC, client_id, user_agent, address_prefix LIMIT ${first}`);
}

export interface ReadMismatch {
  id: string;
  tenantId: string;
  statement: string;
  onlyBySlug: object[];
  onlyByUuid: object[];
  seenAt: Date;
}

/** The differences between reads of the viewer's tenants, the latest first. */
export function listMismatches(runner: SqlRunner, viewer: Viewer, first: number): Promise<ReadMismatch[]> {
  return runner.rows<ReadMismatch>(sql`
    SELECT id, tenant_id AS "tenantId", statement, only_by_slug AS "onlyBySlug", only_by_uuid AS "onlyByUuid",
      seen_at AS "seenAt"
    FROM crm_tenancy.read_mismatch WHERE ${isWithinReach(viewer)} ORDER BY seen_at DESC, id LIMIT ${first}`);
}

export interface PendingSlugs {
  waiting: number;
  oldestReceivedAt: Date | null;
  slugs: { slug: string; leads: number; triedAt: Date | null }[];
}

/** What waits for its tenant. */
export async function countPendingLeads(runner: SqlRunner): Promise<PendingSlugs> {
  const slugs = await runner.rows<PendingSlugs['slugs'][number] & { waiting: number; oldest: Date }>(sql`
    SELECT slug, count(*)::int AS leads, max(tried_at) AS "triedAt", sum(count(*)) OVER ()::int AS waiting,
      min(min(received_at)) OVER () AS oldest
    FROM crm_tenancy.pending_lead WHERE state = 'PENDING'
    GROUP BY slug ORDER BY leads DESC, slug LIMIT ${MAX_PENDING_SLUGS}`);
  return { waiting: slugs[0]?.waiting ?? 0, oldestReceivedAt: slugs[0]?.oldest ?? null, slugs };
}

/** The books have no policies of their own. */
function isWithinReach({ tenants }: Viewer): Sql {
  return tenants === 'all' ? sql`true` : sql`tenant_id = ANY (${[...tenants]}::uuid[])`;
}
