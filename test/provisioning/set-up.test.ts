import { randomUUID } from 'node:crypto';
import { recordOfRun } from '../../shared/provisioning/record-of-run';
import { publishedDuring } from '../events/outbox-rows';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, provisionedTenant, uniqueName } from '../testkit/seed';
import { withSlowWrites } from '../testkit/slow-writes';
import { doorOf, OPERATOR, setUp } from './door';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

/** A tenant without a registry entry, and Access Control at the door for a run of it. */
async function newRun() {
  const tenant = await bareTenant(graph);
  const runId = randomUUID();
  return { tenant, runId, door: doorOf(graph, tenant.id), run: { runId, tenantId: tenant.id } };
}

const entriesOf = (system: string, tenantKey: string) =>
  graph.database.query<{ action: string; record_type: string; record_id: string }>(
    `SELECT action, record_type, record_id, actor, on_behalf_of, before FROM ${system}.audit_entry
     WHERE tenant_key = $1 ORDER BY position`,
    [tenantKey],
  );
const disable = (id: string) => graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id });
const BY_GRAPH = { actor: 'tenant-graph', on_behalf_of: OPERATOR };

describe('SCL', () => {
  const clubsOf = (code: string) =>
    graph.ask('query ($code: String) { sclTenant(code: $code) { name clubs { id name } } }', { code });
  const inputOf = (run: object, code: string) => ({
    ...run,
    code,
    name: 'The club',
    clubs: [{ name: 'North' }, { name: 'South' }, { name: 'North' }],
  });

  test('gets a tenant with its clubs, on the record and with events', async () => {
    const { door, run, runId, tenant } = await newRun();
    const code = uniqueName('SCL');
    const ids = [
      recordOfRun(runId, 'scl-tenant', code),
      recordOfRun(runId, 'scl-club', `${code}/North`),
      recordOfRun(runId, 'scl-club', `${code}/South`),
    ];
    const events = await publishedDuring(graph.database, async () => {
      const input = inputOf(run, code);
      expect(await door.ask('scl', setUp.scl, { input })).toEqual({ created: ids, adopted: [] });
    });
    expect(await clubsOf(code)).toEqual({
      sclTenant: {
        name: 'The club',
        clubs: [
          { id: ids[1], name: 'North' },
          { id: ids[2], name: 'South' },
        ],
      },
    });
    expect(events).toMatchObject(
      [ids[1], ids[2]].map((clubId) => ({
        type: 'scl.club.created',
        tenant_id: tenant.id,
        tenant_slug: tenant.slug,
        payload: { clubId, sclTenantCode: code },
      })),
    );
    expect(await entriesOf('scl', code)).toMatchObject(
      ids.map((record_id) => ({ ...BY_GRAPH, action: 'setUpInScl', record_id, before: null })),
    );
  });

  test('changes nothing when the run asks again, also after somebody renamed what it made', async () => {
    const { door, run } = await newRun();
    const input = inputOf(run, uniqueName('SCL'));
    const { created } = await door.ask('scl', setUp.scl, { input });
    const rename = 'mutation ($id: ID!) { updateSclClub(id: $id, input: { name: "Old North" }) { id } }';
    await graph.ask(rename, { id: created[1] });
    const events = await publishedDuring(graph.database, async () => {
      const again = await door.ask('scl', setUp.scl, { input });
      expect({ ...again, created: again.created.sort() }).toEqual({ created: created.sort(), adopted: [] });
    });
    expect(events).toEqual([]);
    expect((await clubsOf(input.code)).sclTenant.clubs.map((club: { name: string }) => club.name)).toEqual([
      'Old North',
      'South',
    ]);
  });

  test('keeps the tenant and the clubs that are there, and adds those that are missing', async () => {
    const { door, run } = await newRun();
    const code = uniqueName('SCL');
    const { createSclTenant } = await graph.ask(
      'mutation ($code: String!) { createSclTenant(input: { code: $code, name: "Before" }) { id } }',
      { code },
    );
    const { createSclClub } = await graph.ask(
      'mutation ($id: ID!) { createSclClub(input: { sclTenantId: $id, name: "South" }) { id } }',
      { id: createSclTenant.id },
    );
    const { created, adopted } = await door.ask('scl', setUp.scl, { input: inputOf(run, code) });
    expect(adopted).toEqual([createSclTenant.id, createSclClub.id]);
    expect((await clubsOf(code)).sclTenant).toEqual({
      name: 'Before',
      clubs: [
        { id: created[0], name: 'North' },
        { id: createSclClub.id, name: 'South' },
      ],
    });
  });

  test('does once what the run asks for twice at the same moment', async () => {
    const { door, run } = await newRun();
    const input = inputOf(run, uniqueName('SCL'));
    const answers: { created: string[] }[] = [];
    const events = await publishedDuring(graph.database, async () => {
      await withSlowWrites(graph.database, 'scl.scl_tenant', async () => {
        const calls = Array.from({ length: 4 }, () => door.ask('scl', setUp.scl, { input }));
        answers.push(...(await Promise.all(calls)));
      });
    });
    expect(new Set(answers.map(({ created }) => [...created].sort().join())).size).toBe(1);
    expect(events).toHaveLength(2);
    expect(await entriesOf('scl', input.code)).toHaveLength(3);
  });

  test('lets two runs that meet at one code share its tenant', async () => {
    const [one, other] = [await newRun(), await newRun()];
    const code = uniqueName('SCL');
    const answers = await withSlowWrites(graph.database, 'scl.scl_tenant', () =>
      Promise.all(
        [one, other].map(({ door, run }) => door.ask('scl', setUp.scl, { input: inputOf(run, code) })),
      ),
    );
    expect(answers.flatMap(({ created }) => created)).toHaveLength(3);
    expect(answers.flatMap(({ adopted }) => adopted)).toHaveLength(3);
  });

  test('refuses a code that the registry maps to another tenant, and changes nothing', async () => {
    const { door, run } = await newRun();
    const other = await provisionedTenant(graph);
    const before = await clubsOf(other.sclTenantCode);
    const input = inputOf(run, other.sclTenantCode);
    expect(await door.refusal('scl', setUp.scl, { input })).toMatchObject({
      code: 'CONFLICT',
      path: 'input.scl.code',
    });
    expect(await clubsOf(other.sclTenantCode)).toEqual(before);
  });

  test('refuses more clubs than an SCL tenant can have, and changes nothing', async () => {
    const { door, run } = await newRun();
    const input = inputOf(run, uniqueName('SCL'));
    await door.ask('scl', setUp.scl, { input });
    await graph.database.query(
      `INSERT INTO scl.scl_club (id, scl_tenant_id, name, created_by, updated_by)
       SELECT gen_random_uuid(), t.id, 'club ' || n, 'test', 'test'
       FROM scl.scl_tenant t, generate_series(1, 998) n WHERE t.code = $1`,
      [input.code],
    );
    expect(await door.ask('scl', setUp.scl, { input })).toMatchObject({ adopted: [] });
    const more = { ...input, clubs: [{ name: 'One more' }] };
    expect(await door.refusal('scl', setUp.scl, { input: more })).toMatchObject({
      code: 'BAD_USER_INPUT',
      path: 'input.scl.clubs',
    });
    const clubs = await graph.database.query("SELECT FROM scl.scl_club WHERE name = 'One more'");
    expect(clubs).toEqual([]);
  });
});

