import { randomUUID } from 'node:crypto';
import { NO_TENANT } from '../../shared/tenancy/no-tenant';
import { startGraph, type TestGraph } from '../testkit/graph';
import { type ProvisionedTenant, provisionedTenant, sclTenantOf, uniqueName } from '../testkit/seed';
import { withSlowWrites } from '../testkit/slow-writes';

const CREATE = `mutation ($input: CreateSclTenantInput!) {
  createSclTenant(input: $input) { id code name createdAt updatedAt clubs { name } }
}`;
const UPDATE = `mutation ($id: ID!, $input: UpdateSclTenantInput!) {
  updateSclTenant(id: $id, input: $input) { id code name updatedAt }
}`;
const CREATE_CLUB = `mutation ($input: CreateSclClubInput!) {
  createSclClub(input: $input) { id name createdAt updatedAt sclTenant { id clubs { name } } }
}`;
const UPDATE_CLUB = `mutation ($id: ID!, $input: UpdateSclClubInput!) {
  updateSclClub(id: $id, input: $input) { id name updatedAt }
}`;
const BY_ID = 'query ($id: ID) { sclTenant(id: $id) { id code name updatedAt } }';
const OF_TENANT = 'query ($id: ID) { tenant(id: $id) { sclTenant { code clubs { name } } } }';
const NOBODY = '00000000-0000-4000-8000-000000000000';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

async function newSclTenant(values: Record<string, unknown> = {}) {
  const input = { code: uniqueName('SCL'), name: 'Fynbos Ridge', ...values };
  return (await graph.ask(CREATE, { input })).createSclTenant;
}

async function newSclClub(sclTenantId: string, name = 'Links') {
  return (await graph.ask(CREATE_CLUB, { input: { sclTenantId, name } })).createSclClub;
}

const setSystem = (name: string, { id }: ProvisionedTenant) =>
  graph.ask(`mutation ($id: ID!) { ${name}(tenantId: $id, system: SCL) { id } }`, { id });

const rowsOf = (table: string) => graph.database.query(`SELECT * FROM scl.${table} ORDER BY id`);

test('a tenant has the SCL tenant that its registry entry names, with its clubs, and the way back', async () => {
  const tenant = await provisionedTenant(graph);
  const { id, code } = await sclTenantOf(graph, tenant);
  await newSclClub(id, 'Links');
  await newSclClub(id, 'Bowls');
  expect(await graph.ask(OF_TENANT, { id: tenant.id })).toEqual({
    tenant: { sclTenant: { code, clubs: [{ name: 'Bowls' }, { name: 'Links' }] } },
  });
  const { sclTenant } = await graph.ask(
    'query ($code: String) { sclTenant(code: $code) { tenant { slug } } }',
    {
      code,
    },
  );
  expect(sclTenant.tenant.slug).toBe(tenant.slug);
});

describe('creating an SCL tenant', () => {
  test('is possible before the registry maps its code', async () => {
    const id = randomUUID();
    const created = await newSclTenant({ id: id.toUpperCase(), name: ' Marula Creek ' });
    expect(created).toMatchObject({ id, name: 'Marula Creek', updatedAt: created.createdAt, clubs: [] });
    const { sclTenant } = await graph.ask('query ($id: ID) { sclTenant(id: $id) { tenant { id } } }', { id });
    expect(sclTenant).toEqual({ tenant: null });
  });

  test.each([
    ['a code with a space', { code: 'two words' }, 'input.code'],
    ['a blank name', { name: ' ' }, 'input.name'],
    ['a name of 201 characters', { name: 'x'.repeat(201) }, 'input.name'],
    ['an id that is no UUID', { id: '42' }, 'input.id'],
    ['the id that is nobody’s', { id: NO_TENANT }, 'input.id'],
  ])('refuses %s by name, and creates nothing', async (_what, wrong, path) => {
    const before = await rowsOf('scl_tenant');
    const input = { code: uniqueName('SCL'), name: 'Right', ...wrong };
    const { status, errors } = await graph.request(CREATE, { input });
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
    expect(await rowsOf('scl_tenant')).toEqual(before);
  });

  test('with one code by two at once lets exactly one have it', async () => {
    const code = uniqueName('RACE');
    const answers = await Promise.all(
      ['A', 'B'].map((name) => graph.request(CREATE, { input: { code, name } })),
    );
    const refused = answers.filter((answer) => answer.errors);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.errors?.[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      fields: [{ path: 'input.code' }],
    });
    expect(await graph.database.query('SELECT FROM scl.scl_tenant WHERE code = $1', [code])).toHaveLength(1);
  });
});

