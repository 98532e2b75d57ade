import { startGraph, type TestGraph } from '../testkit/graph';
import { provisionedTenant, uniqueName } from '../testkit/seed';
import { withSlowWrites } from '../testkit/slow-writes';

const CRITERIA = `criteria { combinator rules { field operator values }
  groups { combinator rules { field operator values } groups { combinator } } }`;
const FIELDS = `id tenantId tenantSlug name description type isActive isSystem packKey packVersion memberCount
  ${CRITERIA} createdAt updatedAt`;
const CREATE = `mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { ${FIELDS} } }`;
const UPDATE = `mutation ($id: ID!, $input: UpdateSegmentInput!) { updateSegment(id: $id, input: $input) { ${FIELDS} } }`;
const BY_ID = `query ($id: ID!) { segment(id: $id) { ${FIELDS} } }`;
const OF_TENANT = 'query ($id: ID) { tenant(id: $id) { segments { id name isSystem memberCount } } }';
const MEMBERS = `query ($id: ID!, $first: Int, $after: String) { segment(id: $id) {
  members(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { email } } } } }`;
const NEW_CUSTOMER = 'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }';
const INSTALL = `mutation ($tenantId: ID!) { installTemplatePack(tenantId: $tenantId, pack: CLUB) {
  segments { ${FIELDS} } } }`;
const NOBODY = '00000000-0000-4000-8000-000000000000';

const rule = (field: string, operator: string, ...values: string[]) => ({ field, operator, values });
const engaged = { rules: [rule('engagementScore', 'gt', '80')] };

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

async function newSegment(tenantId: string, values: Record<string, unknown> = {}) {
  const input = { tenantId, name: uniqueName('segment'), criteria: engaged, ...values };
  return (await graph.ask(CREATE, { input })).createSegment;
}

const findSegment = async (id: string) => (await graph.ask(BY_ID, { id })).segment;
const segmentsOf = async (id: string) => (await graph.ask(OF_TENANT, { id })).tenant.segments;

/** Customers `a`, `b`, … with these fields each. */
async function newCustomers(tenantId: string, ...customers: Record<string, unknown>[]) {
  for (const [index, values] of customers.entries()) {
    const email = `${String.fromCharCode(97 + index)}@example.com`;
    await graph.ask(NEW_CUSTOMER, { input: { tenantId, email, ...values } });
  }
}

