import { v7 as uuid7 } from 'uuid';
import { exactlyOneArgument } from '../../../shared/graphql/exactly-one-argument';
import { isServiceOf, withinTenant } from '../../../shared/identity/viewer';
import { parseInput } from '../../../shared/input/parse-input';
import type { DirectoryTenant } from '../../../shared/tenancy/tenant-directory';
import type { Context } from '../context';
import type { LeadReceipt, SubmitLeadInput } from '../graphql.generated';
import { ensureCopy } from '../tenancy/tenant-read-model';
import { insertLead, type NewLead } from './insert-lead';
import type { Lead } from './lead.entity';
import { LeadProofRules, SubmitLeadRules } from './lead-input';
import {
  acceptsLeads,
  acceptsLeadsById,
  assertMayNameTenantById,
  assertReachable,
  consentTime,
  digestOfLead,
  leadNotAccepted,
} from './lead-rules';
import { isPossible, parseTenantId, resolveLeadTenant, type TenantName } from './lead-tenant';

/**
 * Stores what the public left in a tenant's form, once for each idempotency key. The input is judged, and people are told
 * from machines, before the tenant is looked up; every reason not to accept a lead is one and the same error, so that a
 * caller learns of no tenant. Throws `BAD_USER_INPUT`, `LEAD_NOT_ACCEPTED`, `CAPTCHA_FAILED`, `IDEMPOTENCY_CONFLICT`,
 * `PENDING_LEADS_FULL` or `SUBGRAPH_UNAVAILABLE`, and `UNAUTHENTICATED` or `FORBIDDEN` for a `tenantId`. Source: A26, A27, A32–A34.
 */
export async function submitLead(context: Context, input: SubmitLeadInput): Promise<LeadReceipt> {
  const { tenantSlug, tenantId, website, formOpenedAt, captchaToken, ...details } = input;
  const { name, isLegacyName } = await parseTenantName(context, { tenantSlug, tenantId });
  const said = parseInput(
    SubmitLeadRules,
    withoutTexts(details, (text) => text.trim() === ''),
  );
  const proofs = parseInput(
    LeadProofRules,
    withoutTexts({ website, formOpenedAt, captchaToken }, (text) => text === ''),
  );
  assertReachable(said, 'input');
  const receivedAt = new Date();
  const consentAt = consentTime(said, receivedAt);
  const lead: NewLead = { id: uuid7(), said, digest: digestOfLead(said), consentAt, receivedAt };

  if ('id' in name) assertMayNameTenantById(context.viewer);
  const isService = isServiceOf(context.viewer, 'id' in name ? name.id : null);
  await context.leadGate.admit(proofs, { isService, address: context.address });

  if (!isPossible(name, context)) throw leadNotAccepted();
  const { tenant, receipt } = await context.migration.pendingLeads.resolveOrKeep(
    { name, lead },
    context,
    () => resolveLeadTenant(context, name, context),
  );
  if (receipt !== null) return receipt;
  const isAccepted = 'id' in name ? acceptsLeadsById : acceptsLeads;
  if (!isAccepted(tenant)) throw leadNotAccepted();
  if (isLegacyName) await context.migration.legacyNames.noteLead(context, tenant);
  await ensureCopy(context.copies, tenant);
  const stored = await storeLead(context, tenant, lead);
  if ('slug' in name && name.slug !== tenant.slug) {
    context.aliasUses.count({ slug: name.slug, tenantId: tenant.id });
  }
  return {
    id: stored.id,
    tenantId: stored.tenantId,
    tenantSlug: tenant.slug,
    status: 'RECEIVED',
    receivedAt: stored.createdAt,
  };
}

/**
 * HTML forms send the fields that nobody filled in as empty texts, and people leave a blank in one. A blank in the hidden
 * field is a machine's.
 */
function withoutTexts(details: object, isNothing: (text: string) => boolean): object {
  const isGiven = (value: unknown) => typeof value !== 'string' || !isNothing(value);
  return Object.fromEntries(Object.entries(details).filter(([, value]) => isGiven(value)));
}

async function parseTenantName(
  { migration }: Context,
  { tenantSlug, tenantId }: SubmitLeadInput,
): Promise<{ name: TenantName; isLegacyName: boolean }> {
  const paths = ['input.tenantSlug', 'input.tenantId'] as const;
  const [path, value] = exactlyOneArgument(
    { 'input.tenantSlug': tenantSlug, 'input.tenantId': tenantId },
    paths,
  );
  if (path === 'input.tenantSlug') return { name: { slug: value }, isLegacyName: false };
  const slug = await migration.legacyNames.slugOfLead(value);
  if (slug !== null) return { name: { slug }, isLegacyName: true };
  return { name: { id: parseTenantId(value, path) }, isLegacyName: false };
}

function storeLead(context: Context, tenant: DirectoryTenant, lead: NewLead): Promise<Lead> {
  // The public reaches no tenant; what it leaves is written as the tenant's, and nothing else can be.
  const call = { ...context, viewer: withinTenant(context.viewer, tenant.id) };
  const database = context.pool.forCall(call);
  return database.transaction((transaction) => insertLead(transaction, { database, call, tenant, lead }));
}