describe('TeeTime', () => {
  const clubsOf = (tenantId: string) =>
    graph.database.query<{ id: string; club_code: string }>(
      'SELECT id, club_code, location, timezone FROM teetime.club WHERE tenant_id = $1 ORDER BY club_code',
      [tenantId],
    );
  const createClub = async (tenantId: string, clubCode: string): Promise<string> => {
    const { createClub: club } = await graph.ask(
      'mutation ($input: CreateClubInput!) { createClub(input: $input) { id } }',
      { input: { tenantId, clubCode, name: 'Was there' } },
    );
    return club.id;
  };

  test('gets the clubs that are missing, and says which to map in the order of the input', async () => {
    const { door, run, runId, tenant } = await newRun();
    const [first, known, second] = ['B', 'M', 'A'].map((letter) => `${letter}-${uniqueName('TT')}`);
    const knownId = await createClub(tenant.id, known as string);
    const unknownId = randomUUID();
    const ids = [first, second].map((code) => recordOfRun(runId, 'club', code as string));
    const input = {
      ...run,
      clubs: [
        { clubCode: first, name: 'First', location: 'Paarl', timezone: 'UTC' },
        { clubCode: known, name: 'Ignored' },
        { clubCode: second, name: 'Second' },
      ],
      clubIds: [unknownId.toUpperCase()],
    };
    const events = await publishedDuring(graph.database, async () => {
      expect(await door.ask('teetime', setUp.teetime, { input })).toEqual({
        clubIds: [unknownId, ids[0], knownId, ids[1]],
        created: ids,
        adopted: [knownId],
      });
    });
    expect(await clubsOf(tenant.id)).toEqual([
      { id: ids[1], club_code: second, location: null, timezone: 'Africa/Johannesburg' },
      { id: ids[0], club_code: first, location: 'Paarl', timezone: 'UTC' },
      { id: knownId, club_code: known, location: null, timezone: 'Africa/Johannesburg' },
    ]);
    expect(events).toMatchObject(
      ids.map((clubId) => ({ type: 'teetime.club.created', tenant_id: tenant.id, payload: { clubId } })),
    );
    const made = (await entriesOf('teetime', tenant.id)).filter(({ action }) => action === 'setUpInTeeTime');
    expect(made).toMatchObject(ids.map((record_id) => ({ ...BY_GRAPH, record_id, before: null })));
  });

  test('does once what the run asks for twice, also at the same moment and after a code was changed', async () => {
    const { door, run, tenant } = await newRun();
    const input = { ...run, clubs: ['A', 'B'].map((name) => ({ clubCode: uniqueName(name), name })) };
    const events = await publishedDuring(graph.database, async () => {
      const [answer, ...others] = await withSlowWrites(graph.database, 'teetime.club', () =>
        Promise.all(Array.from({ length: 4 }, () => door.ask('teetime', setUp.teetime, { input }))),
      );
      for (const other of others) expect(other.clubIds).toEqual(answer.clubIds);
    });
    expect(events).toHaveLength(2);
    const [club] = await clubsOf(tenant.id);
    await graph.ask(
      'mutation ($id: ID!, $code: String) { updateClub(id: $id, input: { clubCode: $code }) { id } }',
      {
        id: club?.id,
        code: uniqueName('new'),
      },
    );
    expect((await door.ask('teetime', setUp.teetime, { input })).created).toHaveLength(2);
    expect(await clubsOf(tenant.id)).toHaveLength(2);
  });

  test.each(['clubs', 'clubIds'])(
    'refuses another tenant’s among the %s, and changes nothing',
    async (part) => {
      const { door, run, tenant } = await newRun();
      const clubCode = uniqueName('TT');
      const clubId = await createClub((await bareTenant(graph)).id, clubCode);
      const fresh = { clubCode: uniqueName('TT'), name: 'Fresh' };
      const input = {
        ...run,
        clubs: part === 'clubs' ? [fresh, { clubCode, name: 'Taken' }] : [fresh],
        clubIds: part === 'clubIds' ? [clubId] : [],
      };
      const refusal = await door.refusal('teetime', setUp.teetime, { input });
      expect(refusal).toMatchObject({ code: 'CONFLICT', path: `input.teeTime.${part}` });
      expect(refusal.message).toContain(part === 'clubs' ? clubCode : clubId);
      expect(await clubsOf(tenant.id)).toEqual([]);
    },
  );
});

