import { randomUUID } from 'node:crypto';
import { publishedDuring } from '../events/outbox-rows';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, provisionedTenant, uniqueName } from '../testkit/seed';
import { doorOf, OPERATOR, setUp, takeBack } from './door';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

async function newRun(tenant?: { id: string }) {
  const { id } = tenant ?? (await bareTenant(graph));
  return { door: doorOf(graph, id), run: { runId: randomUUID(), tenantId: id } };
}

const NOTHING = { removed: [], kept: [] };
const removalsOf = (system: string, tenantKey: string) =>
  graph.database.query(
    `SELECT record_id, actor, on_behalf_of, before IS NOT NULL AS told, after FROM ${system}.audit_entry
     WHERE tenant_key = $1 AND action LIKE 'takeBackIn%' ORDER BY position`,
    [tenantKey],
  );
const removalOf = (record_id: string) => ({
  record_id,
  actor: 'tenant-graph',
  on_behalf_of: OPERATOR,
  told: true,
  after: null,
});

describe('SCL', () => {
  const namesOf = async (code: string) => {
    const { sclTenant } = await graph.ask(
      'query ($code: String) { sclTenant(code: $code) { clubs { name } } }',
      { code },
    );
    return sclTenant?.clubs.map((club: { name: string }) => club.name);
  };
  const newClub = (sclTenantId: string, name: string) =>
    graph.ask(
      'mutation ($id: ID!, $name: String!) { createSclClub(input: { sclTenantId: $id, name: $name }) { id } }',
      { id: sclTenantId, name },
    );

  async function newSetUp(names: string[]) {
    const { door, run } = await newRun();
    const code = uniqueName('SCL');
    const input = { ...run, code, name: 'The club', clubs: names.map((name) => ({ name })) };
    const ids: string[] = (await door.ask('scl', setUp.scl, { input })).created;
    const back = () => door.ask('scl', takeBack.scl, { input: { ...run, code } });
    return { code, ids, back, input, door };
  }

  test('loses what the run made, on the record and with events; then there is nothing left to take', async () => {
    const { code, ids, back } = await newSetUp(['North', 'South']);
    const [tenantId, ...clubIds] = ids;
    const events = await publishedDuring(graph.database, async () => {
      expect(await back()).toEqual({ removed: [...clubIds, tenantId], kept: [] });
    });
    expect(await namesOf(code)).toBeUndefined();
    expect(events).toMatchObject(
      clubIds.map((clubId) => ({
        type: 'scl.club.removed',
        tenant_key: code,
        payload: { clubId, sclTenantCode: code },
      })),
    );
    expect(await removalsOf('scl', code)).toEqual(
      [...clubIds, tenantId].map((id) => removalOf(id as string)),
    );
    expect(await back()).toEqual(NOTHING);
    expect(await removalsOf('scl', code)).toHaveLength(3);
  });

  test('keeps what others made or changed, and the SCL tenant with it', async () => {
    const { code, ids, back } = await newSetUp(['North', 'South']);
    const [tenantId = '', north, south] = ids;
    await newClub(tenantId, 'East');
    await graph.ask('mutation ($id: ID!) { updateSclClub(id: $id, input: { name: "New" }) { id } }', {
      id: north,
    });
    expect(await back()).toEqual({
      removed: [south],
      kept: [
        { id: north, reason: 'it was changed since' },
        { id: tenantId, reason: 'it has clubs that stay' },
      ],
    });
    expect(await namesOf(code)).toEqual(['East', 'New']);
  });

  test('keeps an SCL tenant that was renamed, or that is another tenant’s by now', async () => {
    const renamed = await newSetUp([]);
    await graph.ask('mutation ($id: ID!) { updateSclTenant(id: $id, input: { name: "New" }) { id } }', {
      id: renamed.ids[0],
    });
    expect(await renamed.back()).toEqual({
      removed: [],
      kept: [{ id: renamed.ids[0], reason: 'it was changed since' }],
    });
    const given = await newSetUp([]);
    const { id } = await bareTenant(graph);
    await graph.ask('mutation ($input: ProvisionTenantInput!) { provisionTenant(input: $input) { id } }', {
      input: { tenant: { id }, scl: { code: given.code } },
    });
    expect(await given.back()).toEqual({
      removed: [],
      kept: [{ id: given.ids[0], reason: 'the registry maps its code to another tenant' }],
    });
  });

  test('keeps an SCL tenant that the run found, and what another run made', async () => {
    const first = await newSetUp(['North']);
    const second = { ...first.input, runId: randomUUID(), clubs: [{ name: 'North' }, { name: 'South' }] };
    const { created } = await first.door.ask('scl', setUp.scl, { input: second });
    const { runId, tenantId, code } = second;
    expect(await first.door.ask('scl', takeBack.scl, { input: { runId, tenantId, code } })).toEqual({
      removed: created,
      kept: [],
    });
    expect(await namesOf(code)).toEqual(['North']);
    expect((await first.back()).removed).toHaveLength(2);
  });

  test('is taken back once by two calls at the same moment', async () => {
    const { back, ids, code } = await newSetUp(['North', 'South']);
    const answers = await Promise.all([back(), back()]);
    expect(answers.flatMap(({ removed }) => removed).sort()).toEqual([...ids].sort());
    expect(await removalsOf('scl', code)).toHaveLength(3);
  });
});

