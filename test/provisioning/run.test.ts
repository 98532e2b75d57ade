import { randomUUID } from 'node:crypto';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, endOfRun, provisionedTenant, uniqueName } from '../testkit/seed';
import { withSlowWrites } from '../testkit/slow-writes';
import { all, breakSystem, rowsOfAllSystems, runsOf, shownOf, stepsOf, wholeInput } from './provisioning-run';

let graph: TestGraph;
let runs: ReturnType<typeof runsOf>;
beforeAll(async () => {
  graph = await startGraph();
  runs = runsOf(graph);
});
afterAll(() => graph.stop());

const ADD_CLUB = 'mutation ($t: ID!, $c: ID!) { addTeeTimeClub(tenantId: $t, clubId: $c) { id } }';
const newTenant = (stem = 'run') => {
  const slug = uniqueName(stem);
  return { slug, displayName: `The ${slug}` };
};

describe('one call', () => {
  test('sets a tenant up in all five systems, and the registry says what they answered', async () => {
    const input = wholeInput();
    const { slug, displayName } = input.tenant;
    const run = await runs.provision(input);
    expect(run.status).toBe('COMPLETED');
    expect(stepsOf(run)).toEqual(all('COMPLETED'));
    expect(run.steps.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 1, 1]);

    const shown = await shownOf(graph, slug);
    expect(shown).toMatchObject({
      displayName,
      messagingProvider: 'twilio',
      registry: {
        sclTenantCode: input.scl.code,
        sclEnabled: true,
        teeTimeEnabled: true,
        messagingTenantId: input.messaging.tenantId,
        messagingEnabled: true,
        crmTenantId: shown.id,
        crmEnabled: true,
        billingEnabled: true,
        paymentProviders: ['stripe'],
        associationProvider: 'golfrsa',
        associationMemberId: '7',
        provisionedAt: expect.any(String),
      },
      sclTenant: { code: input.scl.code, name: displayName, clubs: input.scl.clubs },
      clubs: input.teeTime.clubs,
      contacts: { totalCount: 0 },
    });
    expect(shown.registry.teeTimeClubIds).toEqual(shown.clubs.map(({ id }: { id: string }) => id));
    expect(shown.segments.length).toBeGreaterThan(3);
    expect(shown.journeys.length).toBeGreaterThan(1);
    expect(await graph.database.query('SELECT FROM access_control.claimed_key')).toEqual([]);
  });

  test('again changes nothing and answers the same run; the plan says so before', async () => {
    const input = wholeInput();
    const run = await runs.provision(input);
    await graph.settled();
    const before = await rowsOfAllSystems(graph.database);
    const plan = await runs.plan(input);
    expect(plan.steps.map(({ action }) => action)).toEqual(all('').map(() => 'NOTHING'));
    expect(plan.steps.map(({ existing }) => [...existing].sort())).toEqual([
      [],
      [`SCL tenant ${input.scl.code} with 2 clubs`],
      input.teeTime.clubs.map(({ clubCode }) => `club ${clubCode}`),
      [`Messaging tenant ${input.messaging.tenantId}`],
      ['template pack CLUB'],
      [],
    ]);
    expect((await runs.provision(input)).id).toBe(run.id);
    expect(await rowsOfAllSystems(graph.database)).toEqual(before);
  });

  test('finds again what a system has lost, though the registry knows of it', async () => {
    const input = wholeInput();
    const first = await runs.provision(input);
    await graph.database.query('DELETE FROM scl.scl_club');
    await graph.database.query('DELETE FROM scl.scl_tenant WHERE code = $1', [input.scl.code]);
    const plan = await runs.plan(input);
    expect(plan.steps.map(({ system, action }) => `${system} ${action}`)).toEqual([
      'ACCESS_CONTROL NOTHING',
      'SCL CREATE',
      'TEETIME NOTHING',
      'MESSAGING NOTHING',
      'CRM NOTHING',
      'ACCESS_CONTROL UPDATE',
    ]);
    expect((await runs.provision(input)).id).not.toBe(first.id);
    expect((await shownOf(graph, input.tenant.slug)).sclTenant.clubs).toHaveLength(2);
  });

  test('takes what systems have already, under the names that they have', async () => {
    const { id, slug } = await bareTenant(graph);
    const { createClub } = await graph.ask(
      'mutation ($input: CreateClubInput!) { createClub(input: $input) { id } }',
      { input: { tenantId: id, clubCode: `${slug}-old`, name: 'Old' } },
    );
    const code = uniqueName('SCL');
    await graph.ask(
      'mutation ($code: String!) { createSclTenant(input: { code: $code, name: "Old" }) { id } }',
      { code },
    );
    const clubId = randomUUID();
    const clubs = [
      { clubCode: `${slug}-new`, name: 'New' },
      { clubCode: `${slug}-old`, name: 'Another name' },
    ];
    const run = await runs.provision({
      tenant: { id },
      scl: { code, name: 'Another name' },
      teeTime: { clubs, clubIds: [clubId] },
    });
    expect(run.status).toBe('COMPLETED');
    const shown = await shownOf(graph, slug);
    expect(shown.sclTenant).toMatchObject({ name: 'Old' });
    expect(shown.clubs.map(({ name }: { name: string }) => name)).toEqual(['New', 'Old']);
    const [mapped, made, old] = shown.registry.teeTimeClubIds;
    expect([mapped, old]).toEqual([clubId, createClub.id]);
    expect(shown.clubs[0].id).toBe(made);
  });

  test('with a template fills in what the input leaves out, and the plan shows it', async () => {
    const input = { template: 'CLUB', tenant: newTenant('club') };
    const systems = (steps: { system: string }[]) => steps.map(({ system }) => system);
    const plan = await runs.plan(input);
    expect(systems(plan.steps)).toEqual([
      'ACCESS_CONTROL',
      'SCL',
      'TEETIME',
      'MESSAGING',
      'CRM',
      'ACCESS_CONTROL',
    ]);
    const run = await runs.provision(input);
    expect(systems(run.steps)).toEqual(systems(plan.steps));
    const { slug, displayName } = input.tenant;
    expect(await shownOf(graph, slug)).toMatchObject({
      sclTenant: { code: slug.toUpperCase(), name: displayName, clubs: [] },
      messagingProvider: 'internal',
      registry: { messagingTenantId: slug, teeTimeEnabled: true, billingEnabled: false },
      journeys: expect.arrayContaining([{ name: expect.any(String) }]),
    });

    const off = { template: 'YOLO_B2B', tenant: newTenant('b2b'), messaging: null };
    expect(systems((await runs.provision(off)).steps)).toEqual(['ACCESS_CONTROL', 'CRM', 'ACCESS_CONTROL']);
    expect(await shownOf(graph, off.tenant.slug)).toMatchObject({
      registry: { billingEnabled: true, messagingEnabled: false },
    });
    const { id } = await bareTenant(graph);
    const byId = await runs.provision({ template: 'CORPORATE', tenant: { id } });
    expect(byId.status).toBe('COMPLETED');
  });

  test.each([
    [{ scl: {} }, 'input.scl.code'],
    [{ scl: { code: 'X', clubs: [{ name: '' }] } }, 'input.scl.clubs.0.name'],
    [{ template: 'CORPORATE', scl: { name: 'X' } }, 'input.scl.code'],
    [{ messaging: {} }, 'input.messaging.tenantId'],
    [{ messaging: { tenantId: 'x', provider: 'pigeon' } }, 'input.messaging.provider'],
    [{ crm: { enabled: false, templatePack: 'CLUB' } }, 'input.crm.templatePack'],
    [{ teeTime: { clubs: [{ clubCode: 'a b', name: 'X' }] } }, 'input.teeTime.clubs.0.clubCode'],
    [
      { teeTime: { clubs: [{ clubCode: 'a', name: 'X', timezone: '+02:00' }] } },
      'input.teeTime.clubs.0.timezone',
    ],
  ])('refuses %j by name', async (part, path) => {
    const { errors } = await runs.tryToProvision({ tenant: newTenant(), ...part });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
  });
});

