import { startGraph, type TestGraph } from '../testkit/graph';
import { provisionedTenant, uniqueName } from '../testkit/seed';
import { withSlowWrites } from '../testkit/slow-writes';

const FIELDS = `id tenantId tenantSlug name description status triggerType timezone isSystem packKey packVersion
  steps { stepNumber type name channel templateId waitDays } activatedAt pausedAt createdAt updatedAt`;
const CREATE = `mutation ($input: CreateJourneyInput!) { createJourney(input: $input) { ${FIELDS} } }`;
const UPDATE = `mutation ($id: ID!, $input: UpdateJourneyInput!) { updateJourney(id: $id, input: $input) { ${FIELDS} } }`;
const MOVE = `mutation ($id: ID!, $status: JourneyStatus!) { setJourneyStatus(id: $id, status: $status) { ${FIELDS} } }`;
const BY_ID = `query ($id: ID!) { journey(id: $id) { ${FIELDS} } }`;
const OF_TENANT = 'query ($id: ID) { tenant(id: $id) { journeys { id name isSystem } } }';
const NOBODY = '00000000-0000-4000-8000-000000000000';

const steps = [
  { type: 'TRIGGER' },
  { type: 'SEND', name: 'Hello', channel: 'EMAIL', templateId: 'welcome' },
  { type: 'WAIT', waitDays: 3 },
  { type: 'END' },
];

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

async function newJourney(tenantId: string, values: Record<string, unknown> = {}) {
  const input = { tenantId, name: uniqueName('journey'), triggerType: 'MANUAL', steps, ...values };
  return (await graph.ask(CREATE, { input })).createJourney;
}

const findJourney = async (id: string) => (await graph.ask(BY_ID, { id })).journey;
const journeysOf = async (id: string) => (await graph.ask(OF_TENANT, { id })).tenant.journeys;
const move = async (id: string, status: string) => (await graph.ask(MOVE, { id, status })).setJourneyStatus;

