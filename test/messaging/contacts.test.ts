import { randomUUID } from 'node:crypto';
import { NO_TENANT } from '../../shared/tenancy/no-tenant';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, provisionedTenant, uniqueName } from '../testkit/seed';
import { withSlowWrites } from '../testkit/slow-writes';

const FIELDS = `id messagingTenantId email phoneNumber firstName lastName
  emailOptIn smsOptIn pushOptIn whatsappOptIn createdAt updatedAt`;
const CREATE = `mutation ($input: CreateContactInput!) { createContact(input: $input) { ${FIELDS} } }`;
const UPDATE = `mutation ($id: ID!, $input: UpdateContactInput!) { updateContact(id: $id, input: $input) { ${FIELDS} } }`;
const BY_ID = `query ($id: ID!) { contact(id: $id) { ${FIELDS} } }`;
const OF_TENANT = `query ($id: ID, $first: Int, $after: String) { tenant(id: $id) {
  contacts(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { node { id email } } } } }`;
const NOBODY = '00000000-0000-4000-8000-000000000000';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

const countContacts = async () =>
  (await graph.database.query<{ count: string }>('SELECT count(*) FROM messaging.contact'))[0]?.count;

async function newContact(messagingTenantId: string, values: Record<string, unknown> = {}) {
  const input = { messagingTenantId, email: 'jo.smit@example.com', ...values };
  return (await graph.ask(CREATE, { input })).createContact;
}

/** Contacts one minute apart, of which two share the youngest moment. */
const writeContacts = (messagingTenantIds: string[], count: number) =>
  graph.database.query(
    `INSERT INTO messaging.contact (id, messaging_tenant_id, email, created_at, created_by, updated_by)
     SELECT gen_random_uuid(), key, 'c' || n || '@example.com',
       '2026-01-11T08:30:00Z'::timestamptz - greatest(n, 2) * interval '1 minute', 'test', 'test'
     FROM unnest($1::text[]) AS key, generate_series(1, $2::int) n`,
    [messagingTenantIds, count],
  );

describe('creating a contact', () => {
  test('normalises the e-mail address and the telephone number, and consents to nothing by itself', async () => {
    const tenant = await provisionedTenant(graph);
    const contact = await newContact(tenant.messagingTenantId, {
      email: ' Jo.Smit@Example.COM ',
      phoneNumber: '082 123 4567',
      firstName: ' Jo ',
    });
    expect(contact).toMatchObject({
      messagingTenantId: tenant.messagingTenantId,
      email: 'jo.smit@example.com',
      phoneNumber: '+27821234567',
      firstName: 'Jo',
      lastName: null,
      emailOptIn: false,
      smsOptIn: false,
      pushOptIn: false,
      whatsappOptIn: false,
      updatedAt: contact.createdAt,
    });
    const { contact: found } = await graph.ask(
      'query ($id: ID!) { contact(id: $id) { email tenant { slug } } }',
      { id: contact.id },
    );
    expect(found).toEqual({ email: 'jo.smit@example.com', tenant: { slug: tenant.slug } });
  });

  test('takes consents and an id that was decided elsewhere, once', async () => {
    const { messagingTenantId } = await provisionedTenant(graph);
    const given = { id: randomUUID(), email: null, phoneNumber: '+44 20 7946 0958', smsOptIn: true };
    expect(await newContact(messagingTenantId, given)).toMatchObject({
      id: given.id,
      email: null,
      phoneNumber: '+442079460958',
      smsOptIn: true,
      emailOptIn: false,
    });
    const { errors } = await graph.request(CREATE, { input: { messagingTenantId, ...given } });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', fields: [{ path: 'input.id' }] });
  });

  test.each([
    ['neither address nor number', { email: null }, ['input.email', 'input.phoneNumber']],
    ['an impossible address', { email: 'jo at example' }, ['input.email']],
    ['an address with half a character', { email: 'jo\ud800@example.com' }, ['input.email']],
    ['an impossible number', { phoneNumber: 'call me' }, ['input.phoneNumber']],
    ['a name of 101 characters', { firstName: 'x'.repeat(101) }, ['input.firstName']],
    ['a blank name', { lastName: ' ' }, ['input.lastName']],
    ['an impossible Messaging id', { messagingTenantId: 'a b' }, ['input.messagingTenantId']],
    ['an id that is no UUID', { id: '42' }, ['input.id']],
    ['the id that is nobody’s', { id: NO_TENANT }, ['input.id']],
  ])('refuses %s by name, and creates nothing', async (_what, wrong, paths) => {
    const { messagingTenantId } = await provisionedTenant(graph);
    const before = await countContacts();
    const input = { messagingTenantId, email: 'jo@example.com', ...wrong };
    const { status, errors } = await graph.request(CREATE, { input });
    expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
    const fields = errors?.[0]?.extensions.fields?.map((field) => field.path);
    expect([...new Set(fields)]).toEqual(paths);
    expect(await countContacts()).toBe(before);
  });

  test('with one id by two at once lets exactly one have it', async () => {
    const { messagingTenantId } = await provisionedTenant(graph);
    const input = { messagingTenantId, email: 'jo@example.com', id: randomUUID() };
    const answers = await Promise.all([1, 2].map(() => graph.request(CREATE, { input })));
    expect(answers.map((answer) => answer.errors?.[0]?.extensions.code).sort()).toEqual([
      'CONFLICT',
      undefined,
    ]);
  });

  test('under a Messaging id that no tenant has is refused', async () => {
    const before = await countContacts();
    const input = { messagingTenantId: uniqueName('nobody'), email: 'jo@example.com' };
    const { errors } = await graph.request(CREATE, { input });
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'TENANT_NOT_FOUND',
      fields: [{ path: 'input.messagingTenantId' }],
    });
    expect(await countContacts()).toBe(before);
  });
});

