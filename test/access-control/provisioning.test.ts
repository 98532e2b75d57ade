import { randomUUID } from 'node:crypto';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, provisionedTenant, uniqueName } from '../testkit/seed';
import { withSlowWrites } from '../testkit/slow-writes';

const PROVISION = `mutation ($input: ProvisionTenantInput!) {
  provisionTenant(input: $input) {
    id status
    steps { system name status attempts startedAt finishedAt error { code message } }
    tenant { id slug displayName }
    registry { sclTenantCode sclEnabled teeTimeClubIds teeTimeEnabled messagingTenantId messagingEnabled crmTenantId crmEnabled
      billingEnabled paymentsEnabled paymentProviders associationProvider associationMemberId provisionedAt }
  }
}`;

const CONTACT = `mutation ($messagingTenantId: String!) {
  createContact(input: { messagingTenantId: $messagingTenantId, email: "a@example.com" }) { id }
}`;

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

const newTenant = (stem = 'prov') => {
  const slug = uniqueName(stem);
  return { slug, displayName: slug };
};

test('a new tenant is set up in every system by one call, and its registry entry says so', async () => {
  const tenant = newTenant();
  const clubId = randomUUID();
  const { provisionTenant: run } = await graph.ask(PROVISION, {
    input: {
      tenant,
      scl: { code: tenant.slug },
      teeTime: { clubIds: [clubId] },
      messaging: { tenantId: `msg-${tenant.slug}` },
      crm: { enabled: true },
      billing: true,
      payments: { providers: ['stripe', 'peach'] },
      association: { provider: 'golfrsa', memberId: 'RSA-2024-12345' },
    },
  });
  expect(run.status).toBe('COMPLETED');
  const systems = ['ACCESS_CONTROL', 'SCL', 'TEETIME', 'MESSAGING', 'CRM', 'ACCESS_CONTROL'];
  expect(run.steps).toEqual(
    systems.map((system) =>
      expect.objectContaining({ system, status: 'COMPLETED', attempts: 1, error: null }),
    ),
  );
  expect(run.registry).toEqual({
    sclTenantCode: tenant.slug,
    sclEnabled: true,
    teeTimeClubIds: [clubId],
    teeTimeEnabled: true,
    messagingTenantId: `msg-${tenant.slug}`,
    messagingEnabled: true,
    crmTenantId: run.tenant.id,
    crmEnabled: true,
    billingEnabled: true,
    paymentsEnabled: true,
    paymentProviders: ['stripe', 'peach'],
    associationProvider: 'golfrsa',
    associationMemberId: 'RSA-2024-12345',
    provisionedAt: expect.any(String),
  });
});

test('fifty identical calls at once make one tenant, one entry and one run', async () => {
  const tenant = newTenant('fifty');
  const input = { tenant, scl: { code: tenant.slug }, crm: {} };
  const runs = await Promise.all(Array.from({ length: 50 }, () => graph.ask(PROVISION, { input })));
  expect(new Set(runs.map((run) => run.provisionTenant.id)).size).toBe(1);
  expect(
    await graph.database.query('SELECT FROM access_control.tenant WHERE slug = $1', [tenant.slug]),
  ).toHaveLength(1);
});

test('a later call adds a system and leaves the others as they are', async () => {
  const tenant = newTenant();
  await graph.ask(PROVISION, { input: { tenant, scl: { code: tenant.slug } } });
  const { provisionTenant: run } = await graph.ask(PROVISION, {
    input: { tenant: { slug: tenant.slug }, billing: true },
  });
  expect(run.registry).toMatchObject({
    sclTenantCode: tenant.slug,
    sclEnabled: true,
    billingEnabled: true,
    crmEnabled: false,
  });
});

