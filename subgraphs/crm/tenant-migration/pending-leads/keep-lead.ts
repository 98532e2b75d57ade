import sql from 'sql-template-tag';
import type { DatabasePool, Transaction } from '../../../../shared/database/database';
import { storableJson } from '../../../../shared/database/storable-json';
import { CodedError } from '../../../../shared/errors/coded-error';
import { type SubgraphCall, systemCall } from '../../../../shared/subgraph/transport';
import { NO_TENANT } from '../../../../shared/tenancy/no-tenant';
import type { LeadReceipt } from '../../graphql.generated';
import type { NewLead } from '../../leads/insert-lead';
import { apiKnobs } from '../knobs/api-knobs';
import { readNumbers } from '../knobs/settings';
import { isRetired, keptCall } from './pending-lead';

const DAY_MS = 86_400_000;

interface KeptBefore {
  id: string;
  state: 'PENDING' | 'REPLAYED' | 'REFUSED' | 'EXPIRED';
  receivedAt: Date;
  digest: string;
  tenantId: string | null;
  tenantSlug: string | null;
  /** Whether it is in CRM's table, a tenant's or, where a mapping was taken back, nobody's at the moment, or was retired from there. */
  hasRow: boolean;
}

/**
 * Keeps a lead until its slug can be mapped, once for each idempotency key; one whose row waits on the quarantine list is kept
 * there. Throws `IDEMPOTENCY_CONFLICT`, and `PENDING_LEADS_FULL` when as many wait as may.
 */
export async function keepLead(
  pool: DatabasePool,
  { slug, lead }: { slug: string; lead: NewLead },
  call: SubgraphCall,
): Promise<LeadReceipt> {
  const database = pool.forCall(systemCall(call.requestId));
  const settings = await readNumbers(database, apiKnobs);
  const { digest } = lead;
  return database.transaction(async (transaction) => {
    // One at a time, so that what is counted is what will be there.
    await transaction.rows(
      sql`SELECT pg_advisory_xact_lock(hashtextextended('crm_tenancy.pending_lead', 0))`,
    );
    const before = await findKept(transaction, slug, lead.said.idempotencyKey);
    if (before !== null) {
      if (before.digest !== digest) {
        throw new CodedError(
          'IDEMPOTENCY_CONFLICT',
          'The idempotency key was used before with another input',
        );
      }
      if (before.state === 'PENDING' || before.hasRow) return receiptOf(slug, before);
      await transaction.rows(sql`DELETE FROM crm_tenancy.pending_lead WHERE id = ${before.id}`);
    }
    await assertFits(transaction, slug, settings);
    const { id, said, receivedAt } = lead;
    const expiresAt = new Date(receivedAt.getTime() + settings.pendingLeadDays * DAY_MS);
    const input = { digest, said, consentAt: lead.consentAt };
    await transaction.rows(sql`
      INSERT INTO crm_tenancy.pending_lead (id, slug, input, received_at, expires_at, idempotency_key, context)
      VALUES (${id}, ${slug}, ${storableJson(input)}::jsonb, ${receivedAt.toISOString()}, ${expiresAt.toISOString()},
        ${said.idempotencyKey ?? null}, ${storableJson(keptCall(call))}::jsonb)`);
    return receiptOf(slug, { id, receivedAt });
  });
}

function findKept(
  transaction: Transaction,
  slug: string,
  idempotencyKey: string | null | undefined,
): Promise<KeptBefore | null> {
  if (!idempotencyKey) return Promise.resolve(null);
  return transaction.row<KeptBefore>(sql`
    SELECT coalesce(r.id, p.id) AS id, p.state, p.received_at AS "receivedAt", p.input ->> 'digest' AS digest,
      l.tenant_id AS "tenantId", l.tenant_slug AS "tenantSlug", r.id IS NOT NULL OR ${isRetired} AS "hasRow"
    FROM crm_tenancy.pending_lead p LEFT JOIN crm.lead r ON r.id = p.lead_id LEFT JOIN lead l ON l.id = r.id
    WHERE p.slug = ${slug} AND p.idempotency_key = ${idempotencyKey}`);
}

async function assertFits(
  transaction: Transaction,
  slug: string,
  { pendingLeads, pendingLeadsPerSlug }: Record<'pendingLeads' | 'pendingLeadsPerSlug', number>,
): Promise<void> {
  const counted = await transaction.row<{ all: number; ofSlug: number }>(sql`
    SELECT count(*)::int AS all, count(*) FILTER (WHERE slug = ${slug})::int AS "ofSlug"
    FROM crm_tenancy.pending_lead WHERE state = 'PENDING'`);
  if (counted && counted.all < pendingLeads && counted.ofSlug < pendingLeadsPerSlug) return;
  throw new CodedError(
    'PENDING_LEADS_FULL',
    'As many leads wait for their tenant as may; nothing was stored',
  );
}

/** A lead that became a tenant's meanwhile says whose; one that waits is nobody's yet. */
function receiptOf(
  slug: string,
  { id, receivedAt, tenantId, tenantSlug }: Pick<KeptBefore, 'id' | 'receivedAt'> & Partial<KeptBefore>,
): LeadReceipt {
  return {
    id,
    receivedAt,
    tenantId: tenantId ?? NO_TENANT,
    tenantSlug: tenantSlug ?? slug,
    status: tenantId ? 'RECEIVED' : 'PENDING',
  };
}
