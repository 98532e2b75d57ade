import { randomUUID } from 'node:crypto';
import { NO_TENANT } from '../../shared/tenancy/no-tenant';
import { publishedDuring } from '../events/outbox-rows';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, provisionedTenant, uniqueName } from '../testkit/seed';
import { withSlowWrites } from '../testkit/slow-writes';

const FIELDS = 'id clubCode name tenantId status location timezone createdAt updatedAt';
const CREATE = `mutation ($input: CreateClubInput!) { createClub(input: $input) { ${FIELDS} } }`;
const UPDATE = `mutation ($id: ID!, $input: UpdateClubInput!) { updateClub(id: $id, input: $input) { ${FIELDS} } }`;
const BY_ID = `query ($id: ID) { club(id: $id) { ${FIELDS} tenant { id slug } } }`;
const OF_TENANT = 'query ($id: ID) { tenant(id: $id) { clubs { clubCode name } } }';
const NOBODY = '00000000-0000-4000-8000-000000000000';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

const countClubs = async () =>
  (await graph.database.query<{ count: string }>('SELECT count(*) FROM teetime.club'))[0]?.count;

async function newClub(values: { tenantId: string } & Record<string, unknown>) {
  const input = { clubCode: uniqueName('CLUB'), name: 'Fynbos Ridge', ...values };
  return (await graph.ask(CREATE, { input })).createClub;
}

describe('creating a club', () => {
  test('answers it with its defaults, and the tenant has it', async () => {
    const tenant = await provisionedTenant(graph);
    const club = await newClub({ tenantId: tenant.id.toUpperCase(), name: '  Fynbos Ridge ' });
    expect(club).toMatchObject({
      name: 'Fynbos Ridge',
      tenantId: tenant.id,
      status: 'ACTIVE',
      location: null,
      timezone: 'Africa/Johannesburg',
      updatedAt: club.createdAt,
    });
    expect((await graph.ask(BY_ID, { id: club.id })).club).toEqual({
      ...club,
      tenant: { id: tenant.id, slug: tenant.slug },
    });
    expect((await graph.ask(OF_TENANT, { id: tenant.id })).tenant.clubs).toEqual([
      { clubCode: club.clubCode, name: 'Fynbos Ridge' },
    ]);
  });

  test('takes an id that was decided elsewhere, once', async () => {
    const tenant = await provisionedTenant(graph);
    const id = randomUUID();
    const given = {
      tenantId: tenant.id,
      id: id.toUpperCase(),
      location: 'Hermanus',
      timezone: 'EUROPE/london',
    };
    expect(await newClub({ ...given, status: 'INACTIVE' })).toMatchObject({
      id,
      location: 'Hermanus',
      timezone: 'Europe/London',
      status: 'INACTIVE',
    });
    const { errors } = await graph.request(CREATE, {
      input: { ...given, clubCode: uniqueName('C'), name: 'B' },
    });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', fields: [{ path: 'input.id' }] });
  });

  test.each([
    ['a club code with a space', { clubCode: 'two words' }, 'input.clubCode'],
    ['a club code of 65 characters', { clubCode: 'x'.repeat(65) }, 'input.clubCode'],
    ['a blank name', { name: '  ' }, 'input.name'],
    ['a name of 201 characters', { name: 'x'.repeat(201) }, 'input.name'],
    ['a name whose characters count double in the database', { name: 'a\uFE0F'.repeat(150) }, 'input.name'],
    ['a tenant id that is no UUID', { tenantId: 'digiwedge' }, 'input.tenantId'],
    ['an id that is no UUID', { id: '42' }, 'input.id'],
    ['the id that is nobody’s', { id: NO_TENANT }, 'input.id'],
    ['a location of 201 characters', { location: 'x'.repeat(201) }, 'input.location'],
    ['a time zone that does not exist', { timezone: 'Africa/Atlantis' }, 'input.timezone'],
    ['an offset as time zone', { timezone: '+02:00' }, 'input.timezone'],
  ])('refuses %s by name, and creates nothing', async (_what, wrong, path) => {
    const tenant = await provisionedTenant(graph);
    const before = await countClubs();
    const input = { clubCode: uniqueName('C'), name: 'Right', tenantId: tenant.id, ...wrong };
    const { status, errors } = await graph.request(CREATE, { input });
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
    expect(await countClubs()).toBe(before);
  });

  test('refuses an id that the registry maps to another tenant, and takes one that it maps to this one', async () => {
    const [one, other] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    const id = randomUUID();
    await graph.ask('mutation ($t: ID!, $c: ID!) { addTeeTimeClub(tenantId: $t, clubId: $c) { id } }', {
      t: one.id,
      c: id,
    });
    const { errors } = await graph.request(CREATE, {
      input: { clubCode: uniqueName('C'), name: 'A', tenantId: other.id, id },
    });
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      fields: [{ path: 'input.id', constraint: 'state' }],
    });
    expect(await newClub({ tenantId: one.id, id })).toMatchObject({ id, tenantId: one.id });
  });

  test('with one code by two at once lets exactly one have it', async () => {
    const [one, other] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    const clubCode = uniqueName('RACE');
    const answers = await withSlowWrites(graph.database, 'teetime.club', () =>
      Promise.all(
        [one, other].map(({ id }) => graph.request(CREATE, { input: { clubCode, name: 'A', tenantId: id } })),
      ),
    );
    const refused = answers.filter((answer) => answer.errors);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.status).toBe(409);
    expect(refused[0]?.errors?.[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      fields: [{ path: 'input.clubCode' }],
    });
    const rows = await graph.database.query('SELECT FROM teetime.club WHERE club_code = $1', [clubCode]);
    expect(rows).toHaveLength(1);
  });
});

