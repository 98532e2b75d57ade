import { randomUUID } from 'node:crypto';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, provisionedTenant } from '../testkit/seed';
import { withSlowWrites } from '../testkit/slow-writes';

const SUBMIT = `mutation ($input: SubmitLeadInput!) { submitLead(input: $input) {
  id tenantId tenantSlug status receivedAt } }`;
const FIELDS = `id tenantId tenantSlug status email phoneNumber firstName lastName company message source utmSource
  utmMedium utmCampaign utmTerm utmContent consentGiven consentAt customer { id } createdAt updatedAt`;
const BY_ID = `query ($id: ID!) { lead(id: $id) { ${FIELDS} } }`;
const UPDATE = `mutation ($id: ID!, $input: UpdateLeadInput!) { updateLead(id: $id, input: $input) { ${FIELDS} } }`;
const OF_TENANT = `query ($id: ID, $first: Int, $after: String, $filter: LeadFilter) { tenant(id: $id) {
  leads(first: $first, after: $after, filter: $filter) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { email } } } } }`;
const NEW_CUSTOMER = 'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }';
const NOBODY = '00000000-0000-4000-8000-000000000000';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

const countLeads = async () =>
  Number((await graph.database.query<{ count: string }>('SELECT count(*) FROM crm.lead'))[0]?.count);

async function submit(input: Record<string, unknown>) {
  return (await graph.ask(SUBMIT, { input: { email: 'jo@example.com', ...input } })).submitLead;
}

const findLead = async (id: string) => (await graph.ask(BY_ID, { id })).lead;