describe('updating an SCL tenant', () => {
  test('changes what is given, and nothing when it is so already', async () => {
    const before = await newSclTenant();
    const { updateSclTenant } = await graph.ask(UPDATE, { id: before.id, input: { name: 'Renamed' } });
    expect(updateSclTenant).toMatchObject({ id: before.id, code: before.code, name: 'Renamed' });
    expect(updateSclTenant.updatedAt > before.updatedAt).toBe(true);
    const again = await graph.ask(UPDATE, { id: before.id, input: { name: 'Renamed' } });
    expect(again.updateSclTenant).toEqual(updateSclTenant);
  });

  test('changes a code that nobody maps', async () => {
    const { id } = await newSclTenant();
    const code = uniqueName('NEW');
    expect((await graph.ask(UPDATE, { id, input: { code } })).updateSclTenant.code).toBe(code);
  });

  test('refuses another code while the registry maps the present one, and changes nothing', async () => {
    const tenant = await provisionedTenant(graph);
    const { id } = await sclTenantOf(graph, tenant);
    const before = await graph.ask(BY_ID, { id });
    const { errors } = await graph.request(UPDATE, { id, input: { name: 'A', code: uniqueName('NEW') } });
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.code', constraint: 'mapped' }],
    });
    expect(await graph.ask(BY_ID, { id })).toEqual(before);
    await graph.ask(UPDATE, { id, input: { name: 'Renamed', code: tenant.sclTenantCode } });
  });

  test('refuses a taken code, an empty one, and a name of null, and changes nothing', async () => {
    const [one, other] = [await newSclTenant(), await newSclTenant()];
    const before = await graph.ask(BY_ID, { id: one.id });
    expect(await graph.refusal(UPDATE, { id: one.id, input: { code: other.code } })).toBe('CONFLICT');
    for (const input of [{ code: '' }, { code: null }, { name: null }]) {
      expect(await graph.refusal(UPDATE, { id: one.id, input })).toBe('BAD_USER_INPUT');
    }
    expect(await graph.ask(BY_ID, { id: one.id })).toEqual(before);
  });

  test('that nobody has is NOT_FOUND', async () => {
    expect(await graph.refusal(UPDATE, { id: NOBODY, input: { name: 'A' } })).toBe('NOT_FOUND');
    expect(await graph.refusal(UPDATE, { id: '42', input: { name: 'A' } })).toBe('BAD_USER_INPUT');
  });
});