describe('a tenant that cannot have clubs', () => {
  const refusals = async (tenantId: string, clubId: string) => [
    await graph.refusal(CREATE, { input: { clubCode: uniqueName('C'), name: 'A', tenantId } }),
    await graph.refusal(UPDATE, { id: clubId, input: { name: 'Renamed' } }),
  ];

  test('is refused when nobody has its id', async () => {
    const before = await countClubs();
    const input = { clubCode: uniqueName('C'), name: 'A', tenantId: NOBODY };
    expect(await graph.refusal(CREATE, { input })).toBe('TENANT_NOT_FOUND');
    expect(await countClubs()).toBe(before);
  });

  test('is refused while disabled, and nothing changes', async () => {
    const tenant = await provisionedTenant(graph);
    const club = await newClub({ tenantId: tenant.id });
    await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id: tenant.id });
    const before = await countClubs();
    expect(await refusals(tenant.id, club.id)).toEqual(['TENANT_DISABLED', 'TENANT_DISABLED']);
    expect(await countClubs()).toBe(before);
    expect((await graph.ask(BY_ID, { id: club.id })).club).toMatchObject(club);
  });

  test('is refused while TeeTime is disabled, and its list is empty without an error', async () => {
    const tenant = await provisionedTenant(graph);
    const club = await newClub({ tenantId: tenant.id });
    const set = (name: string) =>
      graph.ask(`mutation ($id: ID!) { ${name}(tenantId: $id, system: TEETIME) { id } }`, { id: tenant.id });
    await set('disableSystem');
    expect(await refusals(tenant.id, club.id)).toEqual(['SYSTEM_DISABLED', 'SYSTEM_DISABLED']);
    expect(await graph.ask(OF_TENANT, { id: tenant.id })).toEqual({ tenant: { clubs: [] } });
    expect((await graph.ask(BY_ID, { id: club.id })).club).toMatchObject(club);
    await set('enableSystem');
    expect((await graph.ask(OF_TENANT, { id: tenant.id })).tenant.clubs).toHaveLength(1);
  });
});

test('a tenant without a registry entry has clubs all the same, by its UUID', async () => {
  const { id } = await bareTenant(graph);
  const club = await newClub({ tenantId: id });
  const { tenant } = await graph.ask('query ($id: ID) { tenant(id: $id) { registry { id } clubs { id } } }', {
    id,
  });
  expect(tenant).toEqual({ registry: null, clubs: [{ id: club.id }] });
});