describe('submitting a lead', () => {
  test('stores it normalised, and answers a receipt with the UUID and the slug of the tenant', async () => {
    const tenant = await provisionedTenant(graph);
    const consentAt = '2026-01-11T08:30:00.000Z';
    const said = {
      firstName: 'Jo',
      lastName: 'Smit',
      company: 'Example',
      message: 'Please call\nme',
      source: 'website',
      utmSource: 'google',
      utmMedium: 'cpc',
      utmCampaign: 'spring',
      utmTerm: 'golf',
      utmContent: 'top',
      consentGiven: true,
      consentAt,
    };
    const receipt = await submit({
      ...said,
      tenantSlug: tenant.slug,
      email: ' Jo@Example.COM ',
      phoneNumber: '082 123 4567',
    });
    expect(receipt).toEqual({
      id: expect.any(String),
      tenantId: tenant.id,
      tenantSlug: tenant.slug,
      status: 'RECEIVED',
      receivedAt: expect.any(String),
    });
    expect(await findLead(receipt.id)).toEqual({
      ...said,
      id: receipt.id,
      tenantId: tenant.id,
      tenantSlug: tenant.slug,
      status: 'NEW',
      email: 'jo@example.com',
      phoneNumber: '+27821234567',
      customer: null,
      createdAt: receipt.receivedAt,
      updatedAt: receipt.receivedAt,
    });
  });

  test('takes the UUID from internal callers, and takes consent as given now', async () => {
    const tenant = await provisionedTenant(graph);
    const before = Date.now();
    const receipt = await submit({ tenantId: tenant.id.toUpperCase(), consentGiven: true });
    const lead = await findLead(receipt.id);
    expect(receipt.tenantSlug).toBe(tenant.slug);
    expect(Date.parse(lead.consentAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(lead.consentAt)).toBeLessThanOrEqual(Date.now());
  });

  test('without consent stores none', async () => {
    const tenant = await provisionedTenant(graph);
    const lead = await findLead((await submit({ tenantSlug: tenant.slug })).id);
    expect(lead).toMatchObject({ consentGiven: false, consentAt: null });
  });

  const wrongInputs: [string, Record<string, unknown>, string[]][] = [
    ['no way to reach the person', { email: null }, ['input.email', 'input.phoneNumber']],
    ['a malformed e-mail address', { email: 'jo' }, ['input.email']],
    ['no telephone number', { phoneNumber: 'call me' }, ['input.phoneNumber']],
    ['a message of 5001 characters', { message: 'x'.repeat(5_001) }, ['input.message']],
    ['a source of 101 characters', { source: 'x'.repeat(101) }, ['input.source']],
    ['a campaign of 201 characters', { utmCampaign: 'x'.repeat(201) }, ['input.utmCampaign']],
    ['U+0000', { company: 'a\u0000b' }, ['input.company']],
    ['a key of 129 characters', { idempotencyKey: 'x'.repeat(129) }, ['input.idempotencyKey']],
    ['a time without consent', { consentAt: '2026-01-11T08:30:00Z' }, ['input.consentAt']],
    ['consent in the future', { consentGiven: true, consentAt: '2200-01-01T00:00:00Z' }, ['input.consentAt']],
    ['two faults at once', { email: 'jo', source: 'x'.repeat(101) }, ['input.email', 'input.source']],
  ];

  test.each(wrongInputs)('refuses %s by name, for any tenant alike', async (_what, wrong, paths) => {
    const { slug } = await provisionedTenant(graph);
    const before = await countLeads();
    const answers = await Promise.all(
      [slug, 'nobody-has-this', 'NOT A SLUG'].map((tenantSlug) =>
        graph.request(SUBMIT, { input: { tenantSlug, email: 'jo@example.com', ...wrong } }),
      ),
    );
    const [first] = answers;
    expect(first?.status).toBe(400);
    expect(first?.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    const named = new Set(first?.errors?.[0]?.extensions.fields?.map(({ path }) => path));
    expect([...named].sort()).toEqual(paths);
    for (const answer of answers) expect(answer).toEqual(first);
    expect(await countLeads()).toBe(before);
  });

  test('takes the empty and blank texts of a form for fields that nobody filled in', async () => {
    const { slug } = await provisionedTenant(graph);
    const input = { tenantSlug: slug, email: 'jo@example.com', phoneNumber: '', lastName: '', utmSource: '' };
    const blank = { ...input, firstName: ' \t', lastName: '  ', phoneNumber: '\u00a0' };
    const { submitLead } = await graph.ask(SUBMIT, { input });
    expect(submitLead.tenantSlug).toBe(slug);
    const { submitLead: ofBlank } = await graph.ask(SUBMIT, { input: blank });
    expect(await findLead(ofBlank.id)).toMatchObject({ firstName: null, lastName: null });
    for (const email of ['', ' '])
      expect(await graph.refusal(SUBMIT, { input: { ...input, email } })).toBe('BAD_USER_INPUT');
  });

  test.each([
    ['neither slug nor id', {}],
    ['slug and id', { tenantSlug: 'digiwedge', tenantId: NOBODY }],
  ])('refuses %s', async (_what, name) => {
    const { errors } = await graph.request(SUBMIT, { input: { email: 'jo@example.com', ...name } });
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors?.[0]?.extensions.fields?.map(({ path }) => path)).toEqual([
      'input.tenantSlug',
      'input.tenantId',
    ]);
  });

  test('refuses an id that is no UUID, and says where a slug belongs', async () => {
    const input = { email: 'jo@example.com', tenantId: 'digiwedge' };
    const { errors } = await graph.anonymous.request(SUBMIT, { input });
    const message = "must be the tenant's UUID; its slug belongs into input.tenantSlug";
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.tenantId', message }],
    });
  });

  test('is taken by its UUID for a tenant without a registry entry, which the public can leave none', async () => {
    const { id, slug } = await bareTenant(graph);
    const { submitLead } = await graph.ask(SUBMIT, { input: { tenantId: id, email: 'jo@example.com' } });
    expect(submitLead).toMatchObject({ tenantId: id, tenantSlug: slug, status: 'RECEIVED' });
    expect(await graph.refusal(SUBMIT, { input: { tenantSlug: slug, email: 'jo@example.com' } })).toBe(
      'LEAD_NOT_ACCEPTED',
    );
  });

  test('gives every tenant that takes no leads one and the same answer, and stores nothing', async () => {
    const disabled = await provisionedTenant(graph);
    await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id: disabled.id });
    const withoutCrm = await provisionedTenant(graph);
    await graph.ask('mutation ($id: ID!) { disableSystem(tenantId: $id, system: CRM) { id } }', {
      id: withoutCrm.id,
    });
    const unregistered = await bareTenant(graph);
    const names = [
      { tenantSlug: 'nobody-has-this' },
      { tenantSlug: 'Not A Slug' },
      { tenantSlug: '' },
      { tenantSlug: 'a\u0000' },
      { tenantSlug: NOBODY },
      { tenantId: NOBODY },
      { tenantSlug: unregistered.slug },
      ...[disabled, withoutCrm].flatMap(({ id, slug }) => [{ tenantSlug: slug }, { tenantId: id }]),
    ];
    const before = await countLeads();
    const answers = await Promise.all(
      names.map((name) => graph.request(SUBMIT, { input: { email: 'jo@example.com', ...name } })),
    );
    const [first] = answers;
    expect(first?.status).toBe(422);
    expect(first?.errors?.[0]?.extensions.code).toBe('LEAD_NOT_ACCEPTED');
    expect(first?.errors?.[0]?.extensions.fields).toBeUndefined();
    for (const answer of answers) expect(answer).toEqual(first);
    expect(await countLeads()).toBe(before);
  });
});