describe('creating a segment', () => {
  test('answers it with its defaults and its members, and the tenant has it', async () => {
    const tenant = await provisionedTenant(graph);
    await newCustomers(tenant.id, { engagementScore: 90 }, { engagementScore: 80 });
    const segment = await newSegment(tenant.id, { name: ' Engaged ', description: 'Above 80' });
    expect(segment).toMatchObject({
      tenantId: tenant.id,
      tenantSlug: tenant.slug,
      name: 'Engaged',
      description: 'Above 80',
      type: 'DYNAMIC',
      isActive: true,
      isSystem: false,
      packKey: null,
      packVersion: null,
      memberCount: 1,
      criteria: { combinator: 'AND', ...engaged, groups: [] },
    });
    expect(await findSegment(segment.id)).toEqual(segment);
    expect(await segmentsOf(tenant.id)).toEqual([
      { id: segment.id, name: 'Engaged', isSystem: false, memberCount: 1 },
    ]);
  });

  test('without criteria has no members', async () => {
    const { id } = await provisionedTenant(graph);
    await newCustomers(id, {});
    const segment = await newSegment(id, { type: 'STATIC', criteria: null });
    expect(segment).toMatchObject({ type: 'STATIC', criteria: null, memberCount: 0 });
    expect((await graph.ask(MEMBERS, { id: segment.id })).segment.members.totalCount).toBe(0);
  });

  test.each([
    ['a blank name', { name: ' ' }, 'input.name'],
    ['a malformed tenant id', { tenantId: 'digiwedge' }, 'input.tenantId'],
    ['a DYNAMIC segment without criteria', { criteria: null }, 'input.criteria'],
    ['criteria without rules', { criteria: {} }, 'input.criteria'],
    [
      'an operator that the field does not take',
      { criteria: { rules: [rule('status', 'gt', 'ACTIVE')] } },
      'input.criteria.rules.0.operator',
    ],
    [
      'a value that the field cannot have',
      { criteria: { groups: [{ rules: [rule('handicap', 'isNull'), rule('memberSince', 'lt', 'soon')] }] } },
      'input.criteria.groups.0.rules.1.values.0',
    ],
    [
      'a value that cannot be stored',
      { criteria: { rules: [rule('membershipTier', 'eq', 'a\ud800')] } },
      'input.criteria.rules.0.values.0',
    ],
    ['a description that cannot be stored', { description: 'a\ud800' }, 'input.description'],
  ])('refuses %s by its path, and creates nothing', async (_what, wrong, path) => {
    const tenant = await provisionedTenant(graph);
    const { status, errors } = await graph.request(CREATE, {
      input: { tenantId: tenant.id, name: 'Wrong', criteria: engaged, ...wrong },
    });
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
    expect(await segmentsOf(tenant.id)).toEqual([]);
  });

  test('of one name by two at once lets exactly one be; another tenant may use it too', async () => {
    const [tenant, other] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    await newSegment(other.id, { name: 'Race' });
    const input = { tenantId: tenant.id, name: 'Race', criteria: engaged };
    const answers = await withSlowWrites(graph.database, 'crm.segment', () =>
      Promise.all([1, 2].map(() => graph.request(CREATE, { input }))),
    );
    const refused = answers.filter((answer) => answer.errors);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.errors?.[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      fields: [{ path: 'input.name' }],
    });
    expect(await segmentsOf(tenant.id)).toHaveLength(1);
  });

  test('stops at 200, also when two come at once', async () => {
    const tenant = await provisionedTenant(graph);
    await newSegment(tenant.id);
    await graph.database.query(
      `INSERT INTO crm.segment (id, tenant_id, tenant_slug, name, type, created_by, updated_by)
       SELECT gen_random_uuid(), id, slug, 'Segment ' || n, 'STATIC', 'test', 'test'
       FROM crm.tenant, generate_series(1, 198) n WHERE id = $1`,
      [tenant.id],
    );
    const answers = await withSlowWrites(graph.database, 'crm.segment', () =>
      Promise.all(
        ['One', 'Other'].map((name) =>
          graph.request(CREATE, { input: { tenantId: tenant.id, name, criteria: engaged } }),
        ),
      ),
    );
    const refused = answers.filter((answer) => answer.errors);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.tenantId', constraint: 'maxSegments' }],
    });
    expect(await segmentsOf(tenant.id)).toHaveLength(200);
  });

  test('is refused while CRM is disabled, and so is a change', async () => {
    const tenant = await provisionedTenant(graph);
    const segment = await newSegment(tenant.id);
    await graph.ask('mutation ($id: ID!) { disableSystem(tenantId: $id, system: CRM) { id } }', {
      id: tenant.id,
    });
    const input = { tenantId: tenant.id, name: 'Late', criteria: engaged };
    expect(await graph.refusal(CREATE, { input })).toBe('SYSTEM_DISABLED');
    expect(await graph.refusal(UPDATE, { id: segment.id, input: { isActive: false } })).toBe(
      'SYSTEM_DISABLED',
    );
    expect(await findSegment(segment.id)).toEqual(segment);
  });
});