describe('creating a journey', () => {
  test('answers a draft with its steps in their order, and the tenant has it', async () => {
    const tenant = await provisionedTenant(graph);
    const journey = await newJourney(tenant.id, { name: ' Welcome ', triggerType: 'SCL_MEMBER_CREATED' });
    const bare = { name: null, channel: null, templateId: null, waitDays: null };
    expect(journey).toMatchObject({
      tenantId: tenant.id,
      tenantSlug: tenant.slug,
      name: 'Welcome',
      description: null,
      status: 'DRAFT',
      triggerType: 'SCL_MEMBER_CREATED',
      timezone: 'Africa/Johannesburg',
      isSystem: false,
      steps: steps.map((step, index) => ({ ...bare, ...step, stepNumber: index + 1 })),
      activatedAt: null,
      pausedAt: null,
    });
    expect(await findJourney(journey.id)).toEqual(journey);
    expect(await journeysOf(tenant.id)).toEqual([{ id: journey.id, name: 'Welcome', isSystem: false }]);
  });

  test('may begin without steps', async () => {
    const { id } = await provisionedTenant(graph);
    expect((await newJourney(id, { steps: [], timezone: 'Europe/London' })).steps).toEqual([]);
  });

  test.each([
    ['a blank name', { name: ' ' }, 'input.name'],
    ['a malformed tenant id', { tenantId: 'digiwedge' }, 'input.tenantId'],
    ['an unknown time zone', { timezone: 'Africa/Atlantis' }, 'input.timezone'],
    ['51 steps', { steps: Array(51).fill({ type: 'CONDITION' }) }, 'input.steps'],
    ['a message without a channel', { steps: [{ type: 'SEND' }] }, 'input.steps.0.channel'],
    ['a wait of 366 days', { steps: [{ type: 'WAIT', waitDays: 366 }] }, 'input.steps.0.waitDays'],
    [
      'a malformed template id',
      { steps: [{ type: 'SEND', channel: 'SMS', templateId: '../x' }] },
      'input.steps.0.templateId',
    ],
    ['an early end', { steps: [{ type: 'END' }, { type: 'CONDITION' }] }, 'input.steps.0.type'],
  ])('refuses %s by its path, and creates nothing', async (_what, wrong, path) => {
    const tenant = await provisionedTenant(graph);
    const { status, errors } = await graph.request(CREATE, {
      input: { tenantId: tenant.id, name: 'Wrong', triggerType: 'MANUAL', steps, ...wrong },
    });
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
    expect(await journeysOf(tenant.id)).toEqual([]);
  });

  test('of one name by two at once lets exactly one be', async () => {
    const tenant = await provisionedTenant(graph);
    const input = { tenantId: tenant.id, name: 'Race', triggerType: 'MANUAL' };
    const answers = await withSlowWrites(graph.database, 'crm.journey', () =>
      Promise.all([1, 2].map(() => graph.request(CREATE, { input }))),
    );
    const refused = answers.filter((answer) => answer.errors);
    expect(refused.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(['CONFLICT']);
    expect(await journeysOf(tenant.id)).toHaveLength(1);
  });

  test('stops at 200', async () => {
    const tenant = await provisionedTenant(graph);
    await newJourney(tenant.id);
    await graph.database.query(
      `INSERT INTO crm.journey (id, tenant_id, tenant_slug, name, trigger_type, created_by, updated_by)
       SELECT gen_random_uuid(), id, slug, 'Journey ' || n, 'MANUAL', 'test', 'test'
       FROM crm.tenant, generate_series(1, 199) n WHERE id = $1`,
      [tenant.id],
    );
    const input = { tenantId: tenant.id, name: 'One more', triggerType: 'MANUAL' };
    expect(await graph.refusal(CREATE, { input })).toBe('BAD_USER_INPUT');
    expect(await journeysOf(tenant.id)).toHaveLength(200);
  });
});

describe('updating a journey', () => {
  test('in DRAFT changes what is given, steps as a whole', async () => {
    const { id: tenantId } = await provisionedTenant(graph);
    const journey = await newJourney(tenantId);
    const input = { name: uniqueName('renamed'), description: 'Shorter', steps: [{ type: 'CONDITION' }] };
    const { updateJourney } = await graph.ask(UPDATE, { id: journey.id, input });
    expect(updateJourney).toMatchObject({ ...input, steps: [{ stepNumber: 1, type: 'CONDITION' }] });
    expect(updateJourney.steps).toHaveLength(1);
    expect(await findJourney(journey.id)).toEqual(updateJourney);
    const same = { name: input.name, description: 'Shorter' };
    expect((await graph.ask(UPDATE, { id: journey.id, input: same })).updateJourney).toEqual(updateJourney);
  });

  test('refuses steps after the draft, and changes nothing; the name is taken', async () => {
    const { id: tenantId } = await provisionedTenant(graph);
    const { id } = await newJourney(tenantId);
    const active = await move(id, 'ACTIVE');
    const { errors } = await graph.request(UPDATE, { id, input: { name: 'Renamed', steps: [] } });
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.steps', constraint: 'draft' }],
    });
    expect(await findJourney(id)).toEqual(active);
    expect((await graph.ask(UPDATE, { id, input: { name: 'Renamed' } })).updateJourney.name).toBe('Renamed');
  });

  test.each([{ name: null }, { steps: null }, { steps: [{ type: 'WAIT' }] }])(
    'refuses %j and changes nothing',
    async (input) => {
      const { id: tenantId } = await provisionedTenant(graph);
      const journey = await newJourney(tenantId);
      const { errors } = await graph.request(UPDATE, { id: journey.id, input });
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{}] });
      expect(await findJourney(journey.id)).toEqual(journey);
    },
  );

  test('to a taken name is refused and changes nothing', async () => {
    const { id: tenantId } = await provisionedTenant(graph);
    const [one, other] = [await newJourney(tenantId), await newJourney(tenantId)];
    const input = { name: other.name, steps: [] };
    expect(await graph.refusal(UPDATE, { id: one.id, input })).toBe('CONFLICT');
    expect(await findJourney(one.id)).toEqual(one);
  });

  test('of a template pack refuses name and steps', async () => {
    const { id: tenantId } = await provisionedTenant(graph);
    const { installTemplatePack } = await graph.ask(
      `mutation ($tenantId: ID!) { installTemplatePack(tenantId: $tenantId, pack: CLUB) { journeys { ${FIELDS} } } }`,
      { tenantId },
    );
    const [journey] = installTemplatePack.journeys;
    for (const [input, path] of [
      [{ name: 'Mine' }, 'input.name'],
      [{ steps: [] }, 'input.steps'],
    ]) {
      const { errors } = await graph.request(UPDATE, { id: journey.id, input });
      expect(errors?.[0]?.extensions).toMatchObject({ fields: [{ path, constraint: 'system' }] });
    }
    expect(await findJourney(journey.id)).toEqual(journey);
    expect((await move(journey.id, 'ACTIVE')).status).toBe('ACTIVE');
  });

  test('that nobody has is NOT_FOUND', async () => {
    expect(await graph.refusal(UPDATE, { id: NOBODY, input: { name: 'A' } })).toBe('NOT_FOUND');
    expect(await graph.refusal(MOVE, { id: NOBODY, status: 'ACTIVE' })).toBe('NOT_FOUND');
    expect(await graph.ask(BY_ID, { id: NOBODY })).toEqual({ journey: null });
  });
});

