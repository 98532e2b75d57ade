import { randomUUID } from 'node:crypto';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { eventCatalogue } from '../../shared/events/event-catalogue';
import { callOfMutation } from '../audit/call-of-mutation';
import { documentOf } from '../isolation/attack/documents';
import { migrationMutations } from '../isolation/attack/own-mutations';
import { type TenantWithData, tenantWithData } from '../isolation/attack/tenant-with-data';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, provisionedTenant, uniqueName } from '../testkit/seed';
import { publishedDuring } from './outbox-rows';

let graph: TestGraph;
let tenant: TenantWithData;
beforeAll(async () => {
  graph = await startGraph();
  tenant = await tenantWithData(graph, 'telling');
});
afterAll(() => graph.stop());

const DONE = 'tenant.provisioning.step.completed';
const RUN_BEGINS = ['tenant.provisioning.started', DONE];
const RUN_COMPLETES = ['tenant.registry.updated', DONE, 'tenant.provisioning.completed'];
const ofSystem = (system: string) => ['tenant.registry.updated', `tenant.system.enabled ${system}`, DONE];
const FIRST_ENTRY = ['tenant.registry.updated', 'tenant.system.enabled TEETIME', 'tenant.system.enabled CRM'];

/** What each mutation tells when it is called as `callOfMutation` says; nothing where the catalogue has no type. */
const EXPECTED: Record<string, string[]> = {
  createTenant: ['tenant.created'],
  updateTenant: ['tenant.updated'],
  disableTenant: ['tenant.disabled'],
  enableTenant: ['tenant.enabled'],
  importRegistryEntries: FIRST_ENTRY,
  repairRegistryDrift: ['tenant.registry.updated'],
  deprovisionTenant: ['tenant.disabled', 'tenant.deprovisioning.scheduled'],
  cancelDeprovisioning: ['tenant.enabled', 'tenant.deprovisioning.cancelled'],
  provisionTenant: [...FIRST_ENTRY, ...RUN_BEGINS, ...RUN_COMPLETES],
  retryProvisioning: RUN_COMPLETES,
  cancelProvisioning: ['tenant.registry.updated', 'tenant.provisioning.compensated'],
  enableSystem: [
    'tenant.registry.updated',
    'tenant.system.enabled SCL',
    'tenant.system.enabled TEETIME',
    'tenant.system.enabled CRM',
  ],
  disableSystem: ['tenant.registry.updated', 'tenant.system.enabled TEETIME', 'tenant.system.disabled CRM'],
  addTeeTimeClub: FIRST_ENTRY,
  removeTeeTimeClub: ['tenant.registry.updated'],
  createClub: ['teetime.club.created'],
  updateClub: ['teetime.club.updated'],
  moveClub: ['teetime.club.created', 'teetime.club.removed'],
  createSclTenant: [],
  updateSclTenant: [],
  createSclClub: ['scl.club.created'],
  updateSclClub: ['scl.club.updated'],
  createContact: ['contact.created'],
  updateContact: ['contact.updated'],
  createCustomer: ['crm.profile.created'],
  updateCustomer: ['crm.profile.updated'],
  submitLead: ['crm.lead.submitted'],
  updateLead: ['crm.lead.updated'],
  createSegment: [],
  updateSegment: [],
  createJourney: [],
  updateJourney: [],
  setJourneyStatus: [],
  installTemplatePack: [],
  createWebhookSubscription: [],
  updateWebhookSubscription: [],
  rotateWebhookSecret: [],
  deleteWebhookSubscription: [],
  sendTestWebhook: [],
  replayDeadLetters: [],
};

/** The steps of a run are the graph's own work. */
const whoMayTellOf = (mutation: string) =>
  /^(provisionTenant|retryProvisioning|cancelProvisioning)$/.test(mutation)
    ? ['thandi', 'tenant-graph']
    : ['thandi'];

const published = (work: () => Promise<unknown>) => publishedDuring(graph.database, work);
const typesOf = (events: { type: string; payload: Record<string, unknown> }[]) =>
  events.map(({ type, payload }) =>
    type.startsWith('tenant.system.') ? `${type} ${payload['system']}` : type,
  );

