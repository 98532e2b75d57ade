import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, SEEN_WITHIN_MS } from '../testkit/eventually';
import { type Caller, startGraph, type TestGraph } from '../testkit/graph';
import {
  bareTenant,
  type ProvisionedTenant,
  provisionedTenant,
  sclTenantOf,
  uniqueName,
} from '../testkit/seed';

const SET = (name: string) => `mutation ($id: ID!) { ${name}(id: $id) { status } }`;
const TENANTS = '{ tenants(first: 100) { totalCount edges { node { id } } } }';
const NEW_CUSTOMER = `mutation ($id: ID!) {
  createCustomer(input: { tenantId: $id, email: "jo@example.com" }) { id email tenantId createdAt } }`;
const CUSTOMERS = `query ($id: ID!) {
  customers(tenantId: $id) { edges { node { id email tenantId createdAt } } } }`;

describe.each(['one process', 'distributed'] as const)('in the shape of %s', (shape) => {
  let graph: TestGraph;
  let closed: ProvisionedTenant;
  let open: ProvisionedTenant;
  beforeAll(async () => {
    graph = await startGraph(shape);
  });
  afterAll(() => graph.stop());
  beforeEach(async () => {
    [closed, open] = [await provisionedTenant(graph, 'closed'), await provisionedTenant(graph, 'open')];
  });

  const viewerOf = (...tenants: string[]) => graph.as({ roles: ['TENANT_OWNER'], tenants });
  const within = (id: string, ...tenants: string[]) =>
    graph.as({ roles: ['TENANT_OWNER'], tenants }, { 'x-tenant-id': id });
  const idsSeenBy = async (caller: Caller): Promise<string[]> =>
    (await caller.ask(TENANTS)).tenants.edges.map(({ node }: { node: { id: string } }) => node.id);
  const statusOf = async (caller: Caller) => (await caller.request(TENANTS)).status;

  /** At once in one process; over several as soon as what each remembers is old. */
  const seen = (look: () => Promise<number>, expected: number) =>
    eventually(look, (status) => expect(status).toBe(expected), shape === 'one process' ? 0 : SEEN_WITHIN_MS);

  async function setTenant(name: 'disableTenant' | 'enableTenant', id: string): Promise<void> {
    await graph.ask(SET(name), { id });
    const expected = name === 'disableTenant' ? 403 : 200;
    await seen(() => statusOf(viewerOf(id)), expected);
  }

  test('a token that names a disabled tenant alone is refused, and serves as before when it is enabled', async () => {
    const owner = viewerOf(closed.id);
    const { createCustomer } = await owner.ask(NEW_CUSTOMER, { id: closed.id });
    await setTenant('disableTenant', closed.id);
    for (const query of [TENANTS, CUSTOMERS, NEW_CUSTOMER]) {
      expect(await owner.request(query, { id: closed.id })).toEqual({
        status: 403,
        errors: [{ message: expect.stringContaining('disabled'), extensions: { code: 'TENANT_DISABLED' } }],
      });
    }
    expect(await statusOf(graph.as({ roles: ['SERVICE'], scope: 'tenant:read', tenants: [closed.id] }))).toBe(
      403,
    );
    await setTenant('enableTenant', closed.id);
    await seen(async () => (await owner.request(CUSTOMERS, { id: closed.id })).status, 200);
    const { customers } = await owner.ask(CUSTOMERS, { id: closed.id });
    expect(customers.edges).toEqual([{ node: createCustomer }]);
    await owner.ask(NEW_CUSTOMER, { id: closed.id });
  });

  test('a token that names others too goes on for those', async () => {
    await graph.ask(NEW_CUSTOMER, { id: closed.id });
    await setTenant('disableTenant', closed.id);
    const owner = viewerOf(closed.id, open.id);
    expect(await idsSeenBy(owner)).toEqual([open.id]);
    expect((await owner.ask(CUSTOMERS, { id: closed.id })).customers.edges).toEqual([]);
    expect(await owner.refusal(NEW_CUSTOMER, { id: closed.id })).toBe('TENANT_NOT_FOUND');
    await owner.ask(NEW_CUSTOMER, { id: open.id });
  });

  test('x-tenant-id cannot choose a disabled tenant, whoever does it', async () => {
    await setTenant('disableTenant', closed.id);
    expect(await within(closed.id, closed.id, open.id).refusal(TENANTS)).toBe('TENANT_DISABLED');
    expect(await idsSeenBy(within(open.id, closed.id, open.id))).toEqual([open.id]);
    const admin = graph.as({ roles: ['PLATFORM_ADMIN'] }, { 'x-tenant-id': closed.id });
    expect(await admin.refusal(TENANTS)).toBe('TENANT_DISABLED');
    expect(await within(closed.id, open.id).refusal(TENANTS)).toBe('FORBIDDEN');
  });

  test('the platform reads everything of a disabled tenant', async () => {
    await graph.ask(NEW_CUSTOMER, { id: closed.id });
    await setTenant('disableTenant', closed.id);
    expect((await graph.ask(CUSTOMERS, { id: closed.id })).customers.edges).toHaveLength(1);
    const auditor = graph.as({ roles: ['PLATFORM_AUDITOR'] });
    expect(await idsSeenBy(auditor)).toEqual(expect.arrayContaining([closed.id]));
  });

  test('a tenant that nobody knows stays with its token, and so does a token without tenants', async () => {
    expect(await idsSeenBy(viewerOf(randomUUID()))).toEqual([]);
    expect(await idsSeenBy(viewerOf())).toEqual([]);
    expect(await idsSeenBy(graph.as({ roles: ['TENANT_OWNER'] }))).toEqual([]);
    await setTenant('disableTenant', closed.id);
    expect(await idsSeenBy(viewerOf(closed.id, randomUUID()))).toEqual([]);
  });

  test('for the platform and for those without a token nothing is looked up', async () => {
    const lookUps = async () =>
      (await graph.metric('tenant_directory_hits_total')) +
      (await graph.metric('tenant_directory_misses_total'));
    await graph.settled();
    const before = await lookUps();
    await graph.ask(TENANTS);
    await graph.anonymous.request(TENANTS);
    expect(await lookUps()).toBe(before);
    await viewerOf(open.id).ask('{ tenants(first: 1) { totalCount } }');
    expect(await lookUps()).toBe(before + 1);
  });
});

