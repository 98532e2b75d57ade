import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, provisionedTenant, uniqueName } from '../testkit/seed';
import { withSlowWrites } from '../testkit/slow-writes';

const FIELDS = `id tenantId tenantSlug authUserId email phoneNumber sclMemberId firstName lastName displayName status
  lifecycleStage tags engagementScore churnRiskScore lifetimeValue lastActivityAt activityCount30d bookingCount30d
  handicap homeClubId membershipTier memberSince emailOptIn createdAt updatedAt`;
const CREATE = `mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { ${FIELDS} } }`;
const UPDATE = `mutation ($id: ID!, $input: UpdateCustomerInput!) { updateCustomer(id: $id, input: $input) { ${FIELDS} } }`;
const BY_ID = `query ($id: ID!) { customer(id: $id) { ${FIELDS} } }`;
const OF_TENANT = `query ($id: ID, $first: Int, $after: String, $filter: CustomerFilter) { tenant(id: $id) {
  customers(first: $first, after: $after, filter: $filter) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { node { id email tenantSlug } } } } }`;
const NOBODY = '00000000-0000-4000-8000-000000000000';

interface TenantAnswer {
  customers: {
    totalCount: number;
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
    edges: { node: { email: string } }[];
  };
}

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

const countCustomers = async () =>
  (await graph.database.query<{ count: string }>('SELECT count(*) FROM crm.customer'))[0]?.count;

async function newCustomer(tenantId: string, values: Record<string, unknown> = {}) {
  const input = { tenantId, email: 'jo.smit@example.com', ...values };
  return (await graph.ask(CREATE, { input })).createCustomer;
}

const findCustomer = async (id: string) => (await graph.ask(BY_ID, { id })).customer;

describe('creating a customer', () => {
  test('normalises what it is known by, and answers the defaults', async () => {
    const tenant = await provisionedTenant(graph);
    const customer = await newCustomer(tenant.id.toUpperCase(), {
      email: ' Jo.Smit@Example.COM ',
      phoneNumber: '082 123 4567',
      firstName: ' Jo ',
      tags: ['vip', ' vip ', 'junior'],
      handicap: -1.4,
      homeClubId: NOBODY.toUpperCase(),
      memberSince: '2020-02-29T08:00:00Z',
    });
    expect(customer).toMatchObject({
      tenantId: tenant.id,
      tenantSlug: tenant.slug,
      authUserId: null,
      email: 'jo.smit@example.com',
      phoneNumber: '+27821234567',
      firstName: 'Jo',
      lastName: null,
      status: 'ACTIVE',
      lifecycleStage: 'SUBSCRIBER',
      tags: ['vip', 'junior'],
      engagementScore: 0,
      lifetimeValue: 0,
      handicap: -1.4,
      homeClubId: NOBODY,
      memberSince: '2020-02-29T08:00:00.000Z',
      emailOptIn: false,
      updatedAt: customer.createdAt,
    });
    expect(await findCustomer(customer.id)).toEqual(customer);
    const { tenant: found } = await graph.ask(OF_TENANT, { id: tenant.id });
    expect(found.customers.edges).toEqual([
      { node: { id: customer.id, email: customer.email, tenantSlug: tenant.slug } },
    ]);
  });

  test('for a tenant without a registry entry works, by its UUID', async () => {
    const { id, slug } = await bareTenant(graph);
    const customer = await newCustomer(id);
    expect(customer.tenantSlug).toBe(slug);
    const { tenant } = await graph.ask(OF_TENANT, { id });
    expect(tenant.customers.totalCount).toBe(1);
  });

  test('takes null for nothing, so that every field gets its default', async () => {
    const tenant = await provisionedTenant(graph);
    const bare = await newCustomer(tenant.id);
    const nothing = {
      status: null,
      lifecycleStage: null,
      tags: null,
      engagementScore: null,
      lifetimeValue: null,
    };
    const customer = await newCustomer(tenant.id, { ...nothing, firstName: null });
    for (const key of Object.keys(nothing)) expect(customer[key]).toEqual(bare[key]);
  });

  test.each([
    ['nothing to be known by', { email: null }, ['input.authUserId', 'input.email', 'input.phoneNumber']],
    ['a malformed tenant id', { tenantId: 'digiwedge' }, ['input.tenantId']],
    ['a malformed e-mail address', { email: 'jo' }, ['input.email']],
    ['no telephone number', { phoneNumber: '12' }, ['input.phoneNumber']],
    ['a blank name', { firstName: ' ' }, ['input.firstName']],
    ['a name whose characters count double', { firstName: 'a\uFE0F'.repeat(60) }, ['input.firstName']],
    ['a score above 100', { engagementScore: 101 }, ['input.engagementScore']],
    ['a score below 0', { churnRiskScore: -1 }, ['input.churnRiskScore']],
    ['a handicap above 54', { handicap: 54.1 }, ['input.handicap']],
    ['51 tags', { tags: Array.from({ length: 51 }, (_, index) => `t${index}`) }, ['input.tags']],
    ['an empty tag', { tags: [''] }, ['input.tags']],
    ['a tag with U+0000', { tags: ['a\u0000'] }, ['input.tags']],
    ['a login that cannot be stored', { authUserId: 'login-\ud800' }, ['input.authUserId']],
    ['a member number of 0', { sclMemberId: 0 }, ['input.sclMemberId']],
    ['a moment before 1900', { memberSince: '0000-01-01T00:00:00Z' }, ['input.memberSince']],
    ['two faults at once', { email: 'jo', lifetimeValue: -1 }, ['input.email', 'input.lifetimeValue']],
  ])('refuses %s by name, and creates nothing', async (_what, wrong, paths) => {
    const tenant = await provisionedTenant(graph);
    const before = await countCustomers();
    const { status, errors } = await graph.request(CREATE, {
      input: { tenantId: tenant.id, email: 'jo@example.com', ...wrong },
    });
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    // Each fault is told once.
    expect(errors?.[0]?.extensions.fields?.map(({ path }) => path).sort()).toEqual([...paths].sort());
    expect(await countCustomers()).toBe(before);
  });

  test('with one login by two at once lets exactly one have it; another tenant may use it too', async () => {
    const [tenant, other] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    const authUserId = uniqueName('auth0|jo');
    await newCustomer(other.id, { authUserId });
    const answers = await withSlowWrites(graph.database, 'crm.customer', () =>
      Promise.all([1, 2].map(() => graph.request(CREATE, { input: { tenantId: tenant.id, authUserId } }))),
    );
    const refused = answers.filter((answer) => answer.errors);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.errors?.[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      fields: [{ path: 'input.authUserId' }],
    });
    const { tenant: found } = await graph.ask(OF_TENANT, { id: tenant.id });
    expect(found.customers.totalCount).toBe(1);
  });
});

