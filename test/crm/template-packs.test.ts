import { addDemoData } from '../testkit/demo-graph';
import { startGraph, type TestGraph } from '../testkit/graph';
import { provisionedTenant } from '../testkit/seed';
import { withSlowWrites } from '../testkit/slow-writes';

const INSTALL = `mutation ($tenantId: ID!, $pack: TemplatePackKey!) {
  installTemplatePack(tenantId: $tenantId, pack: $pack) {
    pack version installedAt
    segments { id name isSystem packKey packVersion updatedAt }
    journeys { id name status isSystem packKey packVersion steps { type } updatedAt } } }`;
const OF_TENANT = `query ($id: ID, $slug: String) { tenant(id: $id, slug: $slug) {
  segments { name isSystem memberCount packVersion } journeys { name isSystem triggerType } } }`;
const NOBODY = '00000000-0000-4000-8000-000000000000';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

const install = async (tenantId: string, pack: string) =>
  (await graph.ask(INSTALL, { tenantId, pack })).installTemplatePack;
const names = (things: { name: string }[]) => things.map(({ name }) => name);
const ofTenant = async (id: string) => (await graph.ask(OF_TENANT, { id })).tenant;

test('two tenants with different packs have different segments and different onboarding journeys', async () => {
  const [club, company] = [await provisionedTenant(graph), await provisionedTenant(graph)];
  const installed = [await install(club.id, 'CLUB'), await install(company.id, 'YOLO_B2B')];
  expect(installed).toMatchObject([
    { pack: 'CLUB', version: 1, installedAt: expect.any(String) },
    { pack: 'YOLO_B2B', version: 1 },
  ]);
  for (const { pack, segments, journeys } of installed) {
    for (const owned of [...segments, ...journeys]) {
      expect(owned).toMatchObject({ isSystem: true, packKey: pack, packVersion: 1 });
    }
    for (const journey of journeys) {
      expect(journey.status).toBe('DRAFT');
      expect(journey.steps.length).toBeGreaterThan(2);
    }
  }
  const [ofClub, ofCompany] = [await ofTenant(club.id), await ofTenant(company.id)];
  expect(names(ofClub.segments)).toContain('Platinum Members');
  expect(names(ofCompany.segments).sort()).toEqual([
    'Active',
    'At Risk',
    'Churned',
    'Expansion',
    'Prospect',
    'Trial',
  ]);
  expect(ofClub.journeys).toContainEqual(
    expect.objectContaining({ name: 'New Member Welcome', triggerType: 'SCL_MEMBER_CREATED' }),
  );
  expect(names(ofCompany.journeys)).toContain('Trial Onboarding');
  expect(names(ofClub.journeys).filter((name) => names(ofCompany.journeys).includes(name))).toEqual([]);
});

test('installing twice, or twice at once, is the same as once', async () => {
  const tenant = await provisionedTenant(graph);
  const [one, other] = await withSlowWrites(graph.database, 'crm.journey', () =>
    Promise.all([install(tenant.id, 'CLUB'), install(tenant.id, 'CLUB')]),
  );
  expect(other).toEqual(one);
  expect(await install(tenant.id, 'CLUB')).toEqual(one);
  expect((await ofTenant(tenant.id)).segments).toHaveLength(one.segments.length);
});

test('a newer version changes what the pack owns, and leaves status and activity as they are', async () => {
  const tenant = await provisionedTenant(graph);
  const before = await install(tenant.id, 'CLUB');
  const [segment] = before.segments;
  const [journey] = before.journeys;
  await graph.ask(
    `mutation { setJourneyStatus(id: "${journey.id}", status: ACTIVE) { id }
      updateSegment(id: "${segment.id}", input: { isActive: false }) { id } }`,
  );
  await graph.database.query(
    `UPDATE crm.segment SET pack_version = 0, criteria = '{"combinator":"OR","rules":[],"groups":[]}', description = 'Old'
     WHERE id = $1`,
    [segment.id],
  );
  await graph.database.query('UPDATE crm.journey SET pack_version = 0 WHERE id = $1', [journey.id]);
  await graph.database.query('DELETE FROM crm.journey_step WHERE journey_id = $1', [journey.id]);
  const after = await install(tenant.id, 'CLUB');
  expect(after.segments.map(({ updatedAt: _, ...rest }: { updatedAt: string }) => rest)).toEqual(
    before.segments.map(({ updatedAt: _, ...rest }: { updatedAt: string }) => rest),
  );
  expect(after.journeys[0]).toMatchObject({ id: journey.id, status: 'ACTIVE', steps: journey.steps });
  expect(after.segments.slice(1)).toEqual(before.segments.slice(1));
  const found = await graph.ask(`{ segment(id: "${segment.id}") { isActive description } }`);
  expect(found.segment.isActive).toBe(false);
  expect(found.segment.description).not.toBe('Old');
});

test.each([
  [
    'segment',
    'Trial',
    'mutation ($i: CreateSegmentInput!) { createSegment(input: $i) { id } }',
    { type: 'STATIC' },
  ],
  [
    'journey',
    'Trial Onboarding',
    'mutation ($i: CreateJourneyInput!) { createJourney(input: $i) { id } }',
    { triggerType: 'MANUAL' },
  ],
])(
  "a %s of the tenant's own by a name of the pack is a conflict that names it, and nothing changes",
  async (thing, name, create, values) => {
    const tenant = await provisionedTenant(graph);
    await graph.ask(create, { i: { tenantId: tenant.id, name, ...values } });
    const before = await ofTenant(tenant.id);
    const { status, errors } = await graph.request(INSTALL, { tenantId: tenant.id, pack: 'YOLO_B2B' });
    expect([status, errors?.[0]?.extensions.code]).toEqual([409, 'CONFLICT']);
    expect(errors?.[0]?.message).toContain(`${thing} "${name}"`);
    expect(await ofTenant(tenant.id)).toEqual(before);
    expect(
      await graph.database.query('SELECT FROM crm.template_pack_installation WHERE tenant_id = $1', [
        tenant.id,
      ]),
    ).toEqual([]);
  },
);