test('the platform changes no data of a disabled tenant, but who it is and what the registry says of it', async () => {
  const graph = await startGraph();
  try {
    const tenant = await provisionedTenant(graph);
    const { id, sclTenantCode, messagingTenantId } = tenant;
    const { id: sclTenantId } = await sclTenantOf(graph, tenant);
    await graph.ask(SET('disableTenant'), { id });
    for (const refused of [
      `provisionTenant(input: { tenant: { id: "${id}" }, billing: true }) { id }`,
      `createWebhookSubscription(input: { tenantId: "${id}", url: "https://example.com/" }) { secret }`,
      `createCustomer(input: { tenantId: "${id}", email: "jo@example.com" }) { id }`,
      `createClub(input: { tenantId: "${id}", clubCode: "${uniqueName('club')}", name: "Links" }) { id }`,
      `createContact(input: { messagingTenantId: "${messagingTenantId}", email: "jo@example.com" }) { id }`,
      `updateSclTenant(id: "${sclTenantId}", input: { name: "Other" }) { id }`,
    ]) {
      expect([refused, await graph.refusal(`mutation { ${refused} }`)]).toEqual([refused, 'TENANT_DISABLED']);
    }

    const changed = await graph.ask(
      `mutation ($id: ID!, $club: ID!) {
        updateTenant(id: $id, input: { displayName: "Renamed" }) { displayName }
        disableSystem(tenantId: $id, system: CRM) { crmEnabled }
        enableSystem(tenantId: $id, system: CRM) { crmEnabled sclTenantCode }
        addTeeTimeClub(tenantId: $id, clubId: $club) { tenantId }
        removeTeeTimeClub(tenantId: $id, clubId: $club) { teeTimeClubIds }
      }`,
      { id, club: randomUUID() },
    );
    expect(changed).toEqual({
      updateTenant: { displayName: 'Renamed' },
      disableSystem: { crmEnabled: false },
      enableSystem: { crmEnabled: true, sclTenantCode },
      addTeeTimeClub: { tenantId: id },
      removeTeeTimeClub: { teeTimeClubIds: [] },
    });
  } finally {
    await graph.stop();
  }
});

test('a token of a hundred tenants is one look-up, and the next one none', async () => {
  const graph = await startGraph();
  try {
    const ids: string[] = [];
    for (let index = 0; index < 100; index += 1) ids.push((await bareTenant(graph)).id);
    await graph.ask(SET('disableTenant'), { id: ids[7] });
    const caller = graph.as({ roles: ['TENANT_VIEWER'], tenants: ids });
    const query = '{ tenants(first: 1) { totalCount } }';
    await graph.settled();
    await sleep(4_100);
    const first = await graph.countStatements(async () => {
      expect((await caller.ask(query)).tenants.totalCount).toBe(99);
    });
    const second = await graph.countStatements(() => caller.ask(query));
    // The page, and its count.
    expect(second['access-control']).toBe(2);
    expect(first['access-control']).toBe(3);
    await graph.ask(SET('disableTenant'), { id: ids[8] });
    expect((await caller.ask(query)).tenants.totalCount).toBe(98);
  } finally {
    await graph.stop();
  }
});

test('without Access Control unknown tokens go on, and those that are known to be closed do not', async () => {
  const graph = await startGraph('distributed');
  try {
    const [closed, unknown] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    await graph.ask(SET('disableTenant'), { id: closed.id });
    const owner = (...tenants: string[]) => graph.as({ roles: ['TENANT_OWNER'], tenants });
    expect(await owner(closed.id).refusal(TENANTS)).toBe('TENANT_DISABLED');
    await graph.stopSubgraph('access-control');

    const { status, errors } = await owner(unknown.id).request(TENANTS);
    expect([status, errors?.[0]?.extensions.code]).not.toEqual([403, 'TENANT_DISABLED']);
    expect(errors?.[0]?.extensions.code).toBe('SUBGRAPH_UNAVAILABLE');
    expect(await owner(closed.id).refusal(TENANTS)).toBe('TENANT_DISABLED');
    expect(await owner(closed.id, unknown.id).refusal(TENANTS)).toBe('SUBGRAPH_UNAVAILABLE');
  } finally {
    await graph.stop();
  }
});