describe('the clubs of an SCL tenant', () => {
  test('are created and renamed; each answer shows the list as it is by then', async () => {
    const { id: sclTenantId } = await newSclTenant();
    const { a, b } = await graph.ask(
      `mutation ($id: ID!) {
        a: createSclClub(input: { sclTenantId: $id, name: "Links" }) { id updatedAt sclTenant { clubs { name } } }
        b: createSclClub(input: { sclTenantId: $id, name: "Bowls" }) { sclTenant { clubs { name } } }
      }`,
      { id: sclTenantId },
    );
    expect(a.sclTenant.clubs).toEqual([{ name: 'Links' }]);
    expect(b.sclTenant.clubs).toEqual([{ name: 'Bowls' }, { name: 'Links' }]);
    const { updateSclClub } = await graph.ask(UPDATE_CLUB, { id: a.id, input: { name: 'Croquet' } });
    expect(updateSclClub).toMatchObject({ id: a.id, name: 'Croquet' });
    expect(updateSclClub.updatedAt > a.updatedAt).toBe(true);
    const { sclClub } = await graph.ask('query ($id: ID!) { sclClub(id: $id) { name } }', { id: a.id });
    expect(sclClub).toEqual({ name: 'Croquet' });
  });

  test('have names of their own: of two who create one at once, one wins', async () => {
    const { id: sclTenantId } = await newSclTenant();
    const answers = await Promise.all(
      [1, 2].map(() => graph.request(CREATE_CLUB, { input: { sclTenantId, name: 'Links' } })),
    );
    const refused = answers.filter((answer) => answer.errors);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.errors?.[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      fields: [{ path: 'input.name' }],
    });
    const bowls = await newSclClub(sclTenantId, 'Bowls');
    expect(await graph.refusal(UPDATE_CLUB, { id: bowls.id, input: { name: 'Links' } })).toBe('CONFLICT');
    expect(await newSclClub((await newSclTenant()).id, 'Links')).toMatchObject({ name: 'Links' });
  });

  test('are refused with wrong input, and nothing changes', async () => {
    const { id: sclTenantId } = await newSclTenant();
    const club = await newSclClub(sclTenantId);
    const before = await rowsOf('scl_club');
    const create = (input: object) => graph.refusal(CREATE_CLUB, { input });
    const update = (id: string, input: object) => graph.refusal(UPDATE_CLUB, { id, input });
    expect(await create({ sclTenantId: NOBODY, name: 'A' })).toBe('NOT_FOUND');
    expect(await create({ sclTenantId: '42', name: 'A' })).toBe('BAD_USER_INPUT');
    expect(await create({ sclTenantId, name: '' })).toBe('BAD_USER_INPUT');
    expect(await create({ sclTenantId, name: 'A', id: club.id })).toBe('CONFLICT');
    expect(await update(club.id, { name: null })).toBe('BAD_USER_INPUT');
    expect(await update(NOBODY, { name: 'A' })).toBe('NOT_FOUND');
    expect(await rowsOf('scl_club')).toEqual(before);
  });

  test('are a thousand at most', async () => {
    const { id: sclTenantId } = await newSclTenant();
    await graph.database.query(
      `INSERT INTO scl.scl_club (id, scl_tenant_id, name, created_by, updated_by)
       SELECT gen_random_uuid(), $1, 'Club ' || n, 'test', 'test' FROM generate_series(1, 999) n`,
      [sclTenantId],
    );
    const answers = await withSlowWrites(graph.database, 'scl.scl_club', () =>
      Promise.all(['A', 'B'].map((name) => graph.request(CREATE_CLUB, { input: { sclTenantId, name } }))),
    );
    const refused = answers.filter((answer) => answer.errors);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.sclTenantId', constraint: 'maxClubs' }],
    });
  });
});

