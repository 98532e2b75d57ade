import { randomUUID } from 'node:crypto';
import { allRoles, type Role, roles, type Scope } from '../../shared/identity/policy';
import { DIGIWEDGE_TENANT_ID } from '../../shared/tenancy/well-known-tenants';
import { addDemoData, MAIN_QUERY } from '../testkit/demo-graph';
import { type Caller, startGraph, type TestGraph } from '../testkit/graph';

const ID = randomUUID();
const TENANT = DIGIWEDGE_TENANT_ID;

/** One operation for each scope that can be asked for. The writes name what does not exist, so that none takes effect. */
const operations: [operation: string, scopes: Scope[]][] = [
  [`{ tenant(id: "${TENANT}") { slug } }`, ['tenant:read']],
  ['{ tenants { totalCount } }', ['tenant:read']],
  [`{ tenantRegistry(tenantId: "${TENANT}") { crmEnabled } }`, ['registry:read']],
  [`{ customers(tenantId: "${TENANT}") { totalCount } }`, ['crm:read']],
  [`{ leads(tenantId: "${TENANT}") { totalCount } }`, ['crm:read']],
  [`{ segment(id: "${ID}") { name } }`, ['crm:read']],
  [`{ journey(id: "${ID}") { name } }`, ['crm:read']],
  ['{ clubs { totalCount } }', ['teetime:read']],
  ['{ sclTenants { totalCount } }', ['scl:read']],
  ['{ contacts(messagingTenantId: "digiwedge-corporate") { totalCount } }', ['messaging:read']],
  [`mutation { updateTenant(id: "${ID}", input: { displayName: "x" }) { id } }`, ['tenant:write']],
  [`mutation { enableSystem(tenantId: "${ID}", system: CRM) { id } }`, ['registry:provision']],
  [`mutation { updateCustomer(id: "${ID}", input: { firstName: "x" }) { id } }`, ['crm:write', 'crm:read']],
  [`mutation { updateLead(id: "${ID}", input: { status: LOST }) { id } }`, ['crm:write', 'crm:read']],
  [`mutation { installTemplatePack(tenantId: "${ID}", pack: CLUB) { version } }`, ['crm:admin']],
  [`mutation { updateClub(id: "${ID}", input: { name: "x" }) { id } }`, ['teetime:write', 'teetime:read']],
  [`mutation { updateSclClub(id: "${ID}", input: { name: "x" }) { id } }`, ['scl:write', 'scl:read']],
  [
    `mutation { updateContact(id: "${ID}", input: { firstName: "x" }) { id } }`,
    ['messaging:write', 'messaging:read'],
  ],
];

describe.each(['one process', 'distributed'] as const)('%s', (shape) => {
  let graph: TestGraph;
  beforeAll(async () => {
    graph = await startGraph(shape);
    await addDemoData(graph);
  }, 60_000);
  afterAll(() => graph.stop());

  test.each(allRoles)('%s may do what its scopes say, and is told what it lacks', async (role) => {
    const caller = callerOf(graph, role);
    for (const [operation, scopes] of operations) {
      const lacks = scopes.filter((scope) => !holds(role, scope));
      const { errors } = await caller.request(operation);
      const refused = errors?.find(({ extensions }) => extensions.code === 'FORBIDDEN');
      expect([operation, refused !== undefined]).toEqual([operation, lacks.length > 0]);
      for (const scope of lacks) expect(refused?.message).toContain(scope);
      expect((errors ?? []).map(({ extensions }) => extensions.code)).not.toContain('UNAUTHENTICATED');
    }
  });

  test('without a token everything but the public lead is refused', async () => {
    for (const [operation] of operations) {
      expect([operation, await graph.anonymous.refusal(operation)]).toEqual([operation, 'UNAUTHENTICATED']);
    }
    expect(await graph.anonymous.request(MAIN_QUERY)).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    const { submitLead } = await graph.anonymous.ask(
      'mutation { submitLead(input: { tenantSlug: "digiwedge", email: "a@example.com" }) { status } }',
    );
    expect(submitLead).toEqual({ status: 'RECEIVED' });
  });

  test('an answer that is refused as a whole has the status of its code', async () => {
    const query = '{ tenants { totalCount } }';
    expect(await graph.anonymous.request(query)).toMatchObject({ status: 401 });
    const stranger = graph.as({ roles: ['SERVICE'], scope: 'crm:read' });
    expect(await stranger.request(query)).toMatchObject({ status: 403, data: null });
  });

  test('what a role may not read is missing from an answer, and the rest is there', async () => {
    const { data, errors } = await callerOf(graph, 'CRM_VIEWER').request(MAIN_QUERY);
    expect(errors?.map(({ path, extensions }) => `${path?.join('.')}: ${extensions.code}`).sort()).toEqual([
      'tenant.clubs: FORBIDDEN',
      'tenant.contacts: FORBIDDEN',
      'tenant.sclTenant: FORBIDDEN',
    ]);
    const { tenant } = await graph.ask(MAIN_QUERY);
    expect(data.tenant).toEqual({ ...tenant, clubs: null, contacts: null, sclTenant: null });
  });

  test('a service has no more than its token names', async () => {
    const service = graph.as({ roles: ['SERVICE'], scope: 'teetime:read' });
    const { data, errors } = await service.request(
      '{ clubs(first: 1) { edges { node { name tenant { slug } } } } }',
    );
    expect(data.clubs.edges).toEqual([{ node: { name: expect.any(String), tenant: null } }]);
    expect(errors).toMatchObject([
      {
        message: 'Club.tenant needs the scope tenant:read',
        path: ['clubs', 'edges', 0, 'node', 'tenant'],
        extensions: { code: 'FORBIDDEN' },
      },
    ]);
  });

  test('what a role writes without the scope is not written', async () => {
    const { id, displayName } = (await graph.ask(`{ tenant(id: "${TENANT}") { id displayName } }`)).tenant;
    const owner = callerOf(graph, 'TENANT_OWNER');
    const rename = `mutation { updateTenant(id: "${id}", input: { displayName: "Mine" }) { id } }`;
    expect(await owner.refusal(rename)).toBe('FORBIDDEN');
    expect((await graph.ask(`{ tenant(id: "${TENANT}") { displayName } }`)).tenant).toEqual({ displayName });
  });
});

function callerOf(graph: TestGraph, role: Role): Caller {
  const claims = { roles: [role], sub: `a ${role}`, scope: roles[role].scopes.join(' ') };
  return graph.as(roles[role].reach === 'tenant' ? { ...claims, tenants: [TENANT] } : claims);
}

function holds(role: Role, scope: Scope): boolean {
  return (roles[role].scopes as readonly Scope[]).includes(scope);
}
