import type { Database, Transaction } from '../../../shared/database/database';
import { CodedError } from '../../../shared/errors/coded-error';
import { parseAddress } from '../../../shared/network-address';
import type { SubgraphCall } from '../../../shared/subgraph/transport';
import { tenantOfRow } from '../tenancy/tenant-row';
import { holdTenant, type WritableTenant } from '../tenancy/writable-tenant';
import { Lead } from './lead.entity';
import type { SubmitLeadRules } from './lead-input';
import { getLeadByIdempotencyKey } from './lead-store';

/** A lead as its sender left it, before it is a tenant's. */
export interface NewLead {
  id: string;
  said: SubmitLeadRules;
  /** Of what was said, by which a repeated call is told from another one. */
  digest: string;
  /** `null` without consent. */
  consentAt: Date | null;
  receivedAt: Date;
}

/**
 * Stores a lead with its audit entry and its event, or answers the one that was stored under its idempotency key before.
 * Throws `IDEMPOTENCY_CONFLICT` when that one said something else.
 */
export async function insertLead(
  transaction: Transaction,
  {
    database,
    call,
    tenant,
    lead: { id, said, digest, consentAt, receivedAt },
  }: {
    database: Database;
    call: Pick<SubgraphCall, 'viewer' | 'address'>;
    tenant: WritableTenant;
    lead: NewLead;
  },
): Promise<Lead> {
  const { manager } = transaction;
  const { subject } = call.viewer;
  const lead = manager.create(Lead, {
    ...(await holdTenant(transaction, tenant)),
    ...said,
    id,
    consentGiven: said.consentGiven === true,
    consentAt,
    consentAddress: consentAt && parseAddress(call.address),
    inputDigest: digest,
    createdBy: subject,
    updatedBy: subject,
    createdAt: receivedAt,
    updatedAt: receivedAt,
  });
  // Insert first: the unique index arbitrates between equal calls that arrive at once.
  const inserted = await manager
    .createQueryBuilder()
    .insert()
    .into(Lead)
    .values(lead)
    .orIgnore()
    .updateEntity(false)
    .returning('id')
    .execute();
  const isNew = (inserted.raw as { id: string }[]).length > 0;
  if (isNew) {
    await transaction.record({
      action: 'submitLead',
      tenantKey: lead.tenantId,
      recordType: 'Lead',
      recordId: lead.id,
      before: null,
      after: lead,
    });
    await transaction.publish({
      type: 'crm.lead.submitted',
      ...tenantOfRow(lead),
      payload: { leadId: lead.id, consentGiven: lead.consentGiven },
    });
    return lead;
  }
  if (!said.idempotencyKey) throw new Error('A lead without an idempotency key was not stored');

  const first = await getLeadByIdempotencyKey(database, transaction, lead.tenantId, said.idempotencyKey);
  if (first.inputDigest === digest) return first;
  throw new CodedError('IDEMPOTENCY_CONFLICT', 'The idempotency key was used before with another input');
}
