/** One tenant over all five systems. */
export const TENANT_DOCUMENT = `query Tenant($slug: String) {
  tenant(slug: $slug) {
    id slug displayName status
    registry { sclTenantCode teeTimeClubIds messagingTenantId crmTenantId }
    clubs { id clubCode name }
    sclTenant { code name clubs { id name } }
    customers(first: 20) { edges { node { id email firstName lastName } } }
    contacts(first: 5) { edges { node { id email } } }
  }
}`;

export const TENANTS_DOCUMENT = `query Tenants {
  tenants(first: 50) { edges { node { slug clubs { clubCode name } } } }
}`;

export const REGISTRY_DOCUMENT = `query Registry($clubId: ID) {
  tenantRegistry(teeTimeClubId: $clubId) {
    tenantId sclTenantCode messagingTenantId crmTenantId tenant { slug }
  }
}`;

export const LEAD_DOCUMENT = `mutation Lead($input: SubmitLeadInput!) {
  submitLead(input: $input) { status }
}`;

const PARTS = [
  'displayName',
  'registry { sclTenantCode messagingTenantId }',
  'clubs { clubCode name }',
  'sclTenant { code clubs { name } }',
  'customers(first: 3) { edges { node { email } } }',
  'contacts(first: 3) { edges { node { email } } }',
];

/** A document that no other number gives: which parts it asks for, and under which names. */
export function distinctDocument(number: number): string {
  const isAsked = (_part: string, index: number) => ((number % 63) + 1) & (1 << index);
  const fields = PARTS.filter(isAsked).map((part, index) => `p${number}x${index}: ${part}`);
  return `query D${number}($slug: String) { tenant(slug: $slug) { id ${fields.join(' ')} } }`;
}