test('every mutation publishes what it changed, in its own system’s outbox, and what changes nothing publishes nothing', async () => {
  const schema = buildClientSchema(await graph.ask<IntrospectionQuery>(getIntrospectionQuery()));
  // What the move of CRM's rows does is in the audit trail and in its own books; nobody else is told.
  const fields = Object.values(schema.getMutationType()?.getFields() ?? {}).filter(
    ({ name }) => !migrationMutations.includes(name),
  );
  expect(fields.map(({ name }) => name).sort()).toEqual(Object.keys(EXPECTED).sort());

  for (const field of fields) {
    const { variables } = await callOfMutation(graph, tenant, field.name);
    const document = documentOf('mutation', field, '{ __typename }');
    const operator = graph.as({ roles: ['PLATFORM_ADMIN'], sub: 'thandi' });
    const events = await published(() => operator.ask(document, variables));
    expect({ name: field.name, events: typesOf(events) }).toEqual({
      name: field.name,
      events: EXPECTED[field.name],
    });
    for (const event of events) {
      const { source, payload } = eventCatalogue[event.type as keyof typeof eventCatalogue];
      expect(event).toMatchObject({ source, schema: source.replace('-', '_') });
      expect(whoMayTellOf(field.name)).toContain(event.user_id);
      expect(event).toMatchObject({ tenant_id: expect.any(String), tenant_slug: expect.any(String) });
      expect(Object.keys(event.payload).sort()).toEqual(Object.keys(payload).sort());
    }
    const isChange = /^(update|enable|disable|set|provision|retry|cancel|add|remove|move)/.test(field.name);
    if (isChange) expect(await published(() => operator.ask(document, variables))).toEqual([]);
  }
});

test('what is refused publishes nothing', async () => {
  const { id, slug } = await bareTenant(graph);
  const other = await bareTenant(graph);
  const clubId = randomUUID();
  await graph.ask(
    'mutation ($id: ID!, $clubId: ID!) { addTeeTimeClub(tenantId: $id, clubId: $clubId) { id } }',
    {
      id: other.id,
      clubId,
    },
  );
  const refusals: [string, Record<string, unknown>][] = [
    [
      'mutation ($id: ID!, $slug: String!) { updateTenant(id: $id, input: { slug: $slug }) { id } }',
      { id, slug: other.slug },
    ],
    ['mutation ($slug: String!) { createTenant(input: { slug: $slug, displayName: "x" }) { id } }', { slug }],
    [
      'mutation ($id: ID!, $club: ID!) { addTeeTimeClub(tenantId: $id, clubId: $club) { id } }',
      { id, club: clubId },
    ],
    [
      'mutation ($id: ID!) { updateCustomer(id: $id, input: { email: "not one" }) { id } }',
      { id: tenant.keys.customerId },
    ],
  ];
  const events = await published(async () => {
    for (const [mutation, variables] of refusals) await graph.refusal(mutation, variables);
  });
  expect(events).toEqual([]);
});

test('a new slug is an event of its own, under the new slug', async () => {
  const { id, slug } = await bareTenant(graph);
  const newSlug = uniqueName('renamed');
  const events = await published(() =>
    graph.ask(
      'mutation ($id: ID!, $newSlug: String!) { updateTenant(id: $id, input: { slug: $newSlug, displayName: "New" }) { id } }',
      { id, newSlug },
    ),
  );
  expect(events).toMatchObject([
    { type: 'tenant.updated', payload: { displayName: 'New', changed: ['displayName', 'slug'] } },
    { type: 'tenant.slug.changed', tenant_slug: newSlug, payload: { oldSlug: slug, newSlug } },
  ]);
  expect(events.map(({ position }) => position)).toEqual([2, 3]);
});