describe('an idempotency key', () => {
  test('used fifty times at once stores one lead and answers one receipt', async () => {
    const tenant = await provisionedTenant(graph);
    const before = await countLeads();
    const input = { tenantSlug: tenant.slug, consentGiven: true, idempotencyKey: 'form-1' };
    const receipts = await Promise.all(Array.from({ length: 50 }, () => submit(input)));
    for (const receipt of receipts) expect(receipt).toEqual(receipts[0]);
    expect(await countLeads()).toBe(before + 1);
  });

  test('meets an equal call that is still being stored', async () => {
    const tenant = await provisionedTenant(graph);
    const input = { tenantSlug: tenant.slug, idempotencyKey: 'form-1' };
    const [one, other] = await withSlowWrites(graph.database, 'crm.lead', () =>
      Promise.all([submit(input), submit(input)]),
    );
    expect(other).toEqual(one);
  });

  test('takes the same input however it is written', async () => {
    const tenant = await provisionedTenant(graph);
    const before = await countLeads();
    const key = { idempotencyKey: 'form-2' };
    const first = await submit({ ...key, tenantSlug: tenant.slug, phoneNumber: '0821234567' });
    const again = await submit({
      ...key,
      tenantId: tenant.id,
      email: 'JO@example.com',
      phoneNumber: '+27 82 123 4567',
      company: null,
      consentGiven: false,
    });
    expect(again).toEqual(first);
    expect(await countLeads()).toBe(before + 1);
  });

  test('with another input is a conflict, and stores nothing', async () => {
    const tenant = await provisionedTenant(graph);
    const input = { tenantSlug: tenant.slug, email: 'jo@example.com', idempotencyKey: 'form-3' };
    await submit(input);
    const before = await countLeads();
    const { status, errors } = await graph.request(SUBMIT, { input: { ...input, company: 'Other' } });
    expect([status, errors?.[0]?.extensions.code]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
    expect(await countLeads()).toBe(before);
  });

  test("is each tenant's own; without one, each call is a lead", async () => {
    const [one, other] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    const before = await countLeads();
    await submit({ tenantSlug: one.slug, idempotencyKey: 'form-4' });
    await submit({ tenantSlug: other.slug, idempotencyKey: 'form-4' });
    await submit({ tenantSlug: one.slug });
    await submit({ tenantSlug: one.slug });
    expect(await countLeads()).toBe(before + 4);
  });
});

describe('updating a lead', () => {
  async function newLead(values: Record<string, unknown> = {}) {
    const tenant = await provisionedTenant(graph);
    const { id } = await submit({ tenantSlug: tenant.slug, ...values });
    return { tenant, lead: await findLead(id) };
  }

  test('changes what is given and links the customer that it became', async () => {
    const { tenant, lead } = await newLead({ company: 'Example' });
    const { createCustomer } = await graph.ask(NEW_CUSTOMER, {
      input: { tenantId: tenant.id, email: lead.email },
    });
    const input = { status: 'CONVERTED', company: null, customerId: createCustomer.id };
    const { updateLead } = await graph.ask(UPDATE, { id: lead.id, input });
    expect(updateLead).toEqual({
      ...lead,
      status: 'CONVERTED',
      company: null,
      customer: { id: createCustomer.id },
      updatedAt: expect.any(String),
    });
    expect(await findLead(lead.id)).toEqual(updateLead);
    expect((await graph.ask(UPDATE, { id: lead.id, input })).updateLead).toEqual(updateLead);
    const unlinked = await graph.ask(UPDATE, { id: lead.id, input: { customerId: null } });
    expect(unlinked.updateLead.customer).toBeNull();
  });

  test("refuses another tenant's customer and one that nobody has, and changes nothing", async () => {
    const { lead } = await newLead();
    const other = await provisionedTenant(graph);
    const { createCustomer } = await graph.ask(NEW_CUSTOMER, {
      input: { tenantId: other.id, email: 'jo@example.com' },
    });
    for (const customerId of [createCustomer.id, NOBODY]) {
      const { errors } = await graph.request(UPDATE, { id: lead.id, input: { status: 'LOST', customerId } });
      expect(errors?.[0]?.extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'input.customerId' }],
      });
    }
    expect(await findLead(lead.id)).toEqual(lead);
  });

  test.each([{ email: null }, { status: null }, { phoneNumber: 'x' }, { customerId: '42' }])(
    'refuses %j and changes nothing',
    async (input) => {
      const { lead } = await newLead();
      expect(await graph.refusal(UPDATE, { id: lead.id, input })).toBe('BAD_USER_INPUT');
      expect(await findLead(lead.id)).toEqual(lead);
    },
  );

  test('is refused while CRM is disabled, and changes nothing', async () => {
    const { tenant, lead } = await newLead();
    await graph.ask('mutation ($id: ID!) { disableSystem(tenantId: $id, system: CRM) { id } }', {
      id: tenant.id,
    });
    expect(await graph.refusal(UPDATE, { id: lead.id, input: { status: 'LOST' } })).toBe('SYSTEM_DISABLED');
    expect(await findLead(lead.id)).toEqual(lead);
  });

  test('that nobody has is NOT_FOUND', async () => {
    expect(await graph.refusal(UPDATE, { id: NOBODY, input: { status: 'LOST' } })).toBe('NOT_FOUND');
  });
});