describe('TeeTime', () => {
  const clubsOf = (tenantId: string) =>
    graph.database.query<{ id: string }>('SELECT id FROM teetime.club WHERE tenant_id = $1', [tenantId]);

  async function newSetUp() {
    const { door, run } = await newRun();
    const clubs = ['A', 'B'].map((name) => ({ clubCode: uniqueName(name), name }));
    const { created } = await door.ask('teetime', setUp.teetime, { input: { ...run, clubs } });
    const back = () => door.ask('teetime', takeBack.teetime, { input: run });
    return { door, run, created, back };
  }

  test('loses the clubs that the run made, on the record and with events, and keeps the others', async () => {
    const { run, created, back } = await newSetUp();
    const { createClub } = await graph.ask(
      'mutation ($t: ID!, $c: String!) { createClub(input: { tenantId: $t, clubCode: $c, name: "C" }) { id } }',
      { t: run.tenantId, c: uniqueName('C') },
    );
    const events = await publishedDuring(graph.database, async () => {
      expect(await back()).toEqual({ removed: created, kept: [] });
    });
    expect(events).toMatchObject(
      created.map((clubId: string) => ({ type: 'teetime.club.removed', payload: { clubId } })),
    );
    expect(await clubsOf(run.tenantId)).toEqual([createClub]);
    expect(await removalsOf('teetime', run.tenantId)).toEqual(created.map(removalOf));
    expect(await back()).toEqual(NOTHING);
  });

  test('keeps a club of the run that has another code by now', async () => {
    const { run, created, back } = await newSetUp();
    const update = 'mutation ($id: ID!, $c: String) { updateClub(id: $id, input: { clubCode: $c }) { id } }';
    await graph.ask(update, { id: created[0], c: uniqueName('new') });
    expect(await back()).toEqual({
      removed: [created[1]],
      kept: [{ id: created[0], reason: 'it was changed since' }],
    });
    expect(await clubsOf(run.tenantId)).toEqual([{ id: created[0] }]);
  });
});

describe('Messaging', () => {
  async function newSetUp(messagingTenantId = uniqueName('msg'), tenant?: { id: string }) {
    const { door, run } = await newRun(tenant);
    const input = { ...run, messagingTenantId };
    await door.ask('messaging', setUp.messaging, { input });
    const back = () => door.ask('messaging', takeBack.messaging, { input });
    return { door, run, input, messagingTenantId, back };
  }
  const rows = (id: string) =>
    graph.database.query('SELECT FROM messaging.messaging_tenant WHERE messaging_tenant_id = $1', [id]);
  const kept = (id: string, reason: string) => ({ removed: [], kept: [{ id, reason }] });

  test('loses what the run made, once', async () => {
    const { messagingTenantId, back } = await newSetUp();
    const answers = await Promise.all([back(), back()]);
    expect(answers.flatMap(({ removed }) => removed)).toEqual([messagingTenantId]);
    expect(await rows(messagingTenantId)).toEqual([]);
    expect(await removalsOf('messaging', messagingTenantId)).toEqual([removalOf(messagingTenantId)]);
    expect(await back()).toEqual(NOTHING);
  });

  test('keeps a provider that somebody chose since, and what is another run’s', async () => {
    const { door, input, messagingTenantId, back } = await newSetUp();
    const later = { ...input, runId: randomUUID(), provider: 'twilio' };
    await door.ask('messaging', setUp.messaging, { input: later });
    const { provider: _provider, ...asked } = later;
    expect(await door.ask('messaging', takeBack.messaging, { input: asked })).toEqual(NOTHING);
    expect(await back()).toEqual(kept(messagingTenantId, 'it was changed since'));
    expect(await rows(messagingTenantId)).toHaveLength(1);
  });

  test('keeps what has contacts since, and lets go of what had them before', async () => {
    const tenant = await provisionedTenant(graph);
    const { messagingTenantId } = tenant;
    await graph.database.query('DELETE FROM messaging.messaging_tenant WHERE messaging_tenant_id = $1', [
      messagingTenantId,
    ]);
    const newContact = () =>
      graph.ask('mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }', {
        input: { messagingTenantId, email: 'jo@example.com' },
      });
    await newContact();
    const first = await newSetUp(messagingTenantId, tenant);
    expect(await first.back()).toEqual({ removed: [messagingTenantId], kept: [] });
    const second = await newSetUp(messagingTenantId, tenant);
    await newContact();
    expect(await second.back()).toEqual(kept(messagingTenantId, 'it has contacts since'));
  });

  test('keeps what is another tenant’s by now', async () => {
    const { messagingTenantId, back } = await newSetUp();
    const { id } = await bareTenant(graph);
    await graph.ask('mutation ($input: ProvisionTenantInput!) { provisionTenant(input: $input) { id } }', {
      input: { tenant: { id }, messaging: { tenantId: messagingTenantId } },
    });
    expect(await back()).toEqual(kept(messagingTenantId, 'the registry maps it to another tenant'));
  });
});

