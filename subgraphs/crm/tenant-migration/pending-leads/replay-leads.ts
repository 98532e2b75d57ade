import type { Logger } from 'pino';
import sql, { type Sql } from 'sql-template-tag';
import type { DatabasePool, SqlRunner } from '../../../../shared/database/database';
import { CodedError, isOutage } from '../../../../shared/errors/coded-error';
import { systemCall } from '../../../../shared/subgraph/transport';
import type { DirectoryTenant } from '../../../../shared/tenancy/tenant-directory';
import { insertLead } from '../../leads/insert-lead';
import { acceptsLeads } from '../../leads/lead-rules';
import { resolveLeadTenant } from '../../leads/lead-tenant';
import { type CopySource, ensureCopy, tenantCopies } from '../../tenancy/tenant-read-model';
import type { MappedSlugs } from '../ledger/mapped-slugs';
import { holdMapping } from './mapped-leads';
import { callOf, isRetired, leadOf, type PendingLead, refuse } from './pending-lead';

export interface ReplayOptions extends CopySource {
  mappedSlugs: MappedSlugs;
  logger: Logger;
}

/** Whom a slug names. */
export interface NamedTenant {
  tenant: DirectoryTenant;
  /** Whether an operator mapped it, and may take that back. */
  isMapped: boolean;
}

/** Slugs that one pass looks at, and leads of one of them. */
const MAX_SLUGS = 100;
const MAX_LEADS = 200;
/** Those that ended are kept so long, so that a repeated call finds what became of it. */
const ENDED_ARE_KEPT = sql`interval '30 days'`;
/** What became a tenant's by a mapping that can be taken back is kept as long as that, whatever its age. */
const CAN_BE_TAKEN_BACK = sql`(state = 'REPLAYED'
  AND EXISTS (SELECT FROM crm_tenancy.slug_alias a WHERE a.slug = p.slug)
  AND EXISTS (SELECT FROM crm_tenancy.schema_stage s WHERE s.stage <> 'CONTRACTED'))`;

/**
 * Makes tenants' leads of those that wait, wherever the slug can be mapped by now, and ends the wait of those that are too
 * old. Safe to run at the same time as others. A slug that could not be mapped is looked at more and more seldom, every five
 * minutes at the least, unless an operator maps it. What Access Control does not answer stays.
 */
export async function replayPendingLeads(options: ReplayOptions): Promise<void> {
  const books = options.pool.forCall(systemCall('crm-pending-leads'));
  await books.rows(sql`
    UPDATE crm_tenancy.pending_lead SET state = 'EXPIRED', context = '{}',
      input = jsonb_build_object('digest', input -> 'digest')
    WHERE state = 'PENDING' AND expires_at <= now()`);
  await books.rows(sql`
    DELETE FROM crm_tenancy.pending_lead p
    WHERE state <> 'PENDING' AND expires_at < now() - ${ENDED_ARE_KEPT} AND NOT ${CAN_BE_TAKEN_BACK}`);
  const due = await books.rows<{ slug: string }>(sql`
    SELECT slug FROM crm_tenancy.pending_lead p WHERE state = 'PENDING' AND (
      tried_at IS NULL OR tried_at < now() - least(attempts, 60) * interval '5 seconds'
      OR EXISTS (SELECT FROM crm_tenancy.slug_alias a WHERE a.slug = p.slug AND a.mapped_at > p.tried_at))
    GROUP BY slug ORDER BY min(tried_at) NULLS FIRST, slug LIMIT ${MAX_SLUGS}`);
  for (const { slug } of due) if (!(await replayLeadsOf(options, slug))) return;
}

/**
 * Answers whether the others are to go on. What fails for one slug alone is logged and stays; while Access Control is away,
 * none can be mapped.
 */
async function replayLeadsOf(options: ReplayOptions, slug: string): Promise<boolean> {
  const { pool, logger } = options;
  const books = pool.forCall(systemCall('crm-pending-leads'));
  const waiting = await findWaiting(pool, sql`slug = ${slug}`);
  const ids = waiting.map(({ id }) => id);
  if (ids.length === 0) return true;
  try {
    const named = await resolve(options, slug);
    if (named !== null && acceptsLeads(named.tenant)) {
      for (const pending of waiting) await replayLead(options, pending, named);
      return true;
    }
    if (named !== null) {
      await refuse(books, ids, 'LEAD_NOT_ACCEPTED');
      return true;
    }
    const strangers = await idsOfStrangers(books, waiting);
    if (strangers.length > 0) await refuse(books, strangers, 'LEAD_NOT_ACCEPTED');
  } catch (error) {
    if (isOutage(error)) return false;
    logger.warn({ err: error, slug }, 'Leads that wait could not be replayed; they stay');
  }
  await books.rows(sql`
    UPDATE crm_tenancy.pending_lead SET tried_at = now(), attempts = attempts + 1
    WHERE id = ANY (${ids}::uuid[]) AND state = 'PENDING'`);
  return true;
}

