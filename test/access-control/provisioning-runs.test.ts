import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, provisionedTenant, uniqueName } from '../testkit/seed';

const FIELDS = `id status startedAt finishedAt createdBy tenant { id } registry { billingEnabled }
  steps { system name status attempts error { code } }`;
const PROVISION = `mutation ($input: ProvisionTenantInput!) { provisionTenant(input: $input) { ${FIELDS} } }`;
const RUN = `query ($id: ID!) { provisioningRun(id: $id) { ${FIELDS} } }`;
const RUNS = `query ($t: ID!, $first: Int, $after: String) {
  provisioningRuns(tenantId: $t, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id } }
  }
}`;

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

const newTenant = (stem = 'run') => {
  const slug = uniqueName(stem);
  return { slug, displayName: slug };
};

async function provision(input: object) {
  return (await graph.ask(PROVISION, { input })).provisionTenant;
}

/** A tenant with three runs, the oldest first. */
async function tenantWithRuns(): Promise<{ tenantId: string; runs: { id: string }[] }> {
  const tenant = newTenant();
  const runs = [];
  for (const part of [{ billing: true }, { billing: false }, { crm: {} }]) {
    runs.push(await provision({ tenant, ...part }));
  }
  return { tenantId: runs[0].tenant.id, runs };
}

describe('reading runs', () => {
  test('a run is found by its id, with who asked for it and when', async () => {
    const manager = graph.as({ roles: ['PLATFORM_MANAGER'], sub: 'thandi' });
    const before = new Date().toISOString();
    const input = { tenant: newTenant(), billing: true };
    const { provisionTenant } = await manager.ask(PROVISION, { input });
    const { provisioningRun: run } = await graph.ask(RUN, { id: provisionTenant.id });
    expect(run).toEqual(provisionTenant);
    expect(run).toMatchObject({ status: 'COMPLETED', createdBy: 'thandi' });
    expect(run.steps).toHaveLength(2);
    expect(run.startedAt >= before).toBe(true);
    expect(run.finishedAt >= run.startedAt).toBe(true);
  });

  test('an unknown run is null, and an id that is none is refused', async () => {
    const unknown = '00000000-0000-4000-8000-000000000000';
    expect(await graph.ask(RUN, { id: unknown })).toEqual({ provisioningRun: null });
    expect(await graph.refusal(RUN, { id: '42' })).toBe('BAD_USER_INPUT');
    expect(await graph.refusal(RUNS, { t: '42' })).toBe('BAD_USER_INPUT');
  });

  test('a tenant’s runs come newest first, page by page, and without those of others', async () => {
    const { tenantId, runs } = await tenantWithRuns();
    await provision({ tenant: newTenant(), billing: true });
    const newestFirst = runs.map(({ id }) => id).reverse();
    const ids = ({ edges }: { edges: { node: { id: string } }[] }) => edges.map(({ node }) => node.id);

    const { provisioningRuns: whole } = await graph.ask(RUNS, { t: tenantId });
    expect(ids(whole)).toEqual(newestFirst);
    expect(whole.totalCount).toBe(3);

    const { provisioningRuns: first } = await graph.ask(RUNS, { t: tenantId, first: 2 });
    expect(first.pageInfo.hasNextPage).toBe(true);
    const after = first.pageInfo.endCursor;
    const { provisioningRuns: rest } = await graph.ask(RUNS, { t: tenantId, first: 2, after });
    expect([...ids(first), ...ids(rest)]).toEqual(newestFirst);
    expect(rest.pageInfo.hasNextPage).toBe(false);

    const other = await bareTenant(graph);
    expect(await graph.refusal(RUNS, { t: other.id, after })).toBe('BAD_USER_INPUT');
    expect(await graph.refusal(RUNS, { t: tenantId, first: 101 })).toBe('BAD_USER_INPUT');
    expect((await graph.ask(RUNS, { t: other.id })).provisioningRuns).toMatchObject({ totalCount: 0 });
  });

  test('a tenant reads its own runs and no other’s', async () => {
    const { tenantId, runs } = await tenantWithRuns();
    const viewer = graph.as({ roles: ['TENANT_VIEWER'], tenants: [tenantId] });
    const stranger = graph.as({ roles: ['TENANT_OWNER'], tenants: [(await bareTenant(graph)).id] });
    const { id } = runs[0] ?? { id: '' };
    expect((await viewer.ask(RUN, { id })).provisioningRun.id).toBe(id);
    expect((await viewer.ask(RUNS, { t: tenantId })).provisioningRuns.totalCount).toBe(3);
    expect(await stranger.ask(RUN, { id })).toEqual({ provisioningRun: null });
    expect((await stranger.ask(RUNS, { t: tenantId })).provisioningRuns).toMatchObject({
      totalCount: 0,
      edges: [],
    });
    expect(await graph.anonymous.refusal(RUN, { id })).toBe('UNAUTHENTICATED');
  });

  test('twenty runs with their steps cost what two cost', async () => {
    const { tenantId } = await tenantWithRuns();
    const list = `query ($t: ID!, $first: Int) {
      provisioningRuns(tenantId: $t, first: $first) { edges { node { steps { name } tenant { slug } registry { id } } } }
    }`;
    for (let index = 0; index < 17; index += 1) {
      await provision({ tenant: { id: tenantId }, billing: index % 2 === 0 });
    }
    const statements = async (first: number) =>
      (await graph.countStatements(() => graph.ask(list, { t: tenantId, first })))['access-control'];
    expect(await statements(20)).toBe(await statements(2));
  });
});