test('while SCL is disabled for the tenant of a code, its field is null and every write is refused', async () => {
  const tenant = await provisionedTenant(graph);
  const { id, code } = await sclTenantOf(graph, tenant);
  const club = await newSclClub(id);
  await setSystem('disableSystem', tenant);
  const before = [await rowsOf('scl_tenant'), await rowsOf('scl_club')];

  expect(await graph.ask(OF_TENANT, { id: tenant.id })).toEqual({ tenant: { sclTenant: null } });
  expect(await graph.refusal(UPDATE, { id, input: { name: 'A' } })).toBe('SYSTEM_DISABLED');
  expect(await graph.refusal(CREATE, { input: { code, name: 'A' } })).toBe('SYSTEM_DISABLED');
  expect(await graph.refusal(CREATE_CLUB, { input: { sclTenantId: id, name: 'A' } })).toBe('SYSTEM_DISABLED');
  expect(await graph.refusal(UPDATE_CLUB, { id: club.id, input: { name: 'A' } })).toBe('SYSTEM_DISABLED');
  const unmapped = await newSclTenant();
  expect(await graph.refusal(UPDATE, { id: unmapped.id, input: { code } })).toBe('SYSTEM_DISABLED');
  await graph.database.query('DELETE FROM scl.scl_tenant WHERE id = $1', [unmapped.id]);
  expect([await rowsOf('scl_tenant'), await rowsOf('scl_club')]).toEqual(before);
  expect((await graph.ask(BY_ID, { id })).sclTenant.code).toBe(code);

  await setSystem('enableSystem', tenant);
  await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id: tenant.id });
  expect(await graph.refusal(UPDATE, { id, input: { name: 'A' } })).toBe('TENANT_DISABLED');
});

describe('looking SCL tenants up', () => {
  test('answers by id and by code, or null', async () => {
    const { id, code } = await newSclTenant();
    const query = `query ($id: ID, $code: String) {
      a: sclTenant(id: $id) { id } b: sclTenant(code: $code) { id } c: sclTenant(code: "nobody") { id }
      d: sclClub(id: "${NOBODY}") { id } }`;
    expect(await graph.ask(query, { id, code })).toEqual({ a: { id }, b: { id }, c: null, d: null });
  });

  test.each([
    ['{ sclTenant { id } }', ['id', 'code']],
    [`{ sclTenant(id: "${NOBODY}", code: "A") { id } }`, ['id', 'code']],
    ['{ sclTenant(id: "42") { id } }', ['id']],
    ['{ sclClub(id: "42") { id } }', ['id']],
    ['{ sclTenants(first: 0) { totalCount } }', ['first']],
    ['{ sclTenants(after: "foreign") { totalCount } }', ['after']],
  ])('refuses %s', async (query, paths) => {
    const { errors } = await graph.request(query);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors?.[0]?.extensions.fields?.map((field) => field.path)).toEqual(paths);
  });

  test('lists them page by page, in the order of their codes', async () => {
    const stem = uniqueName('LIST');
    for (const suffix of ['C', 'A', 'B']) await newSclTenant({ code: `${stem}-${suffix}` });
    const LIST = `query ($first: Int, $after: String, $text: String) {
      sclTenants(first: $first, after: $after, filter: { text: $text }) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { code } } } }`;
    const { sclTenants: one } = await graph.ask(LIST, { first: 2, text: stem.toLowerCase() });
    expect(one).toMatchObject({
      totalCount: 3,
      edges: [{ node: { code: `${stem}-A` } }, { node: { code: `${stem}-B` } }],
    });
    const { sclTenants: two } = await graph.ask(LIST, {
      first: 2,
      text: stem,
      after: one.pageInfo.endCursor,
    });
    expect(two).toMatchObject({
      pageInfo: { hasNextPage: false },
      edges: [{ node: { code: `${stem}-C` } }],
    });
  });
});

test('many tenants cost SCL one statement for their SCL tenants with the clubs', async () => {
  const stem = uniqueName('many');
  const tenants = await Promise.all(Array.from({ length: 12 }, () => provisionedTenant(graph, stem)));
  for (const tenant of tenants) await newSclClub((await sclTenantOf(graph, tenant)).id);
  const query = `query ($text: String) { tenants(first: 50, filter: { text: $text }) {
    edges { node { sclTenant { clubs { name } } } } } }`;
  const statements = await graph.countStatements(async () => {
    const answer = await graph.ask(query, { text: stem });
    expect(answer.tenants.edges).toEqual(
      tenants.map(() => ({ node: { sclTenant: { clubs: [{ name: 'Links' }] } } })),
    );
  });
  expect(statements.scl).toBe(1);
});