/**
 * Those that waited for Access Control alone, when rows had moved, and whose slug nobody has. Whoever was told to wait while
 * rows moved goes on waiting for an operator.
 */
async function idsOfStrangers(books: SqlRunner, waiting: readonly PendingLead[]): Promise<string[]> {
  const contracted = await books.row<{ at: Date }>(
    sql`SELECT changed_at AS at FROM crm_tenancy.schema_stage WHERE stage = 'CONTRACTED'`,
  );
  return waiting.flatMap(({ id, receivedAt }) => (contracted && receivedAt > contracted.at ? [id] : []));
}

/**
 * Replays the lead that waits under the slug and the idempotency key, if there is one. Answers whether it still waits: for a
 * mapping that was taken back meanwhile, or, where its row is nobody's since then, for the row to be put back or given to the tenant.
 */
export async function replayLeadByKey(
  options: ReplayOptions,
  { slug, idempotencyKey, named }: { slug: string; idempotencyKey: string; named: NamedTenant },
): Promise<boolean> {
  const key = sql`slug = ${slug} AND idempotency_key = ${idempotencyKey}`;
  const [pending] = await findWaiting(options.pool, key);
  if (pending) return !(await replayLead(options, pending, named));
  if (!named.isMapped) return false;
  const givenBack = await options.pool.forCall(systemCall('crm-pending-leads')).row(sql`
    SELECT FROM crm_tenancy.pending_lead p LEFT JOIN crm.lead r ON r.id = p.lead_id
    WHERE p.slug = ${slug} AND p.idempotency_key = ${idempotencyKey} AND CASE WHEN r.id IS NULL THEN ${isRetired}
      ELSE NOT EXISTS (SELECT FROM lead l WHERE l.id = r.id) END`);
  return givenBack !== null;
}

function findWaiting(pool: DatabasePool, condition: Sql): Promise<PendingLead[]> {
  return pool.forCall(systemCall('crm-pending-leads')).rows<PendingLead>(sql`
    SELECT id, slug, input, context, received_at AS "receivedAt" FROM crm_tenancy.pending_lead
    WHERE state = 'PENDING' AND ${condition} ORDER BY received_at LIMIT ${MAX_LEADS}`);
}

async function resolve(options: ReplayOptions, slug: string): Promise<NamedTenant | null> {
  const { tenants, mappedSlugs } = options;
  const call = systemCall('crm-pending-leads');
  const copies = tenantCopies(options, call);
  const tenant = await resolveLeadTenant({ tenants, copies }, { slug }, call);
  if (tenant !== null) return { tenant, isMapped: false };
  const mapped = await mappedSlugs.find(slug, (id) => tenants.resolveTenant({ id }, call));
  if (mapped !== null) return { tenant: mapped, isMapped: true };
  // From memory, that nobody has it may be some seconds old.
  const anew = await tenants.resolveAnew({ slug }, call);
  return anew && { tenant: anew, isMapped: false };
}

/**
 * In one transaction with the end of the wait, so that a lead is stored once whoever replays it. Answers `false` when the
 * mapping by which it would be the tenant's was taken back meanwhile.
 */
async function replayLead(
  options: ReplayOptions,
  pending: PendingLead,
  { tenant, isMapped }: NamedTenant,
): Promise<boolean> {
  const call = callOf(pending, tenant.id);
  const database = options.pool.forCall(call);
  await ensureCopy(tenantCopies(options, call), tenant);
  try {
    return await database.transaction(async (transaction) => {
      const { slug } = pending;
      if (isMapped && !(await holdMapping(transaction, { slug, tenantId: tenant.id }))) return false;
      const held = await transaction.row(sql`
        SELECT id FROM crm_tenancy.pending_lead WHERE id = ${pending.id} AND state = 'PENDING'
        FOR UPDATE SKIP LOCKED`);
      if (held === null) return true;
      const lead = await insertLead(transaction, { database, call, tenant, lead: leadOf(pending) });
      await transaction.rows(sql`
        UPDATE crm_tenancy.pending_lead SET state = 'REPLAYED', lead_id = ${lead.id}, tried_at = now(),
          attempts = attempts + 1, context = '{}', input = jsonb_build_object('digest', input -> 'digest')
        WHERE id = ${pending.id}`);
      return true;
    });
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'IDEMPOTENCY_CONFLICT') throw error;
    await refuse(options.pool.forCall(systemCall(call.requestId)), [pending.id], error.code);
    return true;
  }
}