test('two calls in one request each answer what they wrote', async () => {
  const tenant = newTenant();
  const { one, other } = await graph.ask(
    `mutation ($tenant: ProvisionTenantIdentityInput!) {
      one: provisionTenant(input: { tenant: $tenant, billing: true }) { registry { billingEnabled crmEnabled } }
      other: provisionTenant(input: { tenant: $tenant, crm: {} }) { registry { billingEnabled crmEnabled } }
    }`,
    { tenant },
  );
  expect(one.registry).toEqual({ billingEnabled: true, crmEnabled: false });
  expect(other.registry).toEqual({ billingEnabled: true, crmEnabled: true });
});

test('a call that goes back to an earlier input writes it again, as a run of its own', async () => {
  const tenant = newTenant();
  const run = async (enabled: boolean) =>
    (await graph.ask(PROVISION, { input: { tenant, crm: { enabled } } })).provisionTenant;
  const first = await run(true);
  expect((await run(false)).registry.crmEnabled).toBe(false);
  const third = await run(true);
  expect(third.registry.crmEnabled).toBe(true);
  expect(third.id).not.toBe(first.id);
  expect((await run(true)).id).toBe(third.id);
});

test('a repeated call leaves the entry untouched', async () => {
  const input = {
    tenant: newTenant(),
    crm: {},
    teeTime: { clubIds: [randomUUID()] },
    payments: { providers: ['stripe'] },
  };
  const query = 'query ($slug: String) { tenantRegistry(tenantSlug: $slug) { updatedAt provisionedAt } }';
  await graph.ask(PROVISION, { input });
  const before = await graph.ask(query, { slug: input.tenant.slug });
  await graph.ask(PROVISION, { input });
  expect(await graph.ask(query, { slug: input.tenant.slug })).toEqual(before);
});

test('a tenant keeps its keys and what is under them, whatever its slug becomes and a later call names', async () => {
  const tenant = newTenant('first');
  const input = { template: 'CLUB', tenant, scl: { clubs: [{ name: 'Home' }] } };
  const { provisionTenant: first } = await graph.ask(PROVISION, { input });
  const { id } = first.tenant;
  const { sclTenantCode, messagingTenantId } = first.registry;
  await graph.ask(CONTACT, { messagingTenantId });
  const slug = uniqueName('second');
  await graph.ask(
    'mutation ($id: ID!, $slug: String) { updateTenant(id: $id, input: { slug: $slug }) { id } }',
    {
      id,
      slug,
    },
  );
  const before = await heldBy(id);
  expect(before).toMatchObject({
    registry: { sclTenantCode, messagingTenantId },
    sclTenant: { clubs: [{ name: 'Home' }] },
    contacts: { totalCount: 1 },
  });

  const again = { ...input, tenant: { slug } };
  expect((await graph.ask(PROVISION, { input: again })).provisionTenant).toEqual({
    ...first,
    tenant: { ...first.tenant, slug },
  });
  for (const [part, present] of [
    [{ scl: { code: uniqueName('OTHER') } }, sclTenantCode],
    [{ messaging: { tenantId: uniqueName('other') } }, messagingTenantId],
  ]) {
    const { status, errors } = await graph.request(PROVISION, { input: { tenant: { id }, ...part } });
    expect(status).toBe(409);
    expect(errors?.[0]?.extensions.code).toBe('CONFLICT');
    expect(errors?.[0]?.message).toContain(`give ${present}`);
  }
  expect(await heldBy(id)).toEqual(before);

  const heir = { template: 'CLUB', tenant: { ...tenant, displayName: 'Heir' } };
  expect(await graph.refusal(PROVISION, { input: heir })).toBe('CONFLICT');
});

/** What SCL and Messaging have of the tenant, and by which keys. */
async function heldBy(id: string) {
  const query = `query ($id: ID) { tenant(id: $id) {
    registry { sclTenantCode messagingTenantId updatedAt } sclTenant { clubs { name } } contacts { totalCount }
  } }`;
  return (await graph.ask(query, { id })).tenant;
}

test('an existing tenant is provisioned by its id', async () => {
  const { id, slug } = await bareTenant(graph);
  const { provisionTenant: run } = await graph.ask(PROVISION, { input: { tenant: { id }, crm: {} } });
  expect(run.tenant).toMatchObject({ id, slug });
});

