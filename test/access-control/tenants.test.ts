import { NO_TENANT } from '../../shared/tenancy/no-tenant';
import { DIGIWEDGE_TENANT_ID } from '../../shared/tenancy/well-known-tenants';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, provisionedTenant, uniqueName } from '../testkit/seed';

const CREATE = `mutation ($input: CreateTenantInput!) {
  createTenant(input: $input) { id slug displayName status createdAt updatedAt registry { id } }
}`;
const UPDATE = `mutation ($id: ID!, $input: UpdateTenantInput!) {
  updateTenant(id: $id, input: $input) { id slug displayName updatedAt }
}`;
const BY_SLUG = 'query ($slug: String) { tenant(slug: $slug) { id slug displayName status updatedAt } }';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

const countTenants = async () =>
  (await graph.database.query<{ count: string }>('SELECT count(*) FROM access_control.tenant'))[0]?.count;

test('a tenant is created with a new id, active, and without a registry entry', async () => {
  const slug = uniqueName('royal');
  const { createTenant } = await graph.ask(CREATE, { input: { slug, displayName: '  Royal Golf Club ' } });
  expect(createTenant).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    slug,
    displayName: 'Royal Golf Club',
    status: 'ACTIVE',
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    updatedAt: createTenant.createdAt,
    registry: null,
  });
});

test('a tenant can be created with the id that was decided elsewhere', async () => {
  const { createTenant } = await graph.ask(CREATE, {
    input: { id: DIGIWEDGE_TENANT_ID.toUpperCase(), slug: 'digiwedge', displayName: 'DigiWedge' },
  });
  expect(createTenant.id).toBe(DIGIWEDGE_TENANT_ID);
});

test.each([
  ['capitals', { slug: 'Royal' }, 'input.slug'],
  ['an outer hyphen', { slug: '-royal' }, 'input.slug'],
  ['64 characters', { slug: 'a'.repeat(64) }, 'input.slug'],
  ['the shape of a UUID', { slug: 'fd3c07a1-8038-5e37-beb6-537fda68d644' }, 'input.slug'],
  ['an id that is no UUID', { id: '42' }, 'input.id'],
  ['the id that is nobody’s', { id: NO_TENANT }, 'input.id'],
  ['a blank name', { displayName: '   ' }, 'input.displayName'],
  ['a name of 201 characters', { displayName: 'x'.repeat(201) }, 'input.displayName'],
  ['a name that nobody sees', { displayName: '\u200b\u2060' }, 'input.displayName'],
  ['a name that is read backwards', { displayName: 'Club\u202ebulC' }, 'input.displayName'],
  ['a name with U+0000', { displayName: 'a\u0000b' }, 'input.displayName'],
])('%s is refused by name, and nothing is created', async (_what, wrong, path) => {
  const before = await countTenants();
  const input = { slug: uniqueName('wrong'), displayName: 'Right', ...wrong };
  const { status, errors } = await graph.request(CREATE, { input });
  expect(status).toBe(400);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
  expect(await countTenants()).toBe(before);
});

test('of twenty who create one slug at once, one wins and the others learn who took it', async () => {
  const slug = uniqueName('race');
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => graph.request(CREATE, { input: { slug, displayName: slug } })),
  );
  const refused = answers.filter((answer) => answer.errors);
  expect(refused).toHaveLength(19);
  for (const { status, errors } of refused) {
    expect(status).toBe(409);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', fields: [{ path: 'input.slug' }] });
  }
});

test('an update changes what is given and leaves the rest', async () => {
  const tenant = await provisionedTenant(graph);
  const slug = uniqueName('renamed');
  const { updateTenant } = await graph.ask(UPDATE, { id: tenant.id, input: { slug } });
  expect(updateTenant).toMatchObject({ id: tenant.id, slug, displayName: tenant.displayName });
  expect((await graph.ask(BY_SLUG, { slug: tenant.slug })).tenant).toBeNull();
});

test('an update to a taken slug is refused and changes nothing', async () => {
  const [one, other] = [await bareTenant(graph), await bareTenant(graph)];
  expect(await graph.refusal(UPDATE, { id: one.id, input: { slug: other.slug } })).toBe('CONFLICT');
  expect((await graph.ask(BY_SLUG, { slug: one.slug })).tenant.id).toBe(one.id);
});

test.each([{ slug: null }, { displayName: null }])('an update cannot empty %j', async (input) => {
  const { id } = await bareTenant(graph);
  expect(await graph.refusal(UPDATE, { id, input })).toBe('BAD_USER_INPUT');
});

