import type { SubgraphName } from '../../shared/subgraph/names';
import { DIGIWEDGE_TENANT_ID } from '../../shared/tenancy/well-known-tenants';
import { addDemoData, MAIN_QUERY } from '../testkit/demo-graph';
import { startGraph, type TestGraph } from '../testkit/graph';

let oneProcess: TestGraph;
let distributed: TestGraph;
beforeAll(async () => {
  [oneProcess, distributed] = await Promise.all([startGraph('one process'), startGraph('distributed')]);
  await addDemoData(oneProcess);
  await addDemoData(distributed);
}, 60_000);
afterAll(() => Promise.all([oneProcess.stop(), distributed.stop()]));

test('one request answers a tenant from five systems', async () => {
  const { tenant } = await oneProcess.ask(MAIN_QUERY);
  expect(tenant).toMatchObject({
    id: DIGIWEDGE_TENANT_ID,
    displayName: 'DigiWedge',
    status: 'ACTIVE',
    registry: {
      sclTenantCode: 'DIGIWEDGE',
      messagingTenantId: 'digiwedge-corporate',
      crmTenantId: DIGIWEDGE_TENANT_ID,
    },
    sclTenant: { code: 'DIGIWEDGE' },
  });
  expect(tenant.clubs).toHaveLength(tenant.registry.teeTimeClubIds.length);
  expect(tenant.sclTenant.clubs.length).toBeGreaterThan(0);
  expect(tenant.contacts.edges).toHaveLength(5);
  expect(tenant.customers.totalCount).toBe(40);
  for (const { node } of tenant.customers.edges) {
    expect(node).toMatchObject({ tenantId: DIGIWEDGE_TENANT_ID, tenantSlug: 'digiwedge' });
  }
  expect(tenant.segments.some((segment: { isSystem: boolean }) => segment.isSystem)).toBe(true);
  expect(tenant.journeys.length).toBeGreaterThan(0);
});

test('the distributed shape gives the same answer', async () => {
  expect(await distributed.ask(MAIN_QUERY)).toEqual(await oneProcess.ask(MAIN_QUERY));
});

test('the request costs each system one statement, and CRM one more for its customers', async () => {
  await oneProcess.ask(MAIN_QUERY);
  const statements = await oneProcess.countStatements(() => oneProcess.ask(MAIN_QUERY));
  expect(statements).toEqual({ 'access-control': 1, teetime: 1, scl: 1, messaging: 1, crm: 2 });
});

test.each([
  ['{ tenant(slug: "digiwedge") { registry { id } tenant: registry { tenant { slug } } } }', 1],
  ['{ tenantRegistry(sclTenantCode: "DIGIWEDGE") { tenant { slug registry { id } } } }', 1],
  ['{ tenants(first: 50) { edges { node { slug clubs { name } } } } }', 2],
  [
    `{ tenant(slug: "digiwedge") { status registry { crmTenantId } clubs { name } sclTenant { clubs { name } }
       customers(first: 20) { totalCount edges { node { email } } } contacts(first: 5) { edges { node { email } } } } }`,
    5,
  ],
])('%s costs %i statements', async (query, expected) => {
  const statements = await oneProcess.countStatements(() => oneProcess.ask(query));
  expect(Object.values(statements).reduce((sum, count) => sum + count)).toBe(expected);
});

test.each<[SubgraphName, string[]]>([
  ['crm', ['customers', 'segments', 'journeys']],
  ['teetime', ['clubs']],
  ['scl', ['sclTenant']],
  ['messaging', ['contacts']],
])(
  'without %s its own fields are null with an error at their paths, and the rest is answered',
  async (name, fields) => {
    const graph = await startGraph('distributed');
    try {
      await addDemoData(graph);
      const { tenant: whole } = await graph.ask(MAIN_QUERY);
      await graph.stopSubgraph(name);
      const { status, data, errors } = await graph.request(MAIN_QUERY);
      expect(status).toBe(200);
      expect(data.tenant).toEqual({ ...whole, ...Object.fromEntries(fields.map((field) => [field, null])) });
      expect(errors?.map((error) => error.path).sort()).toEqual(
        fields.map((field) => ['tenant', field]).sort(),
      );
      for (const error of errors ?? []) expect(error.extensions.code).toBe('SUBGRAPH_UNAVAILABLE');
      expect(JSON.stringify(errors)).not.toMatch(/ECONNREFUSED|127\.0\.0\.1/);

      const health = await (await fetch(`${graph.url}/health/ready`)).json();
      expect(health).toMatchObject({ status: 'degraded', dependencies: { [name]: 'down' } });
    } finally {
      await graph.stop();
    }
  },
);

test('a list at the root of a system that is down is null too, and costs the rest nothing', async () => {
  const graph = await startGraph('distributed');
  try {
    await addDemoData(graph);
    for (const name of ['teetime', 'crm', 'scl', 'messaging'] as const) await graph.stopSubgraph(name);
    const { data, errors } = await graph.request(`{
      tenant(slug: "digiwedge") { slug }
      clubs { totalCount } sclTenants { totalCount } contacts(messagingTenantId: "yolo") { totalCount }
      customers(tenantId: "${DIGIWEDGE_TENANT_ID}") { totalCount } leads(tenantId: "${DIGIWEDGE_TENANT_ID}") { totalCount }
    }`);
    expect(data).toEqual({
      tenant: { slug: 'digiwedge' },
      clubs: null,
      sclTenants: null,
      contacts: null,
      customers: null,
      leads: null,
    });
    expect(errors).toHaveLength(5);
  } finally {
    await graph.stop();
  }
});

test('a gateway starts and answers while every subgraph is down', async () => {
  const graph = await startGraph('distributed');
  try {
    for (const name of ['crm', 'teetime', 'scl', 'messaging', 'access-control'] as const)
      await graph.stopSubgraph(name);
    const { data, errors } = await graph.request(MAIN_QUERY);
    expect(data).toEqual({ tenant: null });
    expect(errors).toEqual([
      expect.objectContaining({
        path: ['tenant'],
        extensions: expect.objectContaining({ code: 'SUBGRAPH_UNAVAILABLE' }),
      }),
    ]);
    expect((await fetch(`${graph.url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${graph.url}/health/live`)).status).toBe(200);
  } finally {
    await graph.stop();
  }
});