describe('updating a customer', () => {
  test('changes what is given, empties what may be empty, and leaves the rest', async () => {
    const { id: tenantId } = await provisionedTenant(graph);
    const customer = await newCustomer(tenantId, { firstName: 'Jo', lastName: 'Smit', tags: ['vip'] });
    const input = { firstName: null, lifecycleStage: 'MEMBER', tags: [], phoneNumber: '+27821234567' };
    const { updateCustomer } = await graph.ask(UPDATE, { id: customer.id, input });
    expect(updateCustomer).toEqual({ ...customer, ...input, updatedAt: expect.any(String) });
    expect(updateCustomer.updatedAt > customer.updatedAt).toBe(true);
    expect(await findCustomer(customer.id)).toEqual(updateCustomer);
  });

  test('to what it is already leaves updatedAt as it was', async () => {
    const { id: tenantId } = await provisionedTenant(graph);
    const customer = await newCustomer(tenantId, { tags: ['vip'], memberSince: '2020-01-01T00:00:00Z' });
    const input = { tags: ['vip'], memberSince: '2020-01-01T00:00:00Z', email: 'JO.SMIT@example.com' };
    expect((await graph.ask(UPDATE, { id: customer.id, input })).updateCustomer).toEqual(customer);
  });

  test.each([{ email: null }, { email: '' }, { tags: null }, { lifecycleStage: null }, { handicap: 99 }])(
    'refuses %j and changes nothing',
    async (input) => {
      const { id: tenantId } = await provisionedTenant(graph);
      const customer = await newCustomer(tenantId);
      expect(await graph.refusal(UPDATE, { id: customer.id, input })).toBe('BAD_USER_INPUT');
      expect(await findCustomer(customer.id)).toEqual(customer);
    },
  );

  test('to a login that is taken is refused and changes nothing', async () => {
    const { id: tenantId } = await provisionedTenant(graph);
    await newCustomer(tenantId, { authUserId: 'taken' });
    const customer = await newCustomer(tenantId);
    const input = { firstName: 'Jo', authUserId: 'taken' };
    expect(await graph.refusal(UPDATE, { id: customer.id, input })).toBe('CONFLICT');
    expect(await findCustomer(customer.id)).toEqual(customer);
  });

  test('by two at once never takes away the last thing it is known by', async () => {
    const { id: tenantId } = await provisionedTenant(graph);
    const { id } = await newCustomer(tenantId, { phoneNumber: '+27821234567' });
    const answers = await withSlowWrites(graph.database, 'crm.customer', () =>
      Promise.all(
        [{ email: null }, { phoneNumber: null }].map((input) => graph.request(UPDATE, { id, input })),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    const { email, phoneNumber } = await findCustomer(id);
    expect([email, phoneNumber].filter((key) => key !== null)).toHaveLength(1);
  });

  test('that nobody has is NOT_FOUND', async () => {
    expect(await graph.refusal(UPDATE, { id: NOBODY, input: { firstName: 'A' } })).toBe('NOT_FOUND');
    expect(await graph.refusal(UPDATE, { id: '42', input: { firstName: 'A' } })).toBe('BAD_USER_INPUT');
  });
});

describe('a tenant whose data cannot be changed', () => {
  const refusals = async (tenantId: string, id: string) => [
    await graph.refusal(CREATE, { input: { tenantId, email: 'new@example.com' } }),
    await graph.refusal(UPDATE, { id, input: { firstName: 'Renamed' } }),
  ];

  test('is refused when nobody has its id', async () => {
    const before = await countCustomers();
    const input = { tenantId: NOBODY, email: 'jo@example.com' };
    expect(await graph.refusal(CREATE, { input })).toBe('TENANT_NOT_FOUND');
    expect(await countCustomers()).toBe(before);
  });

  test('is refused while disabled, but can be read', async () => {
    const tenant = await provisionedTenant(graph);
    const customer = await newCustomer(tenant.id);
    await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id: tenant.id });
    expect(await refusals(tenant.id, customer.id)).toEqual(['TENANT_DISABLED', 'TENANT_DISABLED']);
    const { tenant: found } = await graph.ask(OF_TENANT, { id: tenant.id });
    expect(found.customers.totalCount).toBe(1);
    expect(await findCustomer(customer.id)).toEqual(customer);
  });

  test('is refused while CRM is disabled, and its lists are empty without an error', async () => {
    const tenant = await provisionedTenant(graph);
    const customer = await newCustomer(tenant.id);
    const set = (name: string) =>
      graph.ask(`mutation ($id: ID!) { ${name}(tenantId: $id, system: CRM) { id } }`, { id: tenant.id });
    await set('disableSystem');
    expect(await refusals(tenant.id, customer.id)).toEqual(['SYSTEM_DISABLED', 'SYSTEM_DISABLED']);
    const lists = `query ($id: ID) { tenant(id: $id) { customers { totalCount edges { node { id } } }
      leads { totalCount } segments { id } journeys { id } } }`;
    expect(await graph.ask(lists, { id: tenant.id })).toEqual({
      tenant: {
        customers: { totalCount: 0, edges: [] },
        leads: { totalCount: 0 },
        segments: [],
        journeys: [],
      },
    });
    expect(await findCustomer(customer.id)).toEqual(customer);
    await set('enableSystem');
    const { tenant: found } = await graph.ask(OF_TENANT, { id: tenant.id });
    expect(found.customers.totalCount).toBe(1);
  });
});