test('the list of leads is filtered, and read page by page, newest first', async () => {
  const tenant = await provisionedTenant(graph);
  for (const n of [1, 2, 3]) {
    await submit({
      tenantSlug: tenant.slug,
      email: `l${n}@example.com`,
      company: `Firm ${n}`,
      source: n === 2 ? 'partner' : 'website',
    });
  }
  const emails = async (variables: object) => {
    const { leads } = (await graph.ask(OF_TENANT, { id: tenant.id, ...variables })).tenant;
    return { ...leads, emails: leads.edges.map((edge: { node: { email: string } }) => edge.node.email) };
  };
  const one = await emails({ first: 2 });
  expect(one).toMatchObject({ totalCount: 3, emails: ['l3@example.com', 'l2@example.com'] });
  const two = await emails({ first: 2, after: one.pageInfo.endCursor });
  expect(two).toMatchObject({ emails: ['l1@example.com'], pageInfo: { hasNextPage: false } });
  expect((await emails({ filter: { source: 'partner' } })).emails).toEqual(['l2@example.com']);
  expect((await emails({ filter: { text: 'FIRM 3' } })).emails).toEqual(['l3@example.com']);
  expect((await emails({ filter: { status: 'LOST' } })).emails).toEqual([]);
});

test('a lead for a UUID that CRM does not know, while Access Control is away, is an error, not a loss', async () => {
  const distributed = await startGraph('distributed');
  try {
    await distributed.stopSubgraph('access-control');
    const input = { tenantId: randomUUID(), email: 'jo@example.com' };
    expect(await distributed.refusal(SUBMIT, { input })).toBe('SUBGRAPH_UNAVAILABLE');
    expect(await distributed.database.query('SELECT FROM crm.lead')).toEqual([]);
  } finally {
    await distributed.stop();
  }
});
