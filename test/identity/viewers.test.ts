import { addDemoData } from '../testkit/demo-graph';
import { startGraph, type TestGraph } from '../testkit/graph';
import { type ProvisionedTenant, provisionedTenant } from '../testkit/seed';

const TENANT =
  'query ($slug: String!) { tenant(slug: $slug) { id displayName customers(first: 1) { totalCount } } }';
const TENANTS = '{ tenants(first: 100) { edges { node { slug } } } }';

describe.each(['one process', 'distributed'] as const)('in the shape of %s', (shape) => {
  let graph: TestGraph;
  let own: ProvisionedTenant;
  let other: ProvisionedTenant;
  beforeAll(async () => {
    graph = await startGraph(shape);
    await addDemoData(graph, { tenants: 2, customers: 20 });
    own = await provisionedTenant(graph, 'own');
    other = await provisionedTenant(graph, 'other');
  }, 60_000);
  afterAll(() => graph.stop());

  const slugs = async (caller: Pick<TestGraph, 'ask'>): Promise<string[]> =>
    (await caller.ask(TENANTS)).tenants.edges.map(({ node }: { node: { slug: string } }) => node.slug);

  test('a platform token sees every tenant', async () => {
    expect(await slugs(graph.as({ roles: ['PLATFORM_AUDITOR'] }))).toEqual(
      expect.arrayContaining(['digiwedge', own.slug, other.slug]),
    );
  });

  test('a tenant’s token sees that tenant; another is as one that does not exist', async () => {
    const viewer = graph.as({ roles: ['TENANT_VIEWER'], tenants: [own.id] });
    expect(await slugs(viewer)).toEqual([own.slug]);
    expect((await viewer.ask(TENANT, { slug: own.slug })).tenant).toEqual({
      id: own.id,
      displayName: own.displayName,
      customers: { totalCount: 0 },
    });
    const answers = await Promise.all(
      [other.slug, 'digiwedge', 'nobody'].map((slug) => viewer.request(TENANT, { slug })),
    );
    expect(answers).toEqual(Array(3).fill({ status: 200, data: { tenant: null } }));
  });

  test('a tenant’s role without a tenant sees none', async () => {
    expect(await slugs(graph.as({ roles: ['TENANT_OWNER'] }))).toEqual([]);
  });

  test('x-tenant-id chooses among the tenants of a token', async () => {
    const claims = { roles: ['TENANT_VIEWER'], tenants: [own.id, other.id] };
    expect((await slugs(graph.as(claims))).sort()).toEqual([other.slug, own.slug].sort());
    expect(await slugs(graph.as(claims, { 'x-tenant-id': other.id }))).toEqual([other.slug]);
    expect(await slugs(graph.as({ roles: ['PLATFORM_ADMIN'] }, { 'x-tenant-id': own.id }))).toEqual([
      own.slug,
    ]);
  });

  test('a tenant that the token does not reach cannot be chosen, whether it exists or not', async () => {
    const nobody = '00000000-0000-4000-8000-000000000000';
    const answers = await Promise.all(
      [other.id, nobody].map((id) =>
        graph.as({ roles: ['TENANT_OWNER'], tenants: [own.id] }, { 'x-tenant-id': id }).request(TENANTS),
      ),
    );
    expect(answers[0]).toMatchObject({ status: 403, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(answers[1]).toEqual(answers[0]);
  });
});