describe('CRM', () => {
  async function newSetUp() {
    const { door, run } = await newRun();
    await door.ask('crm', setUp.crm, { input: { ...run, templatePack: 'CLUB' } });
    const back = () => door.ask('crm', takeBack.crm, { input: run });
    const { tenant } = await graph.ask(
      'query ($id: ID!) { tenant(id: $id) { journeys { id } segments { id } } }',
      {
        id: run.tenantId,
      },
    );
    return { id: run.tenantId, back, journeys: tenant.journeys, segments: tenant.segments };
  }
  const countRows = async (id: string) => {
    const tables = ['customer', 'lead', 'segment', 'journey', 'journey_step', 'template_pack_installation'];
    const parts = tables.map((table) => `SELECT tenant_id FROM crm.${table}`);
    const rows = await graph.database.query(
      `SELECT FROM (${parts.join(' UNION ALL ')}) AS own WHERE tenant_id = $1`,
      [id],
    );
    return rows.length;
  };

  test('loses the pack with all that it owns, once', async () => {
    const { id, back } = await newSetUp();
    expect(await countRows(id)).toBeGreaterThan(5);
    const answers = await Promise.all([back(), back()]);
    expect(answers.flatMap(({ removed }) => removed)).toEqual(['CLUB']);
    expect(await countRows(id)).toBe(0);
    expect(await removalsOf('crm', id)).toEqual([removalOf('CLUB')]);
    expect(await back()).toEqual(NOTHING);
  });

  const START = 'mutation ($id: ID!) { setJourneyStatus(id: $id, status: ACTIVE) { id } }';
  const DESCRIBE = 'mutation ($id: ID!) { updateSegment(id: $id, input: { description: "Ours" }) { id } }';

  test.each([
    ['whose journey is ACTIVE', START, 'journeys', 'a journey of it is ACTIVE'],
    ['of which something was changed', DESCRIBE, 'segments', 'it was changed since'],
  ] as const)('keeps a pack %s', async (_which, change, part, reason) => {
    const made = await newSetUp();
    await graph.ask(change, { id: made[part][0].id });
    const before = await countRows(made.id);
    expect(await made.back()).toEqual({
      removed: [],
      kept: [{ id: 'CLUB', reason }],
    });
    expect(await countRows(made.id)).toEqual(before);
  });

  test('keeps what the run did not make: the tenant’s customers', async () => {
    const { id, back } = await newSetUp();
    await graph.ask(
      'mutation ($id: ID!) { createCustomer(input: { tenantId: $id, email: "jo@example.com" }) { id } }',
      { id },
    );
    expect(await back()).toEqual({ removed: ['CLUB'], kept: [] });
    expect(await countRows(id)).toBe(1);
  });

  test('keeps a pack that the run found', async () => {
    const { id } = await bareTenant(graph);
    const install = 'mutation ($id: ID!) { installTemplatePack(tenantId: $id, pack: CLUB) { pack } }';
    await graph.ask(install, { id });
    const before = await countRows(id);
    const { door, run } = await newRun({ id });
    await door.ask('crm', setUp.crm, { input: { ...run, templatePack: 'CLUB' } });
    expect(await door.ask('crm', takeBack.crm, { input: run })).toEqual(NOTHING);
    expect(await countRows(id)).toEqual(before);
  });
});
