import type { TestGraph } from '../../testkit/graph';
import { provisionedTenant, sclTenantOf } from '../../testkit/seed';

/** A tenant with a record of every kind, and every key by which someone could ask for one of them. */
export interface TenantWithData {
  id: string;
  /** Stands in every text of the tenant's data, so that a leaked record shows. */
  mark: string;
  keys: Record<KeyName, string>;
}

export const keyNames = [
  'tenantId',
  'slug',
  'registryId',
  'sclTenantCode',
  'messagingTenantId',
  'clubId',
  'clubCode',
  'sclTenantId',
  'sclClubId',
  'contactId',
  'customerId',
  'customerEmail',
  'leadId',
  'segmentId',
  'journeyId',
  'webhookSubscriptionId',
] as const;

export type KeyName = (typeof keyNames)[number];

/** Makes the tenant through the graph, as an operator of the platform. */
export async function tenantWithData(graph: TestGraph, stem: string): Promise<TenantWithData> {
  const tenant = await provisionedTenant(graph, stem);
  const { id, slug: mark, sclTenantCode, messagingTenantId } = tenant;
  const create = async (field: string, type: string, input: object): Promise<string> => {
    const answer = await graph.ask(`mutation ($input: ${type}!) { made: ${field}(input: $input) { id } }`, {
      input,
    });
    return answer.made.id;
  };
  const clubCode = `club-${mark}`;
  const customerEmail = `${mark}@example.com`;
  const clubId = await create('createClub', 'CreateClubInput', {
    tenantId: id,
    clubCode,
    name: `Club ${mark}`,
  });
  await graph.ask('mutation ($t: ID!, $c: ID!) { addTeeTimeClub(tenantId: $t, clubId: $c) { id } }', {
    t: id,
    c: clubId,
  });
  const { id: sclTenantId } = await sclTenantOf(graph, tenant);
  const sclClubId = await create('createSclClub', 'CreateSclClubInput', {
    sclTenantId,
    name: `SCL club ${mark}`,
  });
  const contactId = await create('createContact', 'CreateContactInput', {
    messagingTenantId,
    email: customerEmail,
    firstName: mark,
  });
  const customerId = await create('createCustomer', 'CreateCustomerInput', {
    tenantId: id,
    email: customerEmail,
    firstName: mark,
    homeClubId: clubId,
  });
  const segmentId = await create('createSegment', 'CreateSegmentInput', {
    tenantId: id,
    name: `Segment ${mark}`,
    type: 'STATIC',
  });
  const journeyId = await create('createJourney', 'CreateJourneyInput', {
    tenantId: id,
    name: `Journey ${mark}`,
    triggerType: 'MANUAL',
    steps: [{ type: 'END', name: mark }],
  });
  const leadId = await create('submitLead', 'SubmitLeadInput', {
    tenantSlug: mark,
    email: customerEmail,
    firstName: mark,
    message: mark,
    idempotencyKey: `key-${mark}`,
  });
  await graph.ask('mutation ($id: ID!, $c: ID!) { updateLead(id: $id, input: { customerId: $c }) { id } }', {
    id: leadId,
    c: customerId,
  });
  // Disabled, so that nothing is written down for it while an attack is compared with what was before.
  const { made: webhook } = await graph.ask(
    `mutation ($input: CreateWebhookSubscriptionInput!) {
      made: createWebhookSubscription(input: $input) { subscription { id } } }`,
    { input: { tenantId: id, url: `http://127.0.0.1:9/${mark}`, description: mark } },
  );
  const webhookSubscriptionId = webhook.subscription.id;
  await graph.ask(
    'mutation ($id: ID!) { updateWebhookSubscription(id: $id, input: { status: DISABLED }) { id } }',
    { id: webhookSubscriptionId },
  );
  const { tenantRegistry } = await graph.ask('query ($id: ID!) { tenantRegistry(tenantId: $id) { id } }', {
    id,
  });
  // An event that is taken later would bring back what a test removes.
  await graph.settled();
  return {
    id,
    mark,
    keys: {
      tenantId: id,
      slug: mark,
      registryId: tenantRegistry.id,
      sclTenantCode,
      messagingTenantId,
      clubId,
      clubCode,
      sclTenantId,
      sclClubId,
      contactId,
      customerId,
      customerEmail,
      leadId,
      segmentId,
      journeyId,
      webhookSubscriptionId,
    },
  };
}