test('a key that a tenant has got since a run began stays with what is under it', async () => {
  const { id } = await bareTenant(graph);
  const mend = await breakSystem(graph.database, 'SCL');
  const run = await runs.provision({ tenant: { id }, scl: { code: uniqueName('LATE') } });
  expect(run.status).toBe('FAILED');
  await mend();
  const code = uniqueName('FIRST');
  const create = `mutation ($code: String!) { createSclTenant(input: { code: $code, name: "First" }) { id } }`;
  const { createSclTenant } = await graph.ask(create, { code });
  await graph.ask('mutation ($id: ID!) { createSclClub(input: { sclTenantId: $id, name: "Home" }) { id } }', {
    id: createSclTenant.id,
  });
  await graph.database.query(
    'UPDATE access_control.tenant_registry SET scl_tenant_code = $1, scl_enabled = true WHERE tenant_id = $2',
    [code, id],
  );
  const { status, steps, registry } = await runs.retry(run.id);
  expect(status).toBe('FAILED');
  expect(steps[1]).toMatchObject({
    attempts: 2,
    error: { code: 'CONFLICT', message: expect.stringContaining(`give ${code}`) },
  });
  expect(registry).toEqual({ sclTenantCode: code });
  expect((await runs.cancel(run.id)).registry).toEqual({ sclTenantCode: code });
});