test('a pack that another one shares a name with cannot be had beside it, and the refusal says so', async () => {
  const tenant = await provisionedTenant(graph);
  await install(tenant.id, 'YOLO_B2B');
  const { errors } = await graph.request(INSTALL, { tenantId: tenant.id, pack: 'CLUB' });
  expect(errors?.[0]?.extensions.code).toBe('CONFLICT');
  expect(errors?.[0]?.message).toContain('has the pack YOLO_B2B, which owns a segment "At Risk"');
  expect(errors?.[0]?.message).not.toContain('rename');
});

test('each field of an operation sees what the ones before it wrote', async () => {
  const tenant = await provisionedTenant(graph);
  const [segment] = (await install(tenant.id, 'CLUB')).segments;
  const { before, after } = await graph.ask(
    `mutation ($tenant: ID!, $segment: ID!, $customer: CreateCustomerInput!) {
      before: installTemplatePack(tenantId: $tenant, pack: CLUB) { segments { ...Seen } }
      createCustomer(input: $customer) { id }
      updateSegment(id: $segment, input: { isActive: false }) { id }
      after: installTemplatePack(tenantId: $tenant, pack: CLUB) { segments { ...Seen } } }
    fragment Seen on Segment { id name isActive memberCount members { edges { node { email } } } }`,
    {
      tenant: tenant.id,
      segment: segment.id,
      customer: { tenantId: tenant.id, email: 'jo@example.com', membershipTier: 'PLATINUM' },
    },
  );
  expect(before.segments).toContainEqual(expect.objectContaining({ id: segment.id, isActive: true }));
  expect(after.segments).toContainEqual(expect.objectContaining({ id: segment.id, isActive: false }));
  const members = { name: 'Platinum Members', memberCount: 1, members: { edges: [expect.any(Object)] } };
  expect(before.segments).not.toContainEqual(expect.objectContaining(members));
  expect(after.segments).toContainEqual(expect.objectContaining(members));
});

test('a tenant that cannot be written for gets no pack', async () => {
  const tenant = await provisionedTenant(graph);
  await graph.ask('mutation ($id: ID!) { disableSystem(tenantId: $id, system: CRM) { id } }', {
    id: tenant.id,
  });
  const refusal = (tenantId: string) => graph.refusal(INSTALL, { tenantId, pack: 'CLUB' });
  expect(await refusal(tenant.id)).toBe('SYSTEM_DISABLED');
  expect(await refusal(NOBODY)).toBe('TENANT_NOT_FOUND');
  expect(await refusal('42')).toBe('BAD_USER_INPUT');
  expect(await graph.database.query('SELECT FROM crm.segment WHERE tenant_id = $1', [tenant.id])).toEqual([]);
});

test('a pack that would make too many segments is refused, and nothing changes', async () => {
  const tenant = await provisionedTenant(graph);
  await install(tenant.id, 'YOLO_B2B');
  await graph.database.query(
    `INSERT INTO crm.segment (id, tenant_id, tenant_slug, name, type, created_by, updated_by)
     SELECT gen_random_uuid(), id, slug, 'Segment ' || n, 'STATIC', 'test', 'test'
     FROM crm.tenant, generate_series(1, 194) n WHERE id = $1`,
    [tenant.id],
  );
  await graph.database.query(
    "UPDATE crm.segment SET name = name || ' (B2B)' WHERE tenant_id = $1 AND is_system",
    [tenant.id],
  );
  expect(await graph.refusal(INSTALL, { tenantId: tenant.id, pack: 'CLUB' })).toBe('BAD_USER_INPUT');
  expect((await ofTenant(tenant.id)).segments).toHaveLength(200);
});

describe('the demo data', () => {
  beforeAll(() => addDemoData(graph));

  test('gives every system segment members', async () => {
    for (const slug of ['digiwedge', 'yolo', 'fynbos-ridge']) {
      const { tenant } = await graph.ask(OF_TENANT, { slug });
      const empty = tenant.segments.filter((segment: { memberCount: number }) => segment.memberCount === 0);
      expect(tenant.segments.length).toBeGreaterThan(5);
      expect(names(empty)).toEqual([]);
    }
  });

  test('puts every company into exactly one stage of the B2B lifecycle', async () => {
    const { tenant } = await graph.ask(`{ tenant(slug: "yolo") { customers { totalCount }
      segments { memberCount members(first: 100) { edges { node { id } } } } } }`);
    const members = tenant.segments.flatMap((segment: { members: { edges: { node: { id: string } }[] } }) =>
      segment.members.edges.map(({ node }) => node.id),
    );
    expect(members).toHaveLength(tenant.customers.totalCount);
    expect(new Set(members).size).toBe(members.length);
  });

  test('written again adds nothing', async () => {
    const count = async () =>
      graph.database.query(`SELECT (SELECT count(*) FROM crm.customer) AS customers,
        (SELECT count(*) FROM crm.lead) AS leads, (SELECT count(*) FROM crm.segment) AS segments,
        (SELECT count(*) FROM crm.journey_step) AS steps, (SELECT count(*) FROM crm.tenant) AS tenants`);
    const before = await count();
    await addDemoData(graph);
    expect(await count()).toEqual(before);
  });
});