test.each([
  ['an SCL code', (taken: Taken) => ({ scl: { code: taken.sclTenantCode } }), 'input.scl.code'],
  [
    'a Messaging id',
    (taken: Taken) => ({ messaging: { tenantId: taken.messagingTenantId } }),
    'input.messaging.tenantId',
  ],
  [
    'a club',
    (taken: Taken) => ({ teeTime: { clubIds: [randomUUID(), taken.clubId] } }),
    'input.teeTime.clubIds',
  ],
])(
  '%s of another tenant is a conflict, and not even the tenant is left behind',
  async (_what, part, path) => {
    const owner = await provisionedTenant(graph);
    const clubId = randomUUID();
    await graph.ask(PROVISION, { input: { tenant: { id: owner.id }, teeTime: { clubIds: [clubId] } } });
    const tenant = newTenant('loser');
    const { status, errors } = await graph.request(PROVISION, {
      input: { tenant, ...part({ ...owner, clubId }) },
    });
    expect(status).toBe(409);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', fields: [{ path }] });
    expect((await graph.ask(`{ tenant(slug: "${tenant.slug}") { id } }`)).tenant).toBeNull();
  },
);

test('of two tenants that race for one SCL code, one wins and the other leaves nothing behind', async () => {
  const code = uniqueName('CODE');
  const [one, other] = [newTenant(), newTenant()];
  const answers = await Promise.all(
    [one, other].map((tenant) => graph.request(PROVISION, { input: { tenant, scl: { code } } })),
  );
  expect(answers.filter((answer) => answer.errors)).toHaveLength(1);
  const left = await graph.database.query('SELECT FROM access_control.tenant WHERE slug = ANY ($1)', [
    [one.slug, other.slug],
  ]);
  expect(left).toHaveLength(1);
});

test('of two tenants that race for the same clubs in opposite orders, one gets all of them', async () => {
  const clubIds = Array.from({ length: 4 }, () => randomUUID());
  const [one, other] = [newTenant(), newTenant()];
  const answers = await withSlowWrites(graph.database, 'access_control.tenant_registry_club', () =>
    Promise.all([
      graph.request(PROVISION, { input: { tenant: one, teeTime: { clubIds } } }),
      graph.request(PROVISION, { input: { tenant: other, teeTime: { clubIds: clubIds.toReversed() } } }),
    ]),
  );
  expect(answers.flatMap(({ errors }) => errors ?? []).map((error) => error.extensions.code)).toEqual([
    'CONFLICT',
  ]);
});

test.each([
  [{ tenant: {} }, 'input.tenant', 'BAD_USER_INPUT'],
  [{ tenant: { slug: 'never-created' } }, 'input.tenant.slug', 'TENANT_NOT_FOUND'],
  [{ tenant: { id: '00000000-0000-4000-8000-000000000000' } }, 'input.tenant.id', 'TENANT_NOT_FOUND'],
  [{ tenant: { id: '42' } }, 'input.tenant.id', 'BAD_USER_INPUT'],
  [{ tenant: { slug: 'x', displayName: '' } }, 'input.tenant.displayName', 'BAD_USER_INPUT'],
  [{ tenant: { slug: 'x' }, scl: { code: ' ' } }, 'input.scl.code', 'BAD_USER_INPUT'],
  [{ tenant: { slug: 'x' }, teeTime: { clubIds: ['42'] } }, 'input.teeTime.clubIds', 'BAD_USER_INPUT'],
  [
    { tenant: { slug: 'x' }, payments: { providers: ['Not One'] } },
    'input.payments.providers',
    'BAD_USER_INPUT',
  ],
  [{ tenant: { slug: 'x' }, association: { provider: '' } }, 'input.association.provider', 'BAD_USER_INPUT'],
])('%j is refused by name', async (input, path, code) => {
  const { errors } = await graph.request(PROVISION, { input });
  expect(errors?.[0]?.extensions).toMatchObject({ code, fields: [{ path }] });
});

interface Taken {
  sclTenantCode: string;
  messagingTenantId: string;
  clubId: string;
}