describe('moving a journey on', () => {
  test('through its life, with the times of its moves', async () => {
    const { id: tenantId } = await provisionedTenant(graph);
    const { id } = await newJourney(tenantId);
    const active = await move(id, 'ACTIVE');
    expect(active).toMatchObject({ status: 'ACTIVE', activatedAt: expect.any(String), pausedAt: null });
    expect(await move(id, 'ACTIVE')).toEqual(active);
    const paused = await move(id, 'PAUSED');
    expect(paused).toMatchObject({ status: 'PAUSED', activatedAt: active.activatedAt });
    expect(paused.pausedAt).not.toBeNull();
    const again = await move(id, 'ACTIVE');
    expect(again.pausedAt).toBeNull();
    expect(again.activatedAt > active.activatedAt).toBe(true);
    expect((await move(id, 'ARCHIVED')).status).toBe('ARCHIVED');
  });

  test('where it cannot go is refused by name, and changes nothing', async () => {
    const { id: tenantId } = await provisionedTenant(graph);
    const { id } = await newJourney(tenantId);
    const archived = await move(id, 'ARCHIVED');
    const { errors } = await graph.request(MOVE, { id, status: 'ACTIVE' });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'status' }] });
    expect(errors?.[0]?.message).toContain('from ARCHIVED to ACTIVE');
    expect(await findJourney(id)).toEqual(archived);
  });

  test('to ACTIVE needs a step, and meets a change that takes the last one away', async () => {
    const { id: tenantId } = await provisionedTenant(graph);
    const empty = await newJourney(tenantId, { steps: [] });
    expect(await graph.refusal(MOVE, { id: empty.id, status: 'ACTIVE' })).toBe('BAD_USER_INPUT');
    const { id } = await newJourney(tenantId);
    await withSlowWrites(graph.database, 'crm.journey', () =>
      Promise.all([
        graph.request(MOVE, { id, status: 'ACTIVE' }),
        graph.request(UPDATE, { id, input: { steps: [] } }),
      ]),
    );
    const journey = await findJourney(id);
    expect(journey.status === 'ACTIVE' ? journey.steps.length : 1).toBeGreaterThan(0);
  });

  test('is refused while CRM is disabled', async () => {
    const tenant = await provisionedTenant(graph);
    const journey = await newJourney(tenant.id);
    await graph.ask('mutation ($id: ID!) { disableSystem(tenantId: $id, system: CRM) { id } }', {
      id: tenant.id,
    });
    expect(await graph.refusal(MOVE, { id: journey.id, status: 'ACTIVE' })).toBe('SYSTEM_DISABLED');
    expect(await graph.refusal(UPDATE, { id: journey.id, input: { name: 'A' } })).toBe('SYSTEM_DISABLED');
    const input = { tenantId: tenant.id, name: 'Late', triggerType: 'MANUAL' };
    expect(await graph.refusal(CREATE, { input })).toBe('SYSTEM_DISABLED');
    expect(await findJourney(journey.id)).toEqual(journey);
  });
});
