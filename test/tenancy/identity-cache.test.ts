import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, SEEN_WITHIN_MS } from '../testkit/eventually';
import { startGraph, type TestGraph } from '../testkit/graph';
import { type ProvisionedTenant, provisionedTenant, uniqueName } from '../testkit/seed';

const NEW_CUSTOMER = `mutation ($id: ID!) {
  createCustomer(input: { tenantId: $id, email: "jo@example.com" }) { id } }`;
const NEW_CONTACT = `mutation ($key: String!) {
  createContact(input: { messagingTenantId: $key, email: "jo@example.com" }) { id } }`;
const NEW_LEAD = `mutation ($slug: String!) {
  submitLead(input: { tenantSlug: $slug, email: "jo@example.com" }) { tenantId } }`;
const CUSTOMERS = 'query ($id: ID!) { customers(tenantId: $id) { totalCount } }';
const BY_OTHER_KEYS = `query ($key: String!, $code: String!) {
  contacts(messagingTenantId: $key) { totalCount } sclTenant(code: $code) { id } }`;
const SET_TENANT = (name: string) => `mutation ($id: ID!) { ${name}(id: $id) { status } }`;
const SET_SYSTEM = (name: string) => `mutation ($id: ID!) { ${name}(tenantId: $id, system: CRM) { id } }`;

/** After so long what is remembered is asked for again. */
const NOT_NEW_MS = 4_100;

/** The code of the refusal, or `null`. */
async function outcome(graph: TestGraph, query: string, variables: object): Promise<string | null> {
  const { errors } = await graph.request(query, { ...variables });
  return errors?.[0]?.extensions.code ?? null;
}

describe('in one process', () => {
  let graph: TestGraph;
  let tenant: ProvisionedTenant;
  beforeAll(async () => {
    graph = await startGraph();
  });
  afterAll(() => graph.stop());
  beforeEach(async () => {
    tenant = await provisionedTenant(graph);
    await graph.ask(NEW_CUSTOMER, { id: tenant.id });
  });

  test('fifty look-ups at once ask Access Control once, and those that follow not at all', async () => {
    await graph.settled();
    await sleep(NOT_NEW_MS);
    const fifty = await graph.countStatements(() =>
      Promise.all(Array.from({ length: 50 }, () => graph.ask(CUSTOMERS, { id: tenant.id }))),
    );
    // One statement for the tenant with its registry entry.
    expect(fifty['access-control']).toBe(1);
    const more = await graph.countStatements(async () => {
      await graph.ask(BY_OTHER_KEYS, { key: tenant.messagingTenantId, code: tenant.sclTenantCode });
      await graph.ask(CUSTOMERS, { id: tenant.id });
    });
    expect(more['access-control']).toBe(0);
  });

  test.each([
    ['disableTenant', SET_TENANT('disableTenant'), 'TENANT_DISABLED', SET_TENANT('enableTenant')],
    ['disableSystem', SET_SYSTEM('disableSystem'), 'SYSTEM_DISABLED', SET_SYSTEM('enableSystem')],
  ])('%s is seen by the very next write, and so is its end', async (_name, close, code, open) => {
    const [customer, lead] = [{ id: tenant.id }, { slug: tenant.slug }];
    for (let round = 0; round < 3; round += 1) {
      expect(await outcome(graph, NEW_CUSTOMER, customer)).toBeNull();
      expect(await outcome(graph, NEW_LEAD, lead)).toBeNull();
      await graph.ask(close, { id: tenant.id });
      expect(await outcome(graph, NEW_CUSTOMER, customer)).toBe(code);
      expect(await outcome(graph, NEW_LEAD, lead)).toBe('LEAD_NOT_ACCEPTED');
      await graph.ask(open, { id: tenant.id });
    }
  });

  test('a new slug, a new key and a new tenant are found by the very next write', async () => {
    const slug = uniqueName('renamed');
    expect(await outcome(graph, NEW_LEAD, { slug })).toBe('LEAD_NOT_ACCEPTED');
    const rename =
      'mutation ($id: ID!, $slug: String!) { updateTenant(id: $id, input: { slug: $slug }) { id } }';
    await graph.ask(rename, { id: tenant.id, slug });
    expect((await graph.ask(NEW_LEAD, { slug })).submitLead.tenantId).toBe(tenant.id);
    // A form with the old slug still finds its tenant.
    expect((await graph.ask(NEW_LEAD, { slug: tenant.slug })).submitLead.tenantId).toBe(tenant.id);

    const key = uniqueName('msg');
    expect(await outcome(graph, NEW_CONTACT, { key })).toBe('TENANT_NOT_FOUND');
    const provision =
      'mutation ($input: ProvisionTenantInput!) { provisionTenant(input: $input) { tenant { id } } }';
    await graph.ask(provision, { input: { tenant: { id: tenant.id }, messaging: { tenantId: key } } });
    expect(await outcome(graph, NEW_CONTACT, { key })).toBeNull();
    expect(await outcome(graph, NEW_CONTACT, { key: tenant.messagingTenantId })).toBe('TENANT_NOT_FOUND');

    // The old slug is free now, and was nobody's a moment ago.
    const identity = { slug: tenant.slug, displayName: 'Next' };
    const { provisionTenant } = await graph.ask(provision, { input: { tenant: identity, crm: {} } });
    const { submitLead } = await graph.ask(NEW_LEAD, { slug: tenant.slug });
    expect(submitLead.tenantId).toBe(provisionTenant.tenant.id);
  });
});