describe('updating a club', () => {
  test('changes what is given, empties what may be empty, and leaves the rest', async () => {
    const tenant = await provisionedTenant(graph);
    const club = await newClub({ tenantId: tenant.id, location: 'Hermanus' });
    const input = { name: 'Marula Creek', status: 'INACTIVE', location: null };
    const { updateClub } = await graph.ask(UPDATE, { id: club.id, input });
    expect(updateClub).toEqual({ ...club, ...input, updatedAt: expect.any(String) });
    expect(updateClub.updatedAt > club.updatedAt).toBe(true);
    expect((await graph.ask(BY_ID, { id: club.id })).club).toMatchObject(updateClub);
  });

  test('to what it is already leaves updatedAt as it was', async () => {
    const tenant = await provisionedTenant(graph);
    const club = await newClub({ tenantId: tenant.id });
    const { updateClub } = await graph.ask(UPDATE, { id: club.id, input: { name: club.name } });
    expect(updateClub).toEqual(club);
  });

  test.each([
    { name: null },
    { clubCode: null },
    { timezone: null },
    { status: null },
    { timezone: 'Mars' },
    { clubCode: '-' },
  ])('refuses %j and changes nothing', async (input) => {
    const tenant = await provisionedTenant(graph);
    const club = await newClub({ tenantId: tenant.id });
    expect(await graph.refusal(UPDATE, { id: club.id, input })).toBe('BAD_USER_INPUT');
    expect((await graph.ask(BY_ID, { id: club.id })).club).toMatchObject(club);
  });

  test('to a taken code is refused and changes nothing', async () => {
    const { id: tenantId } = await provisionedTenant(graph);
    const [one, other] = [await newClub({ tenantId }), await newClub({ tenantId })];
    const { errors } = await graph.request(UPDATE, {
      id: one.id,
      input: { name: 'Renamed', clubCode: other.clubCode },
    });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', fields: [{ path: 'input.clubCode' }] });
    expect((await graph.ask(BY_ID, { id: one.id })).club).toMatchObject(one);
  });

  test('in two fields by two at once keeps both', async () => {
    const { id: tenantId } = await provisionedTenant(graph);
    const { id } = await newClub({ tenantId });
    await Promise.all(
      [{ name: 'Renamed' }, { location: 'Parys' }].map((input) => graph.ask(UPDATE, { id, input })),
    );
    expect((await graph.ask(BY_ID, { id })).club).toMatchObject({ name: 'Renamed', location: 'Parys' });
  });

  test('that nobody has is NOT_FOUND', async () => {
    expect(await graph.refusal(UPDATE, { id: NOBODY, input: { name: 'A' } })).toBe('NOT_FOUND');
    expect(await graph.refusal(UPDATE, { id: '42', input: { name: 'A' } })).toBe('BAD_USER_INPUT');
  });
});

