import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import type { ErrorCode } from '../../../../shared/errors/catalogue';
import type { Viewer } from '../../../../shared/identity/viewer';
import { type SubgraphCall, systemCall } from '../../../../shared/subgraph/transport';
import type { NewLead } from '../../leads/insert-lead';
import type { SubmitLeadRules } from '../../leads/lead-input';

/** A lead that waits until its slug can be mapped to a tenant. */
export interface PendingLead {
  id: string;
  slug: string;
  input: KeptInput;
  context: KeptCall;
  receivedAt: Date;
}

/** What the sender said, as JSON has it. Times are texts. */
export interface KeptInput {
  /** By which a repeated call is told from another one; it stays when the rest is gone. */
  digest: string;
  said: SubmitLeadRules;
  consentAt: string | null;
}

/** Who called, for the audit trail of the lead. */
export interface KeptCall extends Pick<SubgraphCall, 'requestId' | 'address' | 'userAgent'> {
  subject: Viewer['subject'];
  kind: Viewer['kind'];
  onBehalfOf: Viewer['onBehalfOf'];
}

export function keptCall({ viewer, requestId, address, userAgent }: SubgraphCall): KeptCall {
  const { subject, kind, onBehalfOf } = viewer;
  return { requestId, address, userAgent, subject, kind, onBehalfOf };
}

/** The lead as it was received; its id is the one of the receipt. */
export function leadOf({ id, input: { said, digest, consentAt }, receivedAt }: PendingLead): NewLead {
  return {
    id,
    said: { ...said, consentAt: said.consentAt && new Date(said.consentAt) },
    digest,
    consentAt: consentAt === null ? null : new Date(consentAt),
    receivedAt,
  };
}

/** The call of the sender as it is made up for now, within the tenant that the lead goes to and nothing else. */
export function callOf({ context }: PendingLead, tenantId: string): SubgraphCall {
  const { requestId, address, userAgent, subject, kind, onBehalfOf } = context;
  return {
    ...systemCall(requestId),
    address,
    userAgent,
    viewer: { subject, kind, onBehalfOf, scopes: new Set(), tenants: [tenantId] },
  };
}

/** Whether the lead of `p` was given back by its tenant and taken out of CRM's table since; it comes back with `restore`. */
export const isRetired = sql`EXISTS (
  SELECT FROM crm_tenancy.retired_row q
  WHERE q.slug = p.slug AND q.table_name = 'lead' AND q.row_key = jsonb_build_object('id', p.lead_id))`;

/** Leads that wait by the slug, and are replayed within seconds once it is mapped. */
export async function countLeadsOf(runner: SqlRunner, slug: string): Promise<number> {
  const counted = await runner.row<{ leads: number }>(sql`
    SELECT count(*)::int AS leads FROM crm_tenancy.pending_lead WHERE slug = ${slug} AND state = 'PENDING'`);
  return counted?.leads ?? 0;
}

/** Ends the wait of leads that will not become a tenant's. What they said is forgotten. */
export async function refuse(runner: SqlRunner, ids: readonly string[], code: ErrorCode): Promise<void> {
  await runner.rows(sql`
    UPDATE crm_tenancy.pending_lead SET state = 'REFUSED', refusal = ${code}, tried_at = now(),
      attempts = attempts + 1, context = '{}', input = jsonb_build_object('digest', input -> 'digest')
    WHERE id = ANY (${[...ids]}::uuid[]) AND state = 'PENDING'`);
}