test('an update that changes nothing leaves updatedAt as it was', async () => {
  const { id, slug } = await bareTenant(graph);
  const before = await graph.ask(BY_SLUG, { slug });
  await graph.ask(UPDATE, { id, input: { slug } });
  expect(await graph.ask(BY_SLUG, { slug })).toEqual(before);
});

test('a tenant is disabled and enabled again, each twice without harm', async () => {
  const { id, slug } = await bareTenant(graph);
  const set = (name: string) =>
    graph.ask(`mutation ($id: ID!) { ${name}(id: $id) { status updatedAt } }`, { id });
  const first = await set('disableTenant');
  expect(first.disableTenant.status).toBe('DISABLED');
  expect(await set('disableTenant')).toEqual(first);
  expect((await set('enableTenant')).enableTenant.status).toBe('ACTIVE');
  expect((await graph.ask(BY_SLUG, { slug })).tenant.status).toBe('ACTIVE');
});

test.each(['updateTenant(id: $id, input: {})', 'disableTenant(id: $id)', 'enableTenant(id: $id)'])(
  '%s of an unknown tenant is refused',
  async (field) => {
    const mutation = `mutation ($id: ID!) { ${field} { id } }`;
    expect(await graph.refusal(mutation, { id: '00000000-0000-4000-8000-000000000000' })).toBe(
      'TENANT_NOT_FOUND',
    );
    expect(await graph.refusal(mutation, { id: 'no-uuid' })).toBe('BAD_USER_INPUT');
  },
);

test.each([
  ['{ tenant { id } }', ['id', 'slug']],
  ['{ tenant(id: "fd3c07a1-8038-5e37-beb6-537fda68d644", slug: "digiwedge") { id } }', ['id', 'slug']],
  ['{ tenant(id: "42") { id } }', ['id']],
  ['{ tenant(slug: "NOT a slug") { id } }', ['slug']],
])('%s names the wrong arguments', async (query, paths) => {
  const { errors } = await graph.request(query);
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  expect(errors?.[0]?.extensions.fields?.map((field) => field.path)).toEqual(paths);
});

test('a look-up by an unknown id or slug answers null without an error', async () => {
  const query =
    '{ a: tenant(id: "00000000-0000-4000-8000-000000000000") { id } b: tenant(slug: "nobody") { id } }';
  expect(await graph.ask(query)).toEqual({ a: null, b: null });
});

describe('the list of tenants', () => {
  const LIST = `query ($first: Int, $after: String, $filter: TenantFilter) {
    tenants(first: $first, after: $after, filter: $filter) {
      totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { slug } }
    }
  }`;

  test('is read page by page, in the order of the slugs, each tenant once', async () => {
    for (let n = 0; n < 7; n += 1) await bareTenant(graph, 'paged');
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { tenants }: { tenants: Page } = await graph.ask(LIST, {
        first: 3,
        after,
        filter: { text: 'PAGED-' },
      });
      expect(tenants.totalCount).toBe(7);
      expect(tenants.pageInfo.hasPreviousPage).toBe(after !== null);
      seen.push(...tenants.edges.map((edge) => edge.node.slug));
      after = tenants.pageInfo.hasNextPage ? tenants.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toHaveLength(7);
    expect(seen).toEqual([...new Set(seen)].sort());
  });

  test('is filtered by status, text and enabled system', async () => {
    const stem = uniqueName('filter');
    const tenant = await provisionedTenant(graph, stem);
    const other = await bareTenant(graph, stem);
    await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id: other.id });
    const slugs = async (filter: object) => {
      const { tenants }: { tenants: Page } = await graph.ask(LIST, { filter: { text: stem, ...filter } });
      return tenants.edges.map((edge) => edge.node.slug);
    };
    expect((await slugs({})).sort()).toEqual([tenant.slug, other.slug].sort());
    expect(await slugs({ status: 'DISABLED' })).toEqual([other.slug]);
    expect(await slugs({ enabledSystem: 'CRM' })).toEqual([tenant.slug]);
    expect(await slugs({ text: '100%_' })).toEqual([]);
  });

  test.each([
    [{ first: 0 }, 'first'],
    [{ first: 101 }, 'first'],
    [{ first: -1 }, 'first'],
    [{ after: 'not-a-cursor' }, 'after'],
    [{ after: Buffer.from('["customers:x","a","b"]').toString('base64url') }, 'after'],
    [{ filter: { text: 'x'.repeat(201) } }, 'filter.text'],
  ])('refuses %j', async (variables, path) => {
    const { status, errors } = await graph.request(LIST, variables);
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
  });

  interface Page {
    totalCount: number;
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
    edges: { node: { slug: string } }[];
  }
});