describe('moving a club to another tenant', () => {
  const MOVE = `mutation ($id: ID!, $tenantId: ID!) { moveClub(id: $id, tenantId: $tenantId) { ${FIELDS} } }`;
  const MAP = (name: string) =>
    `mutation ($t: ID!, $c: ID!) { ${name}(tenantId: $t, clubId: $c) { teeTimeClubIds } }`;
  const driftOf = async (id: string) =>
    (await graph.ask('query ($id: ID!) { registryDrift(tenantId: $id) { kind system } }', { id }))
      .registryDrift;

  test('gives it to that one in TeeTime and, mapped anew, in the registry', async () => {
    const [seller, buyer] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    const club = await newClub({ tenantId: seller.id });
    await graph.ask(MAP('addTeeTimeClub'), { t: seller.id, c: club.id });
    await graph.ask(MAP('removeTeeTimeClub'), { t: seller.id, c: club.id });
    const { moveClub } = await graph.ask(MOVE, { id: club.id, tenantId: buyer.id.toUpperCase() });
    expect(moveClub).toEqual({ ...club, tenantId: buyer.id, updatedAt: expect.any(String) });
    await graph.ask(MAP('addTeeTimeClub'), { t: buyer.id, c: club.id });

    expect((await graph.ask(OF_TENANT, { id: seller.id })).tenant.clubs).toEqual([]);
    expect((await graph.ask(OF_TENANT, { id: buyer.id })).tenant.clubs).toEqual([
      { clubCode: club.clubCode, name: club.name },
    ]);
    for (const { id } of [seller, buyer]) expect(await driftOf(id)).toEqual([]);
    const provision = `mutation ($id: ID!, $c: ID!) {
      provisionTenant(input: { tenant: { id: $id }, teeTime: { clubIds: [$c] } }) { status } }`;
    const { provisionTenant } = await graph.ask(provision, { id: buyer.id, c: club.id });
    expect(provisionTenant.status).toBe('COMPLETED');
  });

  test('is told and recorded of both, and neither learns of the other', async () => {
    const [seller, buyer] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    const club = await newClub({ tenantId: seller.id });
    const payload = { clubId: club.id, clubCode: club.clubCode };
    const events = await publishedDuring(graph.database, async () => {
      await graph.ask(MOVE, { id: club.id, tenantId: buyer.id });
      await graph.ask(MOVE, { id: club.id, tenantId: buyer.id });
    });
    expect(events).toHaveLength(2);
    expect(events).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'teetime.club.removed', tenant_id: seller.id, payload }),
        expect.objectContaining({ type: 'teetime.club.created', tenant_id: buyer.id, payload }),
      ]),
    );
    const trail = await graph.database.query<{ tenant_key: string; before: unknown; after: unknown }>(
      `SELECT tenant_key, before, after FROM teetime.audit_entry WHERE action = 'moveClub' AND record_id = $1`,
      [club.id],
    );
    expect(trail).toHaveLength(2);
    const of = (id: string) => trail.find((entry) => entry.tenant_key === id);
    expect(of(seller.id)).toMatchObject({ before: { tenantId: seller.id }, after: null });
    expect(of(buyer.id)).toMatchObject({ before: null, after: { tenantId: buyer.id } });
    expect(JSON.stringify(of(seller.id))).not.toContain(buyer.id);
    expect(JSON.stringify(of(buyer.id))).not.toContain(seller.id);
  });

  test('is refused while the registry maps it elsewhere, and to whom can have none', async () => {
    const [seller, buyer] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    const club = await newClub({ tenantId: seller.id });
    await graph.ask(MAP('addTeeTimeClub'), { t: seller.id, c: club.id });
    const disabled = await provisionedTenant(graph);
    await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id: disabled.id });
    const without = await provisionedTenant(graph);
    await graph.ask('mutation ($id: ID!) { disableSystem(tenantId: $id, system: TEETIME) { id } }', {
      id: without.id,
    });
    const refusals = Object.entries({
      [buyer.id]: 'CONFLICT',
      [disabled.id]: 'TENANT_DISABLED',
      [without.id]: 'SYSTEM_DISABLED',
      [NOBODY]: 'TENANT_NOT_FOUND',
    });
    for (const [tenantId, code] of refusals)
      expect(await graph.refusal(MOVE, { id: club.id, tenantId })).toBe(code);
    expect(await graph.refusal(MOVE, { id: NOBODY, tenantId: buyer.id })).toBe('NOT_FOUND');
    expect((await graph.ask(BY_ID, { id: club.id })).club).toMatchObject(club);
  });

  test('is for those who reach every tenant', async () => {
    const [seller, buyer] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    const club = await newClub({ tenantId: seller.id });
    const tenants = [seller.id, buyer.id];
    for (const role of ['PLATFORM_ADMIN', 'TENANT_OWNER'] as const) {
      const bound = graph.as({ roles: [role], tenants });
      expect(await bound.refusal(MOVE, { id: club.id, tenantId: buyer.id })).toBe('FORBIDDEN');
    }
    expect((await graph.ask(BY_ID, { id: club.id })).club).toMatchObject(club);
  });

  test('to two at once gives it to one of them', async () => {
    const [seller, one, other] = await Promise.all([1, 2, 3].map(() => provisionedTenant(graph)));
    const club = await newClub({ tenantId: seller?.id ?? '' });
    const answers = await withSlowWrites(graph.database, 'teetime.club', () =>
      Promise.all([one, other].map((to) => graph.request(MOVE, { id: club.id, tenantId: to?.id }))),
    );
    const codes = answers.flatMap(({ errors }) => errors ?? []).map(({ extensions }) => extensions.code);
    expect(codes).toEqual(['CONFLICT']);
    const [moved] = answers.flatMap(({ data }) => data?.moveClub ?? []);
    expect((await graph.ask(BY_ID, { id: club.id })).club.tenantId).toBe(moved.tenantId);
  });
});

