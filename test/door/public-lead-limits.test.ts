import { defaultDoor } from '../../shared/door-settings';
import { startGraph, type TestGraph } from '../testkit/graph';
import { type ProvisionedTenant, provisionedTenant, uniqueName } from '../testkit/seed';

const SUBMIT = `mutation ($input: SubmitLeadInput!) { submitLead(input: $input) { id } }`;
const NONE = { reads: 0, writes: 0, leadsPerAddress: 0, leadsPerTenant: 0 };

const graphs: TestGraph[] = [];
afterEach(() => Promise.all(graphs.splice(0).map((graph) => graph.stop())));

async function open(
  rateLimits: Partial<typeof NONE>,
  trustedProxies: string[] = [],
  shape: 'one process' | 'distributed' = 'one process',
): Promise<{ graph: TestGraph; tenant: ProvisionedTenant }> {
  const door = { ...defaultDoor, trustedProxies, rateLimits: { ...NONE, ...rateLimits } };
  const graph = await startGraph(shape, { door });
  graphs.push(graph);
  return { graph, tenant: await provisionedTenant(graph) };
}

async function submitFrom(graph: TestGraph, tenantSlug: string, forwardedFor: string) {
  const response = await fetch(`${graph.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': forwardedFor },
    body: JSON.stringify({ query: SUBMIT, variables: { input: { tenantSlug, email: 'jo@example.com' } } }),
  });
  const { data, errors } = (await response.json()) as {
    data?: { submitLead: { id: string } } | null;
    errors?: { extensions: { code: string } }[];
  };
  return {
    status: response.status,
    id: data?.submitLead.id,
    code: errors?.[0]?.extensions.code,
    retryAfter: response.headers.get('retry-after'),
  };
}

test.each([
  ['whatever they say of where they come from', { leadsPerAddress: 20 }, []],
  ['what a proxy adds to whatever they say', { leadsPerAddress: 20 }, ['127.0.0.1']],
  ['two hundred addresses', { leadsPerTenant: 20 }, ['127.0.0.1']],
])(
  'of 200 leads at once at a limit of 20 exactly 20 are stored: %s',
  async (what, limits, proxies) => {
    const { graph, tenant } = await open(limits, proxies);
    const from = (n: number) =>
      what.startsWith('what a proxy') ? `192.0.2.${n}, 203.0.113.7` : `192.0.2.${n}`;
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => submitFrom(graph, tenant.slug, from(n))),
    );
    const taken = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 429);
    expect([taken.length, refused.length]).toEqual([20, 180]);
    expect(new Set(taken.map(({ id }) => id)).size).toBe(20);
    for (const { code, retryAfter } of refused) {
      expect(code).toBe('RATE_LIMITED');
      expect(Number(retryAfter)).toBeGreaterThan(0);
    }
    expect(await graph.database.query('SELECT id FROM crm.lead')).toHaveLength(20);
  },
  60_000,
);

test.each(['one process', 'distributed'] as const)(
  'an address counts and is kept as one however proxies write it: %s',
  async (shape) => {
    const proxies = ['127.0.0.1', '203.0.113.0/24'];
    const { graph, tenant } = await open({ leadsPerAddress: 1 }, proxies, shape);
    const written = {
      '192.0.2.1:50001': '192.0.2.1',
      '::ffff:c000:202': '192.0.2.2',
      '[2001:db8::1]:50001': '2001:db8::1',
      '192.0.2.3, 203.0.113.7:50001': '192.0.2.3',
    };
    for (const forwardedFor of Object.keys(written))
      expect((await submitFrom(graph, tenant.slug, forwardedFor)).status).toBe(200);
    for (const address of Object.values(written))
      expect((await submitFrom(graph, tenant.slug, `${address}, 203.0.113.8`)).code).toBe('RATE_LIMITED');
    const entries = await graph.database.query<{ address: string }>(
      `SELECT address FROM crm.audit_entry WHERE action = 'submitLead' ORDER BY occurred_at`,
    );
    expect(entries.map(({ address }) => address)).toEqual(Object.values(written));
  },
);

test('a caller with a token is counted by its subject, wherever it comes from', async () => {
  const { graph } = await open({ reads: 2 }, ['127.0.0.1']);
  const read = async (sub: string, forwardedFor: string) =>
    (
      await graph
        .as({ roles: ['PLATFORM_AUDITOR'], sub }, { 'x-forwarded-for': forwardedFor })
        .request('{ __typename }')
    ).status;
  expect([await read('ann', '192.0.2.1'), await read('ann', '192.0.2.2')]).toEqual([200, 200]);
  expect(await read('ann', '192.0.2.3')).toBe(429);
  expect(await read('bob', '192.0.2.1')).toBe(200);
});

test('leads with a token are counted by their tenant together with those without one', async () => {
  const { graph, tenant } = await open({ leadsPerTenant: 3 });
  const input = { tenantSlug: tenant.slug, email: 'jo@example.com' };
  const statuses: number[] = [];
  for (const caller of [graph.anonymous, graph, graph.anonymous, graph]) {
    statuses.push((await caller.request(SUBMIT, { input })).status);
  }
  expect(statuses).toEqual([200, 200, 200, 429]);
});

test('a tenant has one count, whether leads name it by its UUID, by its slug, or by the one that it gets', async () => {
  const { graph, tenant } = await open({ leadsPerTenant: 3 });
  const slug = uniqueName('renamed');
  const leave = async (name: object) =>
    (await graph.request(SUBMIT, { input: { ...name, email: 'jo@example.com' } })).status;
  expect(await leave({ tenantSlug: tenant.slug })).toBe(200);
  expect(await leave({ tenantId: tenant.id })).toBe(200);
  await graph.ask(
    'mutation ($id: ID!, $slug: String!) { updateTenant(id: $id, input: { slug: $slug }) { id } }',
    { id: tenant.id, slug },
  );
  expect(await leave({ tenantSlug: slug })).toBe(200);
  expect([await leave({ tenantSlug: slug }), await leave({ tenantId: tenant.id })]).toEqual([429, 429]);
});

test('a token counts as the public where it does not let its holder write', async () => {
  const { graph, tenant } = await open({ leadsPerAddress: 1 });
  const neighbour = await provisionedTenant(graph);
  const email = 'jo@example.com';
  const own = graph.as({ roles: ['TENANT_OWNER'], tenants: [tenant.id] });
  const byId = () => own.request(SUBMIT, { input: { tenantId: tenant.id, email } });
  const elsewhere = () => own.request(SUBMIT, { input: { tenantSlug: neighbour.slug, email } });
  expect([(await byId()).status, (await byId()).status, (await byId()).status]).toEqual([200, 200, 200]);
  expect([(await elsewhere()).status, (await elsewhere()).status]).toEqual([200, 429]);
});