describe('in the distributed shape', () => {
  let graph: TestGraph;
  beforeEach(async () => {
    graph = await startGraph('distributed');
  });
  afterEach(() => graph.stop());

  test('without Access Control the others go on for the tenants that they know, and count it', async () => {
    const known = await provisionedTenant(graph);
    const editor = graph.as({ roles: ['TENANT_EDITOR'], tenants: [known.id] });
    await editor.ask(NEW_CUSTOMER, { id: known.id });
    await editor.ask(NEW_CONTACT, { key: known.messagingTenantId });
    await graph.settled();
    await graph.stopSubgraph('access-control');
    await sleep(NOT_NEW_MS);

    expect((await editor.ask(CUSTOMERS, { id: known.id })).customers.totalCount).toBe(1);
    await editor.ask(NEW_CUSTOMER, { id: known.id });
    await graph.anonymous.ask(NEW_LEAD, { slug: known.slug });
    await editor.ask(NEW_CONTACT, { key: known.messagingTenantId });
    for (const name of ['crm', 'messaging'] as const) {
      expect(await graph.metric('tenant_directory_stale_answers_total', name)).toBeGreaterThan(0);
      expect(await graph.metric('tenant_directory_size', name)).toBe(1);
    }
    expect(await graph.metric('tenant_directory_stale_answers_total', 'scl')).toBe(0);

    expect(await outcome(graph, NEW_CUSTOMER, { id: randomUUID() })).toBe('SUBGRAPH_UNAVAILABLE');
    await graph.request(NEW_LEAD, { slug: uniqueName('unheard') });
    expect(await graph.database.query('SELECT FROM crm.lead')).toHaveLength(1);
    expect(await graph.database.query('SELECT FROM crm.customer')).toHaveLength(2);
  });

  test.each([
    ['a disabled tenant', SET_TENANT('disableTenant'), 'TENANT_DISABLED'],
    ['a disabled system', SET_SYSTEM('disableSystem'), 'SYSTEM_DISABLED'],
  ])('%s is refused by another process within seconds, and a lead for it too', async (_what, close, code) => {
    const tenant = await provisionedTenant(graph);
    await graph.ask(NEW_CUSTOMER, { id: tenant.id });
    await graph.ask(NEW_LEAD, { slug: tenant.slug });
    await graph.ask(close, { id: tenant.id });
    // Looking often does not keep alive what is remembered.
    const write = () => outcome(graph, NEW_CUSTOMER, { id: tenant.id });
    await eventually(write, (seen) => expect(seen).toBe(code), SEEN_WITHIN_MS);
    expect(await outcome(graph, NEW_LEAD, { slug: tenant.slug })).toBe('LEAD_NOT_ACCEPTED');
  });
});
