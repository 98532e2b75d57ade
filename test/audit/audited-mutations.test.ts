import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { documentOf } from '../isolation/attack/documents';
import { migrationMutations, ownMutations, platformMutations } from '../isolation/attack/own-mutations';
import { type TenantWithData, tenantWithData } from '../isolation/attack/tenant-with-data';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant } from '../testkit/seed';
import { callOfMutation } from './call-of-mutation';

let graph: TestGraph;
let tenant: TenantWithData;
beforeAll(async () => {
  graph = await startGraph();
  tenant = await tenantWithData(graph, 'audited');
});
afterAll(() => graph.stop());

const TRAIL = `query ($t: ID!, $after: String, $first: Int, $filter: AuditFilter) {
  auditEntries(tenantId: $t, after: $after, first: $first, filter: $filter) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { node { id system action actor onBehalfOf recordType recordId before after requestId address occurredAt } }
  }
}`;

test('every mutation leaves an entry with who, what, and the record before and after', async () => {
  const schema = buildClientSchema(await graph.ask<IntrospectionQuery>(getIntrospectionQuery()));
  const fields = Object.values(schema.getMutationType()?.getFields() ?? {});
  expect(fields.map(({ name }) => name).sort()).toEqual(
    [...Object.keys(ownMutations(tenant)), ...platformMutations].sort(),
  );

  for (const field of fields.filter(({ name }) => !migrationMutations.includes(name))) {
    const { variables } = await callOfMutation(graph, tenant, field.name);
    const document = documentOf('mutation', field, '{ __typename }');
    const count = () => entriesOf(field.name);
    const before = await count();
    const operator = graph.as({ roles: ['PLATFORM_ADMIN'], sub: 'thandi' });
    await operator.ask(document, variables);
    const entries = await count();
    const added = entries.filter(({ id }) => !before.some((earlier) => earlier.id === id));
    // A club that changes hands leaves one in the trail of each of the two tenants.
    const trails = field.name === 'moveClub' ? 2 : 1;
    expect({ name: field.name, added: added.length }).toEqual({ name: field.name, added: trails });
    for (const entry of added) {
      expect(entry).toMatchObject({
        actor: 'thandi',
        address: expect.any(String),
        request_id: expect.any(String),
      });
      expect(JSON.stringify(entry.before)).not.toBe(JSON.stringify(entry.after));
    }
    const kept = field.name.startsWith('delete') ? 'before' : 'after';
    expect(added.filter((entry) => entry[kept] !== null)).toHaveLength(1);
  }
});

test('what changes nothing leaves no entry, and what is refused neither', async () => {
  const { id } = await bareTenant(graph);
  const trail = async () => (await graph.ask(TRAIL, { t: id })).auditEntries.totalCount;
  const before = await trail();
  await graph.ask('mutation ($id: ID!) { enableTenant(id: $id) { id } }', { id });
  await graph.refusal(
    'mutation ($id: ID!) { updateTenant(id: $id, input: { slug: "audited taken" }) { id } }',
    { id },
  );
  expect(await trail()).toBe(before);
});

test('the trail joins all systems, newest first, page by page', async () => {
  const whole = (await graph.ask(TRAIL, { t: tenant.id, first: 100 })).auditEntries;
  const systems = new Set(whole.edges.map((edge: { node: { system: string } }) => edge.node.system));
  expect([...systems].sort()).toEqual(['ACCESS_CONTROL', 'CRM', 'MESSAGING', 'SCL', 'TEETIME']);
  const times = whole.edges.map((edge: { node: { occurredAt: string } }) => edge.node.occurredAt);
  expect(times).toEqual([...times].sort().reverse());
  expect(whole.totalCount).toBe(whole.edges.length);

  const paged: unknown[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const { auditEntries }: { auditEntries: typeof whole } = await graph.ask(TRAIL, {
      t: tenant.id,
      first: 3,
      after,
    });
    paged.push(...auditEntries.edges);
    after = auditEntries.pageInfo.endCursor;
    more = auditEntries.pageInfo.hasNextPage;
  }
  expect(paged).toEqual(whole.edges);

  const filter = { system: 'CRM', recordType: 'Lead', action: 'submitLead' };
  const { auditEntries } = await graph.ask(TRAIL, { t: tenant.id, filter });
  expect(auditEntries.edges[0].node).toMatchObject({ action: 'submitLead', before: null });
});

test('the auditor of the platform and the tenant’s owner read the trail, and nobody else', async () => {
  const { id } = tenant;
  const auditor = graph.as({ roles: ['PLATFORM_AUDITOR'] });
  const owner = graph.as({ roles: ['TENANT_OWNER'], tenants: [id] });
  expect((await auditor.ask(TRAIL, { t: id })).auditEntries.totalCount).toBeGreaterThan(5);
  expect((await owner.ask(TRAIL, { t: id })).auditEntries).toEqual(
    (await auditor.ask(TRAIL, { t: id })).auditEntries,
  );
  for (const role of ['TENANT_ADMIN', 'TENANT_VIEWER', 'CRM_ADMIN'] as const) {
    expect(await graph.as({ roles: [role], tenants: [id] }).refusal(TRAIL, { t: id })).toBe('FORBIDDEN');
  }
  expect(await graph.as({ roles: ['PLATFORM_MANAGER'] }).refusal(TRAIL, { t: id })).toBe('FORBIDDEN');
  expect(await graph.anonymous.refusal(TRAIL, { t: id })).toBe('UNAUTHENTICATED');
  const { id: foreign } = await bareTenant(graph);
  expect((await owner.ask(TRAIL, { t: foreign })).auditEntries).toMatchObject({ totalCount: 0, edges: [] });
});

/** The entries of a mutation in all systems, as they are stored. */
async function entriesOf(action: string): Promise<{ id: string; before: unknown; after: unknown }[]> {
  const schemas = ['access_control', 'crm', 'teetime', 'scl', 'messaging'];
  const columns = 'id, actor, address, request_id, before, after';
  const parts = schemas.map((schema) => `SELECT ${columns} FROM ${schema}.audit_entry WHERE action = $1`);
  return graph.database.query(parts.join(' UNION ALL '), [action]);
}

test('over HTTP the trail is joined the same way, and a system that is down is named instead of left out', async () => {
  const distributed = await startGraph('distributed');
  try {
    const { id } = await tenantWithData(distributed, 'far');
    const owner = distributed.as({ roles: ['TENANT_OWNER'], tenants: [id] });
    const { auditEntries } = await owner.ask(TRAIL, { t: id, first: 100 });
    const systems = auditEntries.edges.map((edge: { node: { system: string } }) => edge.node.system);
    expect([...new Set(systems)].sort()).toEqual(['ACCESS_CONTROL', 'CRM', 'MESSAGING', 'SCL', 'TEETIME']);

    await distributed.stopSubgraph('scl');
    const { errors } = await owner.request(TRAIL, { t: id });
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } });
    expect(errors?.[0]?.message).toContain('SCL');
    const crm = await owner.ask(TRAIL, { t: id, filter: { system: 'CRM' } });
    expect(crm.auditEntries.totalCount).toBeGreaterThan(0);
  } finally {
    await distributed.stop();
  }
}, 60_000);