describe('Messaging', () => {
  const rowOf = async (messagingTenantId: string) =>
    (
      await graph.database.query<{ provider: string; run_id: string }>(
        'SELECT provider, run_id FROM messaging.messaging_tenant WHERE messaging_tenant_id = $1',
        [messagingTenantId],
      )
    )[0];

  test('gets the tenant with its provider, once', async () => {
    const { door, run, runId } = await newRun();
    const messagingTenantId = uniqueName('msg');
    const input = { ...run, messagingTenantId, provider: 'twilio' };
    const answers = await withSlowWrites(graph.database, 'messaging.messaging_tenant', () =>
      Promise.all(Array.from({ length: 4 }, () => door.ask('messaging', setUp.messaging, { input }))),
    );
    for (const answer of answers) {
      expect(answer).toEqual({ created: [messagingTenantId], adopted: [] });
    }
    expect(await rowOf(messagingTenantId)).toEqual({ provider: 'twilio', run_id: runId });
    expect(await entriesOf('messaging', messagingTenantId)).toMatchObject([
      {
        ...BY_GRAPH,
        action: 'setUpInMessaging',
        record_type: 'MessagingTenant',
        record_id: messagingTenantId,
      },
    ]);
  });

  test('sends by itself unless told otherwise, and leaves a provider that nobody names', async () => {
    const { door, run, runId } = await newRun();
    const messagingTenantId = uniqueName('msg');
    const ask = (input: object) =>
      door.ask('messaging', setUp.messaging, { input: { ...run, messagingTenantId, ...input } });
    await ask({});
    expect(await rowOf(messagingTenantId)).toEqual({ provider: 'internal', run_id: runId });
    const later = { runId: randomUUID() };
    expect(await ask({ ...later, provider: 'sendgrid' })).toEqual({
      created: [],
      adopted: [messagingTenantId],
    });
    await ask({ ...later, provider: null });
    expect(await rowOf(messagingTenantId)).toEqual({ provider: 'sendgrid', run_id: runId });
    expect(await entriesOf('messaging', messagingTenantId)).toHaveLength(2);
  });

  test('refuses an unknown provider, and an id that the registry maps to another tenant', async () => {
    const { door, run } = await newRun();
    const other = await provisionedTenant(graph);
    const { messagingTenantId } = other;
    const before = await rowOf(messagingTenantId);
    const ask = (input: object) =>
      door.refusal('messaging', setUp.messaging, { input: { ...run, ...input } });
    expect(await ask({ messagingTenantId, provider: 'twilio' })).toMatchObject({
      code: 'CONFLICT',
      path: 'input.messaging.tenantId',
    });
    expect(await ask({ messagingTenantId: 'free', provider: 'pigeon' })).toMatchObject({
      code: 'BAD_USER_INPUT',
      path: 'input.messaging.provider',
    });
    expect(await rowOf(messagingTenantId)).toEqual(before);
  });

  test('shows the provider of a tenant while Messaging is enabled for it', async () => {
    const tenant = await provisionedTenant(graph);
    const shown = async () =>
      (await graph.ask('query ($id: ID!) { tenant(id: $id) { messagingProvider } }', { id: tenant.id }))
        .tenant;
    const own = graph.as({ roles: ['TENANT_VIEWER'], tenants: [tenant.id] });
    expect(await shown()).toEqual({ messagingProvider: 'internal' });
    const input = { runId: randomUUID(), tenantId: tenant.id, messagingTenantId: tenant.messagingTenantId };
    await doorOf(graph, tenant.id).ask('messaging', setUp.messaging, {
      input: { ...input, provider: 'sendgrid' },
    });
    expect(await shown()).toEqual({ messagingProvider: 'sendgrid' });
    expect(
      await own.ask('query ($id: ID!) { tenant(id: $id) { messagingProvider } }', { id: tenant.id }),
    ).toEqual({
      tenant: { messagingProvider: 'sendgrid' },
    });
    await graph.ask('mutation ($id: ID!) { disableSystem(tenantId: $id, system: MESSAGING) { id } }', {
      id: tenant.id,
    });
    expect(await shown()).toEqual({ messagingProvider: null });
  });
});

