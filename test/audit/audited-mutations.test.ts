import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { documentOf } from '../isolation/attack/documents';
import { ownMutations, platformMutations } from '../isolation/attack/own-mutations';
import { type TenantWithData, tenantWithData } from '../isolation/attack/tenant-with-data';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, uniqueName } from '../testkit/seed';

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

async function variablesOf(name: string): Promise<{ variables: Record<string, unknown>; tenantId: string }> {
  const { id } = await bareTenant(graph);
  const clubId = '7e1e6bb1-9b6a-4c1e-9d4e-5b1d5a6a0001';
  switch (name) {
    case 'createTenant':
      return { tenantId: '', variables: { input: { slug: uniqueName('made'), displayName: 'Made' } } };
    case 'updateTenant':
      return { tenantId: id, variables: { id, input: { displayName: 'Renamed' } } };
    case 'enableTenant':
      await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id });
      return { tenantId: id, variables: { id } };
    case 'disableTenant':
      return { tenantId: id, variables: { id } };
    case 'provisionTenant':
      return { tenantId: id, variables: { input: { tenant: { id }, billing: true } } };
    case 'removeTeeTimeClub':
      return { tenantId: tenant.id, variables: { tenantId: tenant.id, clubId: tenant.keys.clubId } };
    case 'addTeeTimeClub':
      return { tenantId: id, variables: { tenantId: id, clubId } };
    case 'createSclTenant':
      return { tenantId: '', variables: { input: { code: uniqueName('SCL'), name: 'New' } } };
    case 'enableSystem':
    case 'disableSystem':
      return { tenantId: id, variables: { tenantId: id, system: name === 'enableSystem' ? 'SCL' : 'CRM' } };
    default:
      return { tenantId: tenant.id, variables: ownMutations(tenant)[name] ?? {} };
  }
}

test('every mutation leaves an entry with who, what, and the record before and after', async () => {
  const schema = buildClientSchema(await graph.ask<IntrospectionQuery>(getIntrospectionQuery()));
  const fields = Object.values(schema.getMutationType()?.getFields() ?? {});
  expect(fields.map(({ name }) => name).sort()).toEqual(
    [...Object.keys(ownMutations(tenant)), ...platformMutations].sort(),
  );

  for (const field of fields) {
    const { variables } = await variablesOf(field.name);
    const document = documentOf('mutation', field, '{ __typename }');
    const count = () => entriesOf(field.name);
    const before = await count();
    const operator = graph.as({ roles: ['PLATFORM_ADMIN'], sub: 'thandi' });
    await operator.ask(document, variables);
    const entries = await count();
    expect({ name: field.name, added: entries.length - before.length }).toEqual({
      name: field.name,
      added: 1,
    });
    const [entry] = entries.filter(({ id }) => !before.some((earlier) => earlier.id === id));
    expect(entry).toMatchObject({
      actor: 'thandi',
      address: expect.any(String),
      request_id: expect.any(String),
    });
    expect(entry?.after).not.toBeNull();
    expect(JSON.stringify(entry?.before)).not.toBe(JSON.stringify(entry?.after));
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