describe('looking a club up', () => {
  test('answers by id and by code, in which capitals matter', async () => {
    const { id: tenantId } = await provisionedTenant(graph);
    const { id, clubCode } = await newClub({ tenantId });
    const query = `query ($id: ID, $code: String, $other: String) {
      a: club(id: $id) { id } b: club(clubCode: $code) { id } c: club(clubCode: $other) { id } }`;
    expect(await graph.ask(query, { id, code: clubCode, other: clubCode.toLowerCase() })).toEqual({
      a: { id },
      b: { id },
      c: null,
    });
    expect(await graph.ask(BY_ID, { id: NOBODY })).toEqual({ club: null });
  });

  test.each([
    ['{ club { id } }', ['id', 'clubCode']],
    [`{ club(id: "${NOBODY}", clubCode: "A") { id } }`, ['id', 'clubCode']],
    ['{ club(id: "42") { id } }', ['id']],
    ['{ club(clubCode: "") { id } }', ['clubCode']],
    ['{ clubs(first: 0) { totalCount } }', ['first']],
    ['{ clubs(first: 1000) { totalCount } }', ['first']],
    ['{ clubs(after: "foreign") { totalCount } }', ['after']],
    ['{ clubs(filter: { tenantId: "42" }) { totalCount } }', ['filter.tenantId']],
  ])('refuses %s', async (query, paths) => {
    const { errors } = await graph.request(query);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors?.[0]?.extensions.fields?.map((field) => field.path)).toEqual(paths);
  });
});

test('the list of clubs is filtered, and read page by page in the order of the names', async () => {
  const [tenant, other] = [await provisionedTenant(graph), await provisionedTenant(graph)];
  for (const name of ['Delta', 'Alpha', 'Charlie', 'Bravo', 'Echo 100%'])
    await newClub({ tenantId: tenant.id, name, status: name === 'Delta' ? 'INACTIVE' : 'ACTIVE' });
  await newClub({ tenantId: other.id, name: 'Alpha' });
  const LIST = `query ($first: Int, $after: String, $filter: ClubFilter) {
    clubs(first: $first, after: $after, filter: $filter) {
      totalCount pageInfo { hasNextPage endCursor } edges { node { name } } } }`;
  const page = async (variables: object) => {
    const { clubs } = await graph.ask(LIST, variables as Record<string, unknown>);
    return { ...clubs, names: clubs.edges.map((edge: { node: { name: string } }) => edge.node.name) };
  };
  const filter = { tenantId: tenant.id };
  const one = await page({ first: 3, filter });
  expect(one).toMatchObject({ totalCount: 5, names: ['Alpha', 'Bravo', 'Charlie'] });
  const two = await page({ first: 3, filter, after: one.pageInfo.endCursor });
  expect(two).toMatchObject({ names: ['Delta', 'Echo 100%'], pageInfo: { hasNextPage: false } });
  expect((await page({ filter: { ...filter, status: 'INACTIVE' } })).names).toEqual(['Delta']);
  expect((await page({ filter: { ...filter, text: 'CHARL' } })).names).toEqual(['Charlie']);
  expect((await page({ filter: { ...filter, text: '0%' } })).names).toEqual(['Echo 100%']);
});

test("fifty tenants' clubs cost TeeTime one statement", async () => {
  const stem = uniqueName('fifty');
  const tenants = await Promise.all(Array.from({ length: 50 }, () => bareTenant(graph, stem)));
  await graph.database.query(
    `INSERT INTO teetime.club (id, club_code, name, tenant_id, created_by, updated_by)
     SELECT gen_random_uuid(), tenant_id || '-' || n, 'Club ' || n, tenant_id, 'test', 'test'
     FROM unnest($1::uuid[]) AS tenant_id, generate_series(1, 2) n`,
    [tenants.map((tenant) => tenant.id)],
  );
  const query = `query ($text: String) { tenants(first: 50, filter: { text: $text }) {
    edges { node { clubs { name tenant { id } } } } } }`;
  const statements = await graph.countStatements(async () => {
    const answer = await graph.ask(query, { text: stem });
    const clubs = answer.tenants.edges.flatMap((edge: { node: { clubs: unknown[] } }) => edge.node.clubs);
    expect(clubs).toHaveLength(100);
  });
  expect(statements.teetime).toBe(1);
});