describe('CRM', () => {
  const packOf = (tenantId: string) =>
    graph.database.query<{ run_id: string | null }>(
      'SELECT pack_key, run_id FROM crm.template_pack_installation WHERE tenant_id = $1',
      [tenantId],
    );
  const install = (id: string, pack: string) =>
    graph.ask(
      'mutation ($id: ID!, $pack: TemplatePackKey!) { installTemplatePack(tenantId: $id, pack: $pack) { version } }',
      { id, pack },
    );

  test('gets a template pack, once, with the copy of the tenant that it needs', async () => {
    const { door, run, runId, tenant } = await newRun();
    const input = { ...run, templatePack: 'CLUB' };
    const answers = await withSlowWrites(graph.database, 'crm.tenant', () =>
      Promise.all(Array.from({ length: 4 }, () => door.ask('crm', setUp.crm, { input }))),
    );
    for (const answer of answers) {
      expect(answer).toEqual({ created: ['CLUB'], adopted: [] });
    }
    expect(await packOf(tenant.id)).toEqual([{ pack_key: 'CLUB', run_id: runId }]);
    expect(await entriesOf('crm', tenant.id)).toMatchObject([
      { ...BY_GRAPH, action: 'setUpInCrm', record_type: 'TemplatePackInstallation', record_id: 'CLUB' },
    ]);
    const { tenant: seen } = await graph.ask('query ($id: ID!) { tenant(id: $id) { journeys { status } } }', {
      id: tenant.id,
    });
    expect(seen.journeys.length).toBeGreaterThan(0);
  });

  test('adopts the pack that is there', async () => {
    const { door, run, tenant } = await newRun();
    await install(tenant.id, 'CLUB');
    const input = { ...run, templatePack: 'CLUB' };
    expect(await door.ask('crm', setUp.crm, { input })).toEqual({
      created: [],
      adopted: ['CLUB'],
    });
    expect(await packOf(tenant.id)).toEqual([{ pack_key: 'CLUB', run_id: null }]);
  });

  test('refuses a pack whose names are taken, and installs nothing of it', async () => {
    const { door, run, tenant } = await newRun();
    await install(tenant.id, 'CLUB');
    const input = { ...run, templatePack: 'YOLO_B2B' };
    expect(await door.refusal('crm', setUp.crm, { input })).toMatchObject({
      code: 'CONFLICT',
      path: 'input.crm.templatePack',
    });
    expect(await packOf(tenant.id)).toEqual([{ pack_key: 'CLUB', run_id: null }]);
  });
});