describe('updating a contact', () => {
  test('changes what is given, empties what may be empty, and leaves the rest', async () => {
    const { messagingTenantId } = await provisionedTenant(graph);
    const contact = await newContact(messagingTenantId, { phoneNumber: '+27821234567', firstName: 'Jo' });
    const input = { email: null, firstName: null, whatsappOptIn: true };
    const { updateContact } = await graph.ask(UPDATE, { id: contact.id, input });
    expect(updateContact).toEqual({ ...contact, ...input, updatedAt: expect.any(String) });
    expect(updateContact.updatedAt > contact.updatedAt).toBe(true);
    expect((await graph.ask(UPDATE, { id: contact.id, input })).updateContact).toEqual(updateContact);
  });

  test.each([{ email: null }, { email: 'x' }, { emailOptIn: null }, { phoneNumber: '12' }, { lastName: '' }])(
    'refuses %j and changes nothing',
    async (input) => {
      const { messagingTenantId } = await provisionedTenant(graph);
      const contact = await newContact(messagingTenantId);
      expect(await graph.refusal(UPDATE, { id: contact.id, input })).toBe('BAD_USER_INPUT');
      expect(await graph.ask(BY_ID, { id: contact.id })).toEqual({ contact });
    },
  );

  test('never leaves it unreachable, not even when two empty one half each at once', async () => {
    const { messagingTenantId } = await provisionedTenant(graph);
    const { id } = await newContact(messagingTenantId, { phoneNumber: '+27821234567' });
    const answers = await withSlowWrites(graph.database, 'messaging.contact', () =>
      Promise.all(
        [{ email: null }, { phoneNumber: null }].map((input) => graph.request(UPDATE, { id, input })),
      ),
    );
    expect(answers.map((answer) => answer.errors?.[0]?.extensions.code).sort()).toEqual([
      'BAD_USER_INPUT',
      undefined,
    ]);
  });

  test('that nobody has is NOT_FOUND', async () => {
    expect(await graph.refusal(UPDATE, { id: NOBODY, input: {} })).toBe('NOT_FOUND');
    expect(await graph.refusal(UPDATE, { id: '42', input: {} })).toBe('BAD_USER_INPUT');
  });
});

describe('while Messaging cannot be used by the tenant', () => {
  test('a disabled system answers an empty list and refuses writes', async () => {
    const tenant = await provisionedTenant(graph);
    const contact = await newContact(tenant.messagingTenantId);
    const set = (name: string) =>
      graph.ask(`mutation ($id: ID!) { ${name}(tenantId: $id, system: MESSAGING) { id } }`, {
        id: tenant.id,
      });
    await set('disableSystem');
    const before = await countContacts();
    const input = { messagingTenantId: tenant.messagingTenantId, email: 'a@example.com' };
    expect(await graph.refusal(CREATE, { input })).toBe('SYSTEM_DISABLED');
    expect(await graph.refusal(UPDATE, { id: contact.id, input: { smsOptIn: true } })).toBe(
      'SYSTEM_DISABLED',
    );
    expect(await countContacts()).toBe(before);
    expect(await graph.ask(BY_ID, { id: contact.id })).toEqual({ contact });
    const { tenant: seen } = await graph.ask(OF_TENANT, { id: tenant.id });
    expect(seen.contacts).toMatchObject({ totalCount: 0, edges: [] });
    await set('enableSystem');
    expect((await graph.ask(OF_TENANT, { id: tenant.id })).tenant.contacts.totalCount).toBe(1);
  });

  test('a disabled tenant refuses writes', async () => {
    const tenant = await provisionedTenant(graph);
    const contact = await newContact(tenant.messagingTenantId);
    await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id: tenant.id });
    expect(await graph.refusal(UPDATE, { id: contact.id, input: { smsOptIn: true } })).toBe(
      'TENANT_DISABLED',
    );
    expect(await graph.ask(BY_ID, { id: contact.id })).toEqual({ contact });
  });

  test('a tenant without a registry entry has no contacts', async () => {
    const { id } = await bareTenant(graph);
    const { tenant } = await graph.ask(OF_TENANT, { id });
    expect(tenant.contacts).toMatchObject({ totalCount: 0, edges: [] });
  });
});