describe('a key', () => {
  const keyed = (stem = 'keyed') => ({ idempotencyKey: uniqueName('key'), tenant: newTenant(stem) });

  test('answers the same run for the same input, whatever happened since', async () => {
    const input = { ...keyed(), billing: true };
    const first = await provision(input);
    await provision({ tenant: { id: first.tenant.id }, billing: false });
    await graph.ask(
      'mutation ($id: ID!, $slug: String) { updateTenant(id: $id, input: { slug: $slug }) { id } }',
      { id: first.tenant.id, slug: uniqueName('renamed') },
    );
    await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id: first.tenant.id });
    const again = await provision(input);
    expect(again).toEqual({ ...first, registry: { billingEnabled: false } });
  });

  test('does not mind the order of fields, nor parts that are null', async () => {
    const { idempotencyKey, tenant } = keyed();
    const first = await provision({ idempotencyKey, tenant, payments: { providers: ['stripe'] }, crm: {} });
    const again = await provision({
      crm: {},
      payments: { providers: ['stripe'] },
      scl: null,
      tenant,
      idempotencyKey,
    });
    expect(again.id).toBe(first.id);
  });

  test.each<[string, (tenant: object) => object]>([
    ['another part', (tenant) => ({ tenant, billing: false })],
    ['a part more', (tenant) => ({ tenant, billing: true, crm: {} })],
    ['another tenant', () => ({ tenant: newTenant('other'), billing: true })],
  ])('with %s is a conflict, and nothing is changed', async (_what, other) => {
    const { idempotencyKey, tenant } = keyed();
    const first = await provision({ idempotencyKey, tenant, billing: true });
    const input = { idempotencyKey, ...other(tenant) };
    const before = await contents();
    const { status, errors } = await graph.request(PROVISION, { input });
    expect(status).toBe(409);
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      fields: [{ path: 'input.idempotencyKey' }],
    });
    expect(await contents()).toEqual(before);
    expect((await provision({ idempotencyKey, tenant, billing: true })).id).toBe(first.id);
  });

  test('fifty identical calls at once make one run', async () => {
    const input = { ...keyed('fifty'), billing: true };
    const runs = await Promise.all(Array.from({ length: 50 }, () => provision(input)));
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    expect((await graph.ask(RUNS, { t: runs[0].tenant.id })).provisioningRuns.totalCount).toBe(1);
  });

  test('of ten tenants that come at once under one key, one is set up', async () => {
    const idempotencyKey = uniqueName('key');
    const tenants = Array.from({ length: 10 }, () => newTenant('race'));
    const answers = await Promise.all(
      tenants.map((tenant) => graph.request(PROVISION, { input: { idempotencyKey, tenant } })),
    );
    const codes = answers.flatMap(({ errors }) => errors ?? []).map(({ extensions }) => extensions.code);
    expect(codes).toEqual(Array.from({ length: 9 }, () => 'IDEMPOTENCY_CONFLICT'));
    const slugs = tenants.map(({ slug }) => slug);
    expect(
      await graph.database.query('SELECT FROM access_control.tenant WHERE slug = ANY ($1)', [slugs]),
    ).toHaveLength(1);
  });

  test('makes a run of its own, also where everything is as it asks', async () => {
    const tenant = newTenant();
    const unkeyed = await provision({ tenant, billing: true });
    expect((await provision({ tenant, billing: true })).id).toBe(unkeyed.id);
    const one = await provision({ tenant, billing: true, idempotencyKey: uniqueName('key') });
    const other = await provision({ tenant, billing: true, idempotencyKey: uniqueName('key') });
    expect(new Set([unkeyed.id, one.id, other.id]).size).toBe(3);
  });

  test('that failed can be used again', async () => {
    const owner = await provisionedTenant(graph);
    const { idempotencyKey, tenant } = keyed();
    const taken = { idempotencyKey, tenant, scl: { code: owner.sclTenantCode } };
    expect(await graph.refusal(PROVISION, { input: taken })).toBe('CONFLICT');
    const run = await provision({ idempotencyKey, tenant, scl: { code: uniqueName('FREE') } });
    expect(run.status).toBe('COMPLETED');
  });

  test('of a tenant out of reach tells nothing but that it is used', async () => {
    const input = { ...keyed(), billing: true };
    await provision(input);
    const { id } = await bareTenant(graph);
    const manager = graph.as({ roles: ['PLATFORM_MANAGER'], tenants: [id] });
    const mine = { idempotencyKey: input.idempotencyKey, tenant: { id }, billing: true };
    expect(await manager.refusal(PROVISION, { input: mine })).toBe('IDEMPOTENCY_CONFLICT');
    expect((await graph.ask(RUNS, { t: id })).provisioningRuns.totalCount).toBe(0);
  });

  test.each([[''], [' '], ['k'.repeat(129)], ['a\u0000b'], ['a\ud800']])(
    '%j is no key',
    async (idempotencyKey) => {
      const { errors } = await graph.request(PROVISION, { input: { idempotencyKey, tenant: newTenant() } });
      expect(errors?.[0]?.extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'input.idempotencyKey' }],
      });
    },
  );
});

test('a disabled tenant is not provisioned, and nothing is changed', async () => {
  const { id } = await bareTenant(graph);
  await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id });
  const before = await contents();
  const { status, errors } = await graph.request(PROVISION, { input: { tenant: { id }, billing: true } });
  expect(status).toBe(403);
  expect(errors?.[0]?.extensions).toMatchObject({
    code: 'TENANT_DISABLED',
    fields: [{ path: 'input.tenant.id' }],
  });
  expect(await contents()).toEqual(before);
});

/** How many rows each table of Access Control has, and when the last entry of the registry changed. */
async function contents(): Promise<unknown> {
  const tables = ['tenant', 'tenant_registry', 'provisioning_run', 'provisioning_step', 'audit_entry'];
  const counts = tables.map((table) => `(SELECT count(*)::int FROM access_control.${table}) AS ${table}`);
  return graph.database.query(
    `SELECT ${counts.join(', ')}, (SELECT max(updated_at) FROM access_control.tenant_registry) AS changed`,
  );
}