const inputs: [keyof typeof setUp, object][] = [
  ['scl', { code: 'NOWHERE', name: 'Nowhere' }],
  ['teetime', { clubs: [{ clubCode: 'NOWHERE', name: 'Nowhere' }] }],
  ['messaging', { messagingTenantId: 'nowhere' }],
  ['crm', { templatePack: 'CLUB' }],
];

test.each(inputs)(
  '%s refuses a tenant that is disabled, unknown or beyond the call',
  async (system, rest) => {
    const { door, run, tenant } = await newRun();
    const refusalOf = (tenantId: string, at = door) =>
      at.refusal(system, setUp[system], { input: { ...run, ...rest, tenantId } });
    await disable(tenant.id);
    expect(await refusalOf(tenant.id)).toMatchObject({ code: 'TENANT_DISABLED' });
    const other = await bareTenant(graph);
    expect(await refusalOf(other.id)).toMatchObject({ code: 'TENANT_NOT_FOUND', path: 'input.tenantId' });
    const unknown = randomUUID();
    expect(await refusalOf(unknown, doorOf(graph, unknown))).toMatchObject({ code: 'TENANT_NOT_FOUND' });
    for (const table of [
      "scl.scl_tenant WHERE code = 'NOWHERE'",
      "teetime.club WHERE club_code = 'NOWHERE'",
      "messaging.messaging_tenant WHERE messaging_tenant_id = 'nowhere'",
    ]) {
      expect(await graph.database.query(`SELECT FROM ${table}`)).toEqual([]);
    }
    expect(
      await graph.database.query('SELECT FROM crm.template_pack_installation WHERE tenant_id = ANY ($1)', [
        [tenant.id, other.id, unknown],
      ]),
    ).toEqual([]);
  },
);

test.each(inputs)('%s does not ask whether it is enabled for the tenant', async (system, rest) => {
  const { door, run, tenant } = await newRun();
  const name = { scl: 'SCL', teetime: 'TEETIME', messaging: 'MESSAGING', crm: 'CRM' }[system];
  await graph.ask(
    'mutation ($id: ID!, $s: TenantSystem!) { disableSystem(tenantId: $id, system: $s) { id } }',
    {
      id: tenant.id,
      s: name,
    },
  );
  const own = JSON.parse(JSON.stringify(rest).replace(/nowhere/gi, uniqueName('on')));
  const { created } = await door.ask(system, setUp[system], { input: { ...run, ...own } });
  expect(created.length).toBeGreaterThan(0);
});