describe('updating a segment', () => {
  test('changes what is given, and counts anew', async () => {
    const tenant = await provisionedTenant(graph);
    await newCustomers(tenant.id, { engagementScore: 90 }, { tags: ['vip'] }, { tags: ['vip', 'junior'] });
    const segment = await newSegment(tenant.id);
    const criteria = { combinator: 'OR', rules: [rule('tags', 'contains', 'vip')], groups: [] };
    const input = { name: uniqueName('vip'), description: 'VIP', criteria, isActive: false };
    const { updateSegment } = await graph.ask(UPDATE, { id: segment.id, input });
    expect(updateSegment).toEqual({ ...segment, ...input, memberCount: 2, updatedAt: expect.any(String) });
    expect(await findSegment(segment.id)).toEqual(updateSegment);
    expect((await graph.ask(UPDATE, { id: segment.id, input })).updateSegment).toEqual(updateSegment);
  });

  test.each([
    { name: null },
    { name: '' },
    { isActive: null },
    { criteria: null },
    { criteria: { rules: [rule('handicap', 'eq', 'low')] } },
  ])('refuses %j and changes nothing', async (input) => {
    const { id } = await provisionedTenant(graph);
    const segment = await newSegment(id);
    expect(await graph.refusal(UPDATE, { id: segment.id, input })).toBe('BAD_USER_INPUT');
    expect(await findSegment(segment.id)).toEqual(segment);
  });

  test('to a taken name is refused and changes nothing', async () => {
    const { id } = await provisionedTenant(graph);
    const [one, other] = [await newSegment(id), await newSegment(id)];
    const input = { isActive: false, name: other.name };
    expect(await graph.refusal(UPDATE, { id: one.id, input })).toBe('CONFLICT');
    expect(await findSegment(one.id)).toEqual(one);
  });

  test('of a template pack refuses name and criteria, and takes the rest', async () => {
    const tenant = await provisionedTenant(graph);
    const { installTemplatePack } = await graph.ask(INSTALL, { tenantId: tenant.id });
    const [segment] = installTemplatePack.segments;
    for (const [input, path] of [
      [{ isActive: false, name: 'Mine' }, 'input.name'],
      [{ isActive: false, criteria: engaged }, 'input.criteria'],
    ]) {
      const { errors } = await graph.request(UPDATE, { id: segment.id, input });
      expect(errors?.[0]?.extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path, constraint: 'system' }],
      });
    }
    expect(await findSegment(segment.id)).toEqual(segment);
    const same = { name: segment.name, criteria: { ...segment.criteria, groups: [] }, isActive: false };
    const { updateSegment } = await graph.ask(UPDATE, { id: segment.id, input: same });
    expect(updateSegment).toEqual({ ...segment, isActive: false, updatedAt: expect.any(String) });
  });

  test('that nobody has is NOT_FOUND', async () => {
    expect(await graph.refusal(UPDATE, { id: NOBODY, input: { name: 'A' } })).toBe('NOT_FOUND');
    expect(await graph.ask(BY_ID, { id: NOBODY })).toEqual({ segment: null });
  });
});

