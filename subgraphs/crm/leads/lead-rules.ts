import { createHash } from 'node:crypto';
import { badInput, CodedError } from '../../../shared/errors/coded-error';
import type { Viewer } from '../../../shared/identity/viewer';
import type { DirectoryTenant } from '../../../shared/tenancy/tenant-directory';
import type { Lead } from './lead.entity';

/** Milliseconds by which a sender's clock may be ahead of ours. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** Throws `BAD_USER_INPUT`, naming both, unless the lead can be reached by e-mail or telephone. */
export function assertReachable(
  lead: { email?: string | null; phoneNumber?: string | null },
  path: string,
): void {
  if (lead.email || lead.phoneNumber) return;
  const message = 'a lead needs at least one of email, phoneNumber';
  throw new CodedError('BAD_USER_INPUT', `${path}: ${message}`, {
    fields: ['email', 'phoneNumber'].map((key) => ({
      path: `${path}.${key}`,
      constraint: 'reachable',
      message,
    })),
  });
}

/**
 * When consent was given: as the sender says, else `now`; `null` without consent. Throws `BAD_USER_INPUT` for a time
 * without consent, and for one that lies more than five minutes in the future.
 */
export function consentTime(
  { consentGiven, consentAt }: { consentGiven?: boolean | null; consentAt?: Date | null },
  now: Date,
): Date | null {
  if (!consentGiven) {
    if (consentAt) throw badInput('input.consentAt', 'consent', 'is refused without consentGiven');
    return null;
  }
  if (consentAt && consentAt.getTime() > now.getTime() + CLOCK_SKEW_MS) {
    throw badInput('input.consentAt', 'past', 'must not be in the future');
  }
  return consentAt ?? now;
}

/**
 * Whether a form was filled in as no person does it: with the field that people do not see, or within less than
 * `minFillSeconds` of its opening. 0 seconds ask for nothing, and a form that does not say when it was opened passes.
 */
export function isFilledByMachine(
  { website, formOpenedAt }: { website?: string | null; formOpenedAt?: Date | null },
  minFillSeconds: number,
  now: Date,
): boolean {
  if (website) return true;
  if (!formOpenedAt || minFillSeconds === 0) return false;
  return now.getTime() - formOpenedAt.getTime() < minFillSeconds * 1_000;
}

/** Whether a lead has become a customer. */
export function isConverted({ status, customerId }: Pick<Lead, 'status' | 'customerId'>): boolean {
  return status === 'CONVERTED' || customerId !== null;
}

/** The one answer to every lead that is not taken. */
export function leadNotAccepted(): CodedError {
  return new CodedError('LEAD_NOT_ACCEPTED', 'No lead can be left under this name');
}

/** Only who may change CRM names a tenant by its UUID. Throws `UNAUTHENTICATED` or `FORBIDDEN`. Source: A33. */
export function assertMayNameTenantById({ kind, scopes }: Viewer): void {
  if (kind === 'anonymous') {
    throw new CodedError('UNAUTHENTICATED', 'input.tenantId needs a token; name the tenant by tenantSlug');
  }
  if (!scopes.has('crm:write')) {
    throw new CodedError(
      'FORBIDDEN',
      'input.tenantId needs the scope crm:write; name the tenant by tenantSlug',
    );
  }
}

/** Whether the public may leave a lead with the tenant; CRM must be enabled for it in so many words. */
export function acceptsLeads(tenant: DirectoryTenant | null): tenant is DirectoryTenant {
  return tenant?.status === 'ACTIVE' && tenant.enabledSystems?.crm === true;
}

/**
 * Whether callers who name the tenant by its UUID may leave a lead with it: like all of CRM's writes, also where it has no
 * registry entry. Source: B51.
 */
export function acceptsLeadsById(tenant: DirectoryTenant | null): tenant is DirectoryTenant {
  return tenant?.status === 'ACTIVE' && tenant.enabledSystems?.crm !== false;
}

/**
 * SHA-256 of what the sender said, the same for equal inputs: in the order of names, without what was not given, and
 * without what we add ourselves.
 */
export function digestOfLead(input: object): string {
  const said = Object.entries(input)
    .filter(([name, value]) => name !== 'idempotencyKey' && value !== undefined && value !== null)
    .filter(([name, value]) => name !== 'consentGiven' || value !== false)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}