test('a hundred clubs can be set up by one call, and no more', async () => {
  const clubs = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ clubCode: uniqueName('many'), name: `Club ${index}` }));
  const { errors } = await runs.tryToProvision({ tenant: newTenant(), teeTime: { clubs: clubs(101) } });
  expect(errors?.[0]?.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: [{ path: 'input.teeTime.clubs' }],
  });
  const run = await runs.provision({ tenant: newTenant(), teeTime: { clubs: clubs(100) } });
  expect(run.status).toBe('COMPLETED');
});

describe('calls at once', () => {
  test.each([['the same key'], ['no key']])('fifty with %s make one run of one tenant', async (what) => {
    const input = {
      ...wholeInput('fifty'),
      ...(what === 'no key' ? {} : { idempotencyKey: uniqueName('key') }),
    };
    const made = await Promise.all(Array.from({ length: 50 }, () => runs.provision(input)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    await endOfRun(graph, made[0] ?? { id: '', status: '' });
    expect((await shownOf(graph, input.tenant.slug)).clubs).toHaveLength(2);
    const [{ count } = { count: 0 }] = await graph.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM access_control.provisioning_run WHERE tenant_id = $1`,
      [made[0]?.tenantId],
    );
    expect(count).toBe(1);
  });

  test.each([
    ['SCL code', () => ({ scl: { code: uniqueName('RACE') } }), 'input.scl.code'],
    ['Messaging id', () => ({ messaging: { tenantId: uniqueName('race') } }), 'input.messaging.tenantId'],
    ['club', () => ({ teeTime: { clubIds: [randomUUID()] } }), 'input.teeTime.clubIds'],
    [
      'club code',
      () => ({ teeTime: { clubs: [{ clubCode: uniqueName('race'), name: 'Race' }] } }),
      'input.teeTime.clubs',
    ],
  ])(
    'of two tenants that race for one %s, one wins and the other leaves nothing behind',
    async (_what, part, path) => {
      const shared = part();
      const tenants = [newTenant('one'), newTenant('other')];
      const answers = await withSlowWrites(graph.database, 'access_control.claimed_key', () =>
        Promise.all(tenants.map((tenant) => runs.tryToProvision({ tenant, ...shared }))),
      );
      const refused = answers.flatMap(({ errors }) => errors ?? []);
      expect(refused.map(({ extensions }) => extensions)).toMatchObject([
        { code: 'CONFLICT', fields: [{ path }] },
      ]);
      const won = answers.find(({ errors }) => !errors)?.data.provisionTenant;
      expect(won.status).toBe('COMPLETED');
      const left = await graph.database.query<{ slug: string }>(
        'SELECT slug FROM access_control.tenant WHERE slug = ANY ($1)',
        [tenants.map(({ slug }) => slug)],
      );
      expect(left).toEqual([{ slug: won.tenant.slug }]);
    },
  );
});

describe('while a run is under way', () => {
  test('it is seen as it is; an equal call joins it, and any other is refused by its name', async () => {
    const input = wholeInput('slow');
    const mend = await breakSystem(graph.database, 'TEETIME', 'outage');
    const run = await runs.provision(input);
    expect(run).toMatchObject({ status: 'RUNNING', finishedAt: null });
    expect(stepsOf(run)).toEqual([
      'ACCESS_CONTROL COMPLETED',
      'SCL COMPLETED',
      'TEETIME RUNNING',
      'MESSAGING PENDING',
      'CRM PENDING',
      'ACCESS_CONTROL PENDING',
    ]);
    expect(run.steps[2]).toMatchObject({ error: { code: 'SUBGRAPH_UNAVAILABLE' } });
    expect(run.steps[2]?.attempts).toBeGreaterThan(2);
    expect((await shownOf(graph, input.tenant.slug)).registry).toMatchObject({
      sclEnabled: true,
      teeTimeEnabled: false,
      provisionedAt: null,
    });

    const others = [
      { ...input, billing: false },
      { ...input, idempotencyKey: uniqueName('key') },
    ];
    for (const other of others) {
      const [conflict] = (await runs.plan(other)).conflicts;
      expect(conflict).toMatchObject({ code: 'CONFLICT', path: 'input.tenant' });
      expect(conflict?.message).toContain(run.id);
      const { errors } = await runs.tryToProvision(other);
      expect(errors?.[0]?.message).toContain(run.id);
    }
    expect((await runs.plan(input)).conflicts).toEqual([]);
    const joined = runs.provision(input);
    await mend();
    await endOfRun(graph, await joined);
    expect((await joined).id).toBe(run.id);
    const done = await runs.look(run.id);
    expect(stepsOf(done)).toEqual(all('COMPLETED'));
    expect(done.steps[2]?.error).toBeNull();
  });

  test('nobody else takes what it claims', async () => {
    const clubId = randomUUID();
    const input = {
      ...wholeInput('claims'),
      teeTime: { clubIds: [clubId], clubs: [{ clubCode: uniqueName('claimed'), name: 'Claimed' }] },
    };
    const mend = await breakSystem(graph.database, 'SCL', 'outage');
    const run = await runs.provision(input);
    expect(run.status).toBe('RUNNING');
    const taker = {
      tenant: newTenant('taker'),
      scl: { code: input.scl.code },
      teeTime: input.teeTime,
      messaging: { tenantId: input.messaging.tenantId },
    };
    const paths = [
      'input.scl.code',
      'input.teeTime.clubIds',
      'input.teeTime.clubs',
      'input.messaging.tenantId',
    ];
    expect((await runs.plan(taker)).conflicts.map(({ code, path }) => `${code} ${path}`)).toEqual(
      paths.map((path) => `CONFLICT ${path}`),
    );
    const { errors } = await runs.tryToProvision(taker);
    expect(errors?.[0]?.extensions.fields?.map(({ path }) => path)).toEqual(paths);
    const { id } = await bareTenant(graph);
    expect(await graph.refusal(ADD_CLUB, { t: id, c: clubId })).toBe('CONFLICT');
    const limited = graph.as({ roles: ['PLATFORM_MANAGER'], tenants: [id] });
    expect(await limited.refusal(ADD_CLUB, { t: id, c: clubId })).toBe('CONFLICT');
    const { errors: byLimited } = await runsOf(limited).tryToProvision({ ...taker, tenant: { id } });
    expect(byLimited?.[0]?.extensions.code).toBe('CONFLICT');
    await mend();
    await endOfRun(graph, run);
    expect(await graph.refusal(ADD_CLUB, { t: id, c: clubId })).toBe('CONFLICT');
  });

  test('a club that it names by its code is claimed under the id that TeeTime has', async () => {
    const { id, slug } = await bareTenant(graph, 'adopting');
    const clubCode = uniqueName('adopted');
    const { createClub } = await graph.ask(
      'mutation ($input: CreateClubInput!) { createClub(input: $input) { id } }',
      { input: { tenantId: id, clubCode, name: 'Adopted' } },
    );
    const mend = await breakSystem(graph.database, 'MESSAGING', 'outage');
    const run = await runs.provision({
      tenant: { slug },
      teeTime: { clubs: [{ clubCode, name: 'Adopted' }] },
      messaging: { tenantId: uniqueName('msg') },
    });
    expect(run.status).toBe('RUNNING');
    expect(
      await graph.database.query(
        'SELECT tenant_id FROM access_control.claimed_key WHERE key = $1 AND kind = $2',
        [createClub.id, 'CLUB_ID'],
      ),
    ).toEqual([{ tenant_id: id }]);
    await mend();
    await endOfRun(graph, run);
  });

  test('a club cannot be claimed while somebody else is given it', async () => {
    const clubId = randomUUID();
    const { id } = await bareTenant(graph);
    const [added, provisioned] = await withSlowWrites(
      graph.database,
      'access_control.tenant_registry_club',
      () =>
        Promise.all([
          graph.request(ADD_CLUB, { t: id, c: clubId }),
          runs.tryToProvision({ tenant: newTenant(), teeTime: { clubIds: [clubId] } }),
        ]),
    );
    const codes = [added, provisioned].flatMap(({ errors }) => errors ?? []);
    expect(codes.map(({ extensions }) => extensions.code)).toEqual(['CONFLICT']);
    expect(await graph.database.query('SELECT FROM access_control.claimed_key')).toEqual([]);
  });
});

describe('the plan', () => {
  test('knows from TeeTime whose the clubs are', async () => {
    const owner = await provisionedTenant(graph, 'owner');
    const clubCode = uniqueName('owned');
    const { createClub } = await graph.ask(
      'mutation ($input: CreateClubInput!) { createClub(input: $input) { id } }',
      { input: { tenantId: owner.id, clubCode, name: 'Owned' } },
    );
    const input = {
      tenant: newTenant('taker'),
      scl: { code: owner.sclTenantCode },
      teeTime: { clubIds: [createClub.id], clubs: [{ clubCode, name: 'Mine' }] },
    };
    const { conflicts, steps, warnings } = await runs.plan(input);
    expect(conflicts).toEqual([
      { code: 'CONFLICT', path: 'input.scl.code', message: 'another tenant has this SCL code' },
      { code: 'CONFLICT', path: 'input.teeTime.clubIds', message: `another tenant has ${createClub.id}` },
      { code: 'CONFLICT', path: 'input.teeTime.clubs', message: `another tenant has ${clubCode}` },
    ]);
    expect(warnings).toEqual([]);
    expect(steps[2]?.existing).toEqual([`club ${clubCode}`]);
    const before = await rowsOfAllSystems(graph.database);
    const { status, errors } = await runs.tryToProvision(input);
    expect(status).toBe(409);
    expect(errors?.[0]?.extensions.fields?.map(({ path }) => path)).toEqual(
      conflicts.map(({ path }) => path),
    );
    expect(await rowsOfAllSystems(graph.database)).toEqual(before);
  });
});