describe('the list of customers', () => {
  /** One minute apart, of which two share the youngest moment. */
  const writeCustomers = (tenantIds: string[], count: number) =>
    graph.database.query(
      `INSERT INTO crm.customer (id, tenant_id, tenant_slug, email, first_name, last_name, status, lifecycle_stage,
         tags, created_at, created_by, updated_by)
       SELECT gen_random_uuid(), t.id, t.slug, 'c' || n || '@example.com', 'Jo', 'No ' || n,
         CASE n WHEN 2 THEN 'INACTIVE' ELSE 'ACTIVE' END, CASE n WHEN 3 THEN 'MEMBER' ELSE 'LEAD' END,
         CASE n WHEN 4 THEN '{vip}' ELSE '{}' END::text[],
         '2026-01-11T08:30:00Z'::timestamptz - greatest(n, 2) * interval '1 minute', 'test', 'test'
       FROM crm.tenant t, generate_series(1, $2::int) n WHERE t.id = ANY ($1::uuid[])`,
      [tenantIds, count],
    );

  async function tenantWithCustomers(count: number) {
    const tenant = await provisionedTenant(graph);
    const { id } = await newCustomer(tenant.id);
    await graph.database.query('DELETE FROM crm.customer WHERE id = $1', [id]);
    await writeCustomers([tenant.id], count);
    return tenant;
  }

  test('is read page by page, newest first, each once', async () => {
    const { id } = await tenantWithCustomers(7);
    const read = async (after: string | null): Promise<TenantAnswer['customers']> =>
      (await graph.ask(OF_TENANT, { id, first: 3, after })).tenant.customers;
    const seen: string[] = [];
    for (let after: string | null = null, isLast = false; !isLast; ) {
      const { totalCount, pageInfo, edges } = await read(after);
      expect(totalCount).toBe(7);
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      seen.push(...edges.map(({ node }) => node.email));
      after = pageInfo.endCursor;
      isLast = !pageInfo.hasNextPage;
    }
    expect(seen.slice(0, 2).sort()).toEqual(['c1@example.com', 'c2@example.com']);
    expect(seen.slice(2)).toEqual([3, 4, 5, 6, 7].map((n) => `c${n}@example.com`));
  });

  test.each([
    [{ status: 'INACTIVE' }, [2]],
    [{ lifecycleStage: 'MEMBER' }, [3]],
    [{ tag: 'vip' }, [4]],
    [{ tag: 'VIP' }, []],
    [{ email: ' C5@Example.com' }, [5]],
    [{ text: 'jo no 1' }, [1]],
    [{ text: 'C2@EX' }, [2]],
    [{ text: '%' }, []],
    [{ text: 'no', status: 'ACTIVE', lifecycleStage: 'LEAD' }, [1, 4, 5]],
  ])('filtered by %j answers the customers %j, also at the top of the graph', async (filter, numbers) => {
    const { id } = await tenantWithCustomers(5);
    const emails = numbers.map((n) => `c${n}@example.com`);
    const { tenant } = await graph.ask(OF_TENANT, { id, filter });
    const found = tenant.customers.edges.map((edge: { node: { email: string } }) => edge.node.email);
    expect(found.sort()).toEqual(emails);
    expect(tenant.customers.totalCount).toBe(emails.length);
    const top = `query ($id: ID!, $filter: CustomerFilter) { customers(tenantId: $id, filter: $filter) { totalCount } }`;
    expect((await graph.ask(top, { id, filter })).customers.totalCount).toBe(emails.length);
  });

  test.each([
    ['first: 0', 'first'],
    ['first: 1000', 'first'],
    ['filter: { text: "" }', 'filter.text'],
    ['filter: { phoneNumber: "nobody" }', 'filter.phoneNumber'],
  ])('refuses %s, also where CRM is disabled', async (argument, path) => {
    const tenant = await provisionedTenant(graph);
    for (const system of ['enableSystem', 'disableSystem']) {
      await graph.ask(`mutation { ${system}(tenantId: "${tenant.id}", system: CRM) { id } }`);
      const { errors } = await graph.request(
        `{ tenant(id: "${tenant.id}") { customers(${argument}) { totalCount } } }`,
      );
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
    }
  });

  test("refuses another tenant's cursor, and what is no cursor", async () => {
    const [one, other] = [await tenantWithCustomers(2), await tenantWithCustomers(2)];
    const { tenant } = await graph.ask(OF_TENANT, { id: one.id, first: 1 });
    const after = tenant.customers.pageInfo.endCursor;
    for (const foreign of [after, 'foreign', '']) {
      const { errors } = await graph.request(OF_TENANT, { id: other.id, first: 1, after: foreign });
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'after' }] });
    }
  });

  test('of fifty tenants costs CRM as many statements as of one', async () => {
    const stem = uniqueName('fifty');
    const tenants = await Promise.all(Array.from({ length: 50 }, () => bareTenant(graph, stem)));
    await Promise.all(tenants.map(({ id }) => newCustomer(id)));
    const query = `query ($first: Int, $text: String) { tenants(first: $first, filter: { text: $text }) { edges { node {
      customers(first: 5) { totalCount edges { node { email } } } leads { totalCount edges { node { id } } }
      segments { name memberCount } journeys { name steps { type } } } } } }`;
    const cost = async (first: number) =>
      (await graph.countStatements(() => graph.ask(query, { first, text: stem }))).crm;
    expect([await cost(1), await cost(50)]).toEqual([3, 3]);
  });
});

test('a customer that nobody has is null', async () => {
  expect(await graph.ask(BY_ID, { id: NOBODY })).toEqual({ customer: null });
  expect(await graph.refusal(BY_ID, { id: '42' })).toBe('BAD_USER_INPUT');
});
