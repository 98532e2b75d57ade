import { v7 as uuid7 } from 'uuid';
import { CodedError } from '../../../shared/errors/coded-error';
import { exactlyOneArgument } from '../../../shared/graphql/exactly-one-argument';
import { isServiceOf, reaches, withinTenant } from '../../../shared/identity/viewer';
import { parseInput, parseUuid } from '../../../shared/input/parse-input';
import { parseAddress } from '../../../shared/network-address';
import { isSlug } from '../../../shared/tenancy/slug';
import type { DirectoryTenant } from '../../../shared/tenancy/tenant-directory';
import type { Context } from '../context';
import type { LeadReceipt, SubmitLeadInput } from '../graphql.generated';
import { findLastHolder } from '../slug-aliases/former-slugs';
import { ensureCopy } from '../tenancy/tenant-read-model';
import { tenantOfRow } from '../tenancy/tenant-row';
import { holdTenant } from '../tenancy/writable-tenant';
import { Lead } from './lead.entity';
import { LeadProofRules, SubmitLeadRules } from './lead-input';
import {
  acceptsLeads,
  assertMayNameTenantById,
  assertReachable,
  consentTime,
  digestOfLead,
  leadNotAccepted,
} from './lead-rules';
import { getLeadByIdempotencyKey } from './lead-store';

type TenantName = { slug: string } | { id: string };

/**
 * Stores what the public left in a tenant's form, once for each idempotency key. The input is judged, and people are told
 * from machines, before the tenant is looked up; every reason not to accept a lead is one and the same error, so that a
 * caller learns of no tenant. Throws `BAD_USER_INPUT`, `LEAD_NOT_ACCEPTED`, `CAPTCHA_FAILED`, `IDEMPOTENCY_CONFLICT` or
 * `SUBGRAPH_UNAVAILABLE`, and `UNAUTHENTICATED` or `FORBIDDEN` for a `tenantId`. Source: A26, A27, A32–A34.
 */
export async function submitLead(context: Context, input: SubmitLeadInput): Promise<LeadReceipt> {
  const { tenantSlug, tenantId, website, formOpenedAt, captchaToken, ...details } = input;
  const name = parseTenantName({ tenantSlug, tenantId });
  const said = parseInput(SubmitLeadRules, withoutEmptyTexts(details));
  const proofs = parseInput(LeadProofRules, withoutEmptyTexts({ website, formOpenedAt, captchaToken }));
  assertReachable(said, 'input');
  const consentAt = consentTime(said, new Date());

  if ('id' in name) assertMayNameTenantById(context.viewer);
  const isService = isServiceOf(context.viewer, 'id' in name ? name.id : null);
  await context.leadGate.admit(proofs, { isService, address: context.address });

  const tenant = await getAcceptingTenant(context, name);
  await ensureCopy(context.copies, tenant);
  const lead = await storeLead(context, tenant, said, consentAt);
  if ('slug' in name && name.slug !== tenant.slug) {
    context.aliasUses.count({ slug: name.slug, tenantId: tenant.id });
  }
  return {
    id: lead.id,
    tenantId: lead.tenantId,
    tenantSlug: tenant.slug,
    status: 'RECEIVED',
    receivedAt: lead.createdAt,
  };
}

/** HTML forms send the fields that nobody filled in as empty texts. */
function withoutEmptyTexts(details: object): object {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== ''));
}

function parseTenantName({ tenantSlug, tenantId }: SubmitLeadInput): TenantName {
  const paths = ['input.tenantSlug', 'input.tenantId'] as const;
  const [path, value] = exactlyOneArgument(
    { 'input.tenantSlug': tenantSlug, 'input.tenantId': tenantId },
    paths,
  );
  return path === 'input.tenantSlug' ? { slug: value } : { id: parseUuid(value, path) };
}

async function getAcceptingTenant(context: Context, name: TenantName): Promise<DirectoryTenant> {
  const isPossible = 'id' in name ? reaches(context.viewer, name.id) : isSlug(name.slug);
  const tenant = isPossible ? await resolveTenant(context, name) : null;
  if (!acceptsLeads(tenant)) throw leadNotAccepted();
  return tenant;
}

/**
 * The tenant that has the slug; where nobody has it, the one that had it last, for as long as that is known. That nobody
 * has it is asked anew before somebody else gets the lead.
 */
async function resolveTenant(context: Context, name: TenantName): Promise<DirectoryTenant | null> {
  const { tenants, copies } = context;
  const tenant = await tenants.resolveTenant(name, context);
  if (tenant !== null || 'id' in name || copies.slugAliasDays === 0) return tenant;
  const lastHolder = await findLastHolder(copies.database, name.slug);
  if (lastHolder === null) return null;
  const taker = await tenants.resolveAnew(name, context);
  return taker ?? tenants.resolveTenant({ id: lastHolder }, context);
}

function storeLead(
  context: Context,
  tenant: DirectoryTenant,
  said: SubmitLeadRules,
  consentAt: Date | null,
): Promise<Lead> {
  const { pool, viewer, address } = context;
  // The public reaches no tenant; what it leaves is written as the tenant's, and nothing else can be.
  const database = pool.forCall({ ...context, viewer: withinTenant(viewer, tenant.id) });
  const inputDigest = digestOfLead(said);
  const receivedAt = new Date();
  return database.transaction(async (transaction) => {
    const { manager } = transaction;
    const lead = manager.create(Lead, {
      ...(await holdTenant(transaction, tenant)),
      ...said,
      id: uuid7(),
      consentGiven: said.consentGiven === true,
      consentAt,
      consentAddress: consentAt && parseAddress(address),
      inputDigest,
      createdBy: viewer.subject,
      updatedBy: viewer.subject,
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
    if (first.inputDigest === inputDigest) return first;
    throw new CodedError('IDEMPOTENCY_CONFLICT', 'The idempotency key was used before with another input');
  });
}