describe('the members of a segment', () => {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

  test.each([
    ['a number', rule('lifetimeValue', 'gte', '500'), 'a'],
    ['a fraction', rule('handicap', 'in', '12.4', '7'), 'a'],
    ['an absent number', rule('handicap', 'isNull'), 'bc'],
    ['a choice', rule('lifecycleStage', 'in', 'MEMBER', 'LEAD'), 'ab'],
    ['another choice', rule('status', 'neq', 'ACTIVE'), 'c'],
    ['a text in other capitals', rule('membershipTier', 'eq', 'Platinum'), 'a'],
    ['one of several texts', rule('membershipTier', 'in', 'gold', 'PLATINUM'), 'ab'],
    ['a part of a text', rule('membershipTier', 'contains', 'OL'), 'b'],
    ['any other text, or none', rule('membershipTier', 'neq', 'platinum'), 'bc'],
    ['a time from now', rule('lastBookingAt', 'gte', 'now-30d'), 'a'],
    ['a time before', rule('lastBookingAt', 'lt', 'now-30d'), 'b'],
    ['a time as a date', rule('lastBookingAt', 'gt', '1999-12-31'), 'ab'],
    ['a tag', rule('tags', 'contains', 'vip'), 'a'],
    ['any of several tags', rule('tags', 'in', 'vip', 'junior'), 'ab'],
    ['no tags', rule('tags', 'isNull'), 'c'],
    ['an id', rule('homeClubId', 'eq', NOBODY.toUpperCase()), 'a'],
    ['consent', rule('emailOptIn', 'eq', 'false'), 'abc'],
  ])('meet %s', async (_what, given, letters) => {
    const { id } = await provisionedTenant(graph);
    await newCustomers(
      id,
      {
        lifetimeValue: 500,
        handicap: 12.4,
        lifecycleStage: 'MEMBER',
        membershipTier: 'PLATINUM',
        lastBookingAt: daysAgo(29),
        tags: ['vip'],
        homeClubId: NOBODY,
      },
      { lifecycleStage: 'LEAD', membershipTier: 'Gold', lastBookingAt: daysAgo(31), tags: ['junior', 'x'] },
      { status: 'INACTIVE' },
    );
    const segment = await newSegment(id, { criteria: { rules: [given] } });
    const { members } = (await graph.ask(MEMBERS, { id: segment.id })).segment;
    const emails = members.edges.map((edge: { node: { email: string } }) => edge.node.email);
    expect(emails.sort()).toEqual([...letters].map((letter) => `${letter}@example.com`));
    expect([segment.memberCount, members.totalCount]).toEqual([letters.length, letters.length]);
  });

  test('are read page by page, newest first, and are of the tenant alone', async () => {
    const [tenant, other] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    await newCustomers(other.id, { engagementScore: 99 });
    await newCustomers(tenant.id, ...Array(5).fill({ engagementScore: 90 }), { engagementScore: 1 });
    const { id } = await newSegment(tenant.id);
    const read = async (after: string | null) =>
      (await graph.ask(MEMBERS, { id, first: 3, after })).segment.members;
    const one = await read(null);
    const two = await read(one.pageInfo.endCursor);
    expect([one.totalCount, one.pageInfo.hasNextPage, two.pageInfo.hasNextPage]).toEqual([5, true, false]);
    const emails = [...one.edges, ...two.edges].map((edge: { node: { email: string } }) => edge.node.email);
    expect(emails).toEqual(['e', 'd', 'c', 'b', 'a'].map((letter) => `${letter}@example.com`));
    const otherSegment = await newSegment(tenant.id);
    const foreign = { id: otherSegment.id, after: one.pageInfo.endCursor };
    expect(await graph.refusal(MEMBERS, foreign)).toBe('BAD_USER_INPUT');
  });

  test('of all segments cost one statement, and so do their counts', async () => {
    const tenant = await provisionedTenant(graph);
    await newCustomers(tenant.id, { engagementScore: 90 });
    await graph.ask(INSTALL, { tenantId: tenant.id });
    const query = `query ($id: ID) { tenant(id: $id) { segments { name memberCount
      members(first: 2) { totalCount edges { node { email } } } } } }`;
    expect((await graph.countStatements(() => graph.ask(query, { id: tenant.id }))).crm).toBe(3);
  });
});

test.each([
  ['its shape is unknown', { combinator: 'XOR', rules: [], groups: [] }],
  ['a value is not one of its field', { combinator: 'AND', rules: [rule('emailOptIn', 'eq', 'maybe')] }],
])(
  'stored criteria that cannot be read, as %s, are a defect and not the input of the reader',
  async (_, criteria) => {
    const { id: tenantId } = await provisionedTenant(graph);
    const { id } = await newSegment(tenantId);
    await graph.database.query('UPDATE crm.segment SET criteria = $2 WHERE id = $1', [id, criteria]);
    expect(await graph.refusal(BY_ID, { id })).toBe('INTERNAL_SERVER_ERROR');
  },
);

test("a tenant's segments are those of packs first, then by name", async () => {
  const tenant = await provisionedTenant(graph);
  await newSegment(tenant.id, { name: 'Aardvarks' });
  await newSegment(tenant.id, { name: 'Zebras' });
  await graph.ask(INSTALL, { tenantId: tenant.id });
  const segments = await segmentsOf(tenant.id);
  expect(segments.map(({ isSystem }: { isSystem: boolean }) => isSystem)).toEqual([
    ...Array(segments.length - 2).fill(true),
    false,
    false,
  ]);
  expect(segments.slice(-2).map(({ name }: { name: string }) => name)).toEqual(['Aardvarks', 'Zebras']);
});