describe('the contacts of a tenant', () => {
  test('are read page by page, newest first, each once', async () => {
    const tenant = await provisionedTenant(graph);
    await writeContacts([tenant.messagingTenantId], 7);
    const seen: { id: string; email: string }[] = [];
    let after: string | null = null;
    do {
      const answer: { tenant: { contacts: ContactPage } } = await graph.ask(OF_TENANT, {
        id: tenant.id,
        first: 3,
        after,
      });
      const { totalCount, pageInfo, edges } = answer.tenant.contacts;
      expect(totalCount).toBe(7);
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      seen.push(...edges.map((edge) => edge.node));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(new Set(seen.map((node) => node.id)).size).toBe(7);
    expect(seen.slice(2).map((node) => node.email)).toEqual([3, 4, 5, 6, 7].map((n) => `c${n}@example.com`));
  });

  test("refuse another tenant's cursor, and cursors that were never answered", async () => {
    const [one, other] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    await writeContacts([one.messagingTenantId, other.messagingTenantId], 3);
    const { tenant } = await graph.ask(OF_TENANT, { id: one.id, first: 1 });
    const forged = ['2026', '1', '+275760-09-13T00:00:00.000Z', 'now'].map((moment) =>
      Buffer.from(JSON.stringify([`contacts:${other.messagingTenantId}`, moment, NOBODY])).toString(
        'base64url',
      ),
    );
    for (const after of [tenant.contacts.pageInfo.endCursor, ...forged]) {
      const { errors } = await graph.request(OF_TENANT, { id: other.id, after });
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'after' }] });
    }
  });

  test.each([0, -1, 101])('refuse first: %d, also where there is nothing to list', async (first) => {
    const { id } = await bareTenant(graph);
    expect(await graph.refusal(OF_TENANT, { id, first })).toBe('BAD_USER_INPUT');
  });

  test('are found by e-mail address, telephone number and part of the name', async () => {
    const { messagingTenantId } = await provisionedTenant(graph);
    await newContact(messagingTenantId, {
      phoneNumber: '+27821234567',
      firstName: 'Jo',
      lastName: 'van Wyk',
    });
    await newContact(messagingTenantId, { email: 'other_one@example.com' });
    const LIST = `query ($messagingTenantId: String!, $filter: ContactFilter) {
      contacts(messagingTenantId: $messagingTenantId, filter: $filter) { edges { node { email } } } }`;
    const emails = async (filter: object) => {
      const { contacts } = await graph.ask(LIST, { messagingTenantId, filter });
      return contacts.edges.map((edge: { node: { email: string } }) => edge.node.email);
    };
    const [jo, other] = ['jo.smit@example.com', 'other_one@example.com'];
    expect(await emails({})).toEqual([other, jo]);
    expect(await emails({ email: 'JO.SMIT@example.com' })).toEqual([jo]);
    expect(await emails({ phoneNumber: '082 123 4567' })).toEqual([jo]);
    expect(await emails({ text: 'jo VAN' })).toEqual([jo]);
    expect(await emails({ text: 'r_o' })).toEqual([other]);
    expect(await graph.refusal(LIST, { messagingTenantId, filter: { email: 'x' } })).toBe('BAD_USER_INPUT');
    expect(await graph.refusal(LIST, { messagingTenantId: ' ' })).toBe('BAD_USER_INPUT');
  });

  test('cost one statement for many tenants, with their counts', async () => {
    const stem = uniqueName('many');
    const tenants = await Promise.all(Array.from({ length: 12 }, () => provisionedTenant(graph, stem)));
    await writeContacts(
      tenants.map((tenant) => tenant.messagingTenantId),
      3,
    );
    const query = (fields: string) => `query ($text: String) { tenants(first: 50, filter: { text: $text }) {
      edges { node { contacts(first: 2) { ${fields} edges { node { email } } } } } } }`;
    const statementsFor = async (fields: string) =>
      (await graph.countStatements(() => graph.ask(query(fields), { text: stem }))).messaging;
    expect(await statementsFor('')).toBe(1);
    expect(await statementsFor('totalCount')).toBe(1);
  });

  interface ContactPage {
    totalCount: number;
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
    edges: { node: { id: string; email: string } }[];
  }
});

test('an unknown contact answers null, a malformed id is refused', async () => {
  expect(await graph.ask(BY_ID, { id: NOBODY })).toEqual({ contact: null });
  expect(await graph.refusal(BY_ID, { id: '42' })).toBe('BAD_USER_INPUT');
});