test('a tenant that is new tells of itself, its entry, its run, and each system that answered, in this order', async () => {
  const events = await published(() => provisionedTenant(graph));
  const ofAccessControl = events.filter(({ source }) => source === 'access-control');
  expect(typesOf(ofAccessControl)).toEqual([
    'tenant.created',
    'tenant.registry.updated',
    ...RUN_BEGINS,
    ...ofSystem('SCL'),
    ...ofSystem('TEETIME'),
    ...ofSystem('MESSAGING'),
    ...ofSystem('CRM'),
    ...RUN_COMPLETES,
  ]);
  const changes = ofAccessControl.filter(({ type }) => type === 'tenant.registry.updated');
  expect(changes.map(({ payload }) => payload['changed'])).toEqual([
    [],
    ['sclTenantCode', 'sclEnabled'],
    ['teeTimeEnabled'],
    ['messagingTenantId', 'messagingEnabled'],
    ['crmTenantId', 'crmEnabled'],
    ['provisionedAt'],
  ]);

  const slug = uniqueName('bare');
  const bare = await published(() =>
    graph.ask(
      'mutation ($slug: String!) { provisionTenant(input: { tenant: { slug: $slug, displayName: "x" } }) { id } }',
      { slug },
    ),
  );
  expect(typesOf(bare)).toEqual([
    'tenant.created',
    'tenant.registry.updated',
    ...RUN_BEGINS,
    ...RUN_COMPLETES,
  ]);
});

test('a lead is converted once, by its status or its customer', async () => {
  const leadOf = async () => {
    const { submitLead } = await graph.ask(
      'mutation ($t: ID!) { submitLead(input: { tenantId: $t, email: "lead@example.com" }) { id } }',
      { t: tenant.id },
    );
    return submitLead.id;
  };
  const update = (id: string, input: object) =>
    graph.ask('mutation ($id: ID!, $input: UpdateLeadInput!) { updateLead(id: $id, input: $input) { id } }', {
      id,
      input,
    });

  const first = await leadOf();
  const events = await published(async () => {
    await update(first, { status: 'CONVERTED' });
    await update(first, { customerId: tenant.keys.customerId });
  });
  expect(events).toMatchObject([
    { type: 'crm.lead.updated', payload: { changed: ['status'] } },
    { type: 'crm.lead.converted', payload: { leadId: first, customerId: null } },
    { type: 'crm.lead.updated', payload: { changed: ['customerId'] } },
  ]);
  const second = await leadOf();
  const { customerId } = tenant.keys;
  expect(await published(() => update(second, { customerId }))).toMatchObject([
    { type: 'crm.lead.updated' },
    { type: 'crm.lead.converted', payload: { leadId: second, customerId } },
  ]);
});

test('a lead that is sent twice is told of once, and no event says anything of a person', async () => {
  const person = {
    email: 'nomsa.private@example.com',
    phoneNumber: '+27821234567',
    firstName: 'Nomsa',
    lastName: 'Private',
  };
  const send = () =>
    graph.anonymous.ask('mutation ($input: SubmitLeadInput!) { submitLead(input: $input) { id } }', {
      input: {
        ...person,
        tenantSlug: tenant.keys.slug,
        idempotencyKey: 'once',
        message: 'Nomsa here',
        consentGiven: true,
      },
    });
  const events = await published(async () => {
    await send();
    await send();
    const { createCustomer } = await graph.ask(
      'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }',
      {
        input: { ...person, tenantId: tenant.id },
      },
    );
    await graph.ask(
      'mutation ($id: ID!) { updateCustomer(id: $id, input: { lastName: "Privately" }) { id } }',
      { id: createCustomer.id },
    );
  });
  expect(events.map(({ type, user_id }) => [type, user_id])).toEqual([
    ['crm.lead.submitted', 'anonymous'],
    ['crm.profile.created', 'operator'],
    ['crm.profile.updated', 'operator'],
  ]);
  expect(JSON.stringify(events)).not.toMatch(/nomsa|privat|2782123/i);
});

test('a club under a code that no tenant has is told of without a tenant', async () => {
  const code = uniqueName('SCL');
  const events = await published(async () => {
    const { createSclTenant } = await graph.ask(
      'mutation ($code: String!) { createSclTenant(input: { code: $code, name: "x" }) { id } }',
      { code },
    );
    await graph.ask(
      'mutation ($id: ID!) { createSclClub(input: { sclTenantId: $id, name: "Club" }) { id } }',
      { id: createSclTenant.id },
    );
  });
  expect(events).toMatchObject([
    {
      type: 'scl.club.created',
      tenant_key: code,
      tenant_id: null,
      tenant_slug: null,
      payload: { sclTenantCode: code },
    },
  ]);
});
