import { eventually } from '../testkit/eventually';
import { type Answer, type Caller, startGraph, type TestGraph } from '../testkit/graph';
import { type ProvisionedTenant, provisionedTenant } from '../testkit/seed';
import { setPhase } from './phase-of-tenant';
import { moveCrm } from './stage-of-crm';

const CUSTOMERS = `query ($t: ID!) { customers(tenantId: $t) { totalCount edges { node { tenantId tenantSlug } } } }`;
const SUBMIT = `mutation ($input: SubmitLeadInput!) { submitLead(input: $input) { tenantId tenantSlug status } }`;

/** Each way to name a tenant by `tenantId`, with the place where it stands. */
const operations: [name: string, document: string, field: string, variables: (t: string) => object][] = [
  ['customers', CUSTOMERS, 'tenantId', (t) => ({ t })],
  ['leads', 'query ($t: ID!) { leads(tenantId: $t) { totalCount } }', 'tenantId', (t) => ({ t })],
  [
    'createCustomer',
    'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { tenantId tenantSlug } }',
    'input.tenantId',
    (tenantId) => ({ input: { tenantId, email: 'jo@example.com' } }),
  ],
  [
    'createSegment',
    'mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { tenantId } }',
    'input.tenantId',
    (tenantId) => ({ input: { tenantId, name: `S ${Math.random()}`, type: 'STATIC' } }),
  ],
  [
    'createJourney',
    'mutation ($input: CreateJourneyInput!) { createJourney(input: $input) { tenantId } }',
    'input.tenantId',
    (tenantId) => ({ input: { tenantId, name: `J ${Math.random()}`, triggerType: 'MANUAL', steps: [] } }),
  ],
  [
    'installTemplatePack',
    'mutation ($t: ID!) { installTemplatePack(tenantId: $t, pack: CLUB) { version } }',
    'tenantId',
    (t) => ({ t }),
  ],
];

const submit = (caller: Caller, input: object) =>
  caller.request(SUBMIT, { input: { email: 'jo@example.com', ...input } });
const codeOf = ({ errors }: Answer<unknown>) => errors?.[0]?.extensions.code;

describe.each(['one process', 'distributed'] as const)('%s', (shape) => {
  let graph: TestGraph;
  let tenant: ProvisionedTenant;
  beforeAll(async () => {
    graph = await startGraph(shape);
    tenant = await provisionedTenant(graph);
    await graph.settled();
  }, 60_000);
  afterAll(() => graph.stop());

  async function callers(): Promise<Record<string, unknown>[]> {
    return graph.database.query(
      `SELECT client_id, user_agent, address_prefix, uses::int FROM crm_tenancy.legacy_caller
       WHERE tenant_id = $1 ORDER BY client_id`,
      [tenant.id],
    );
  }

  test('when the move is over, a slug is no tenantId anywhere', async () => {
    for (const [name, document, field, variables] of operations) {
      const answer = await graph.request(document, variables(tenant.slug) as Record<string, unknown>);
      expect([name, codeOf(answer), answer.extensions]).toEqual([name, 'BAD_USER_INPUT', undefined]);
      expect(answer.errors?.[0]?.extensions.fields).toMatchObject([{ path: field }]);
    }
    const answer = await submit(graph.anonymous, { tenantId: tenant.slug });
    expect([codeOf(answer), answer.extensions]).toEqual(['BAD_USER_INPUT', undefined]);
    expect(await callers()).toEqual([]);
  });

  describe('before the cut-over', () => {
    beforeAll(() => moveCrm(graph.database, 'LEGACY'));

    test('a slug stands for the UUID wherever a tenantId is asked for, and the answer says what to send', async () => {
      for (const [name, document, field, variables] of operations) {
        const answer = await graph.request(document, variables(tenant.slug) as Record<string, unknown>);
        expect([name, answer.errors]).toEqual([name, undefined]);
        expect([name, answer.extensions]).toEqual([
          name,
          {
            deprecation: [
              { field, use: tenant.id, tenant: tenant.slug, until: 'the cut-over of the tenant' },
            ],
          },
        ]);
        const byUuid = await graph.request(document, variables(tenant.id) as Record<string, unknown>);
        expect([name, byUuid.errors, byUuid.extensions]).toEqual([name, undefined, undefined]);
      }
      const { data } = await graph.request(CUSTOMERS, { t: tenant.slug });
      expect(data.customers.edges[0].node).toEqual({ tenantId: tenant.id, tenantSlug: tenant.slug });
    });

    test('the public leaves a lead by it, without a token, and is told of tenantSlug', async () => {
      const { data, extensions } = await submit(graph.anonymous, { tenantId: tenant.slug });
      expect(data.submitLead).toEqual({ tenantId: tenant.id, tenantSlug: tenant.slug, status: 'RECEIVED' });
      expect(extensions?.deprecation).toMatchObject([
        { field: 'input.tenantId', use: 'input.tenantSlug', tenant: tenant.slug },
      ]);
      const today = await submit(graph.anonymous, { tenantSlug: tenant.slug });
      expect([today.data?.submitLead.status, today.extensions]).toEqual(['RECEIVED', undefined]);
    });

    test('each caller who does so is in the ledger', async () => {
      const form = graph.as(
        { roles: ['TENANT_EDITOR'], tenants: [tenant.id], sub: 'form' },
        {
          'user-agent': `old-form/${'1'.repeat(300)}`,
        },
      );
      for (let times = 0; times < 3; times += 1) await form.ask(CUSTOMERS, { t: tenant.slug });
      await eventually(callers, (seen) =>
        expect(seen).toEqual([
          expect.objectContaining({ client_id: 'anonymous', address_prefix: '127.0.0.0/24' }),
          {
            client_id: 'form',
            user_agent: `old-form/${'1'.repeat(191)}`,
            address_prefix: '127.0.0.0/24',
            uses: 1,
          },
          expect.objectContaining({ client_id: 'operator', address_prefix: '127.0.0.0/24' }),
        ]),
      );
    });

    test('the slug of a tenant that the caller does not reach is no tenantId, like one that nobody has', async () => {
      const other = await provisionedTenant(graph);
      const caller = graph.as({ roles: ['TENANT_EDITOR'], tenants: [other.id] });
      const answer = await caller.request(CUSTOMERS, { t: tenant.slug });
      expect(codeOf(answer)).toBe('BAD_USER_INPUT');
      expect(answer).toEqual(await caller.request(CUSTOMERS, { t: 'nobody-has-this' }));
    });

    test('a text that an operator mapped to the tenant stands for it too', async () => {
      await graph.database.query(
        `INSERT INTO crm_tenancy.slug_alias (slug, tenant_id, mapped_by) VALUES ('the-old-club', $1, 'test')`,
        [tenant.id],
      );
      const { extensions } = await graph.request(CUSTOMERS, { t: 'the-old-club' });
      expect(extensions?.deprecation).toMatchObject([{ use: tenant.id, tenant: tenant.slug }]);
      await eventually(
        () => graph.database.query('SELECT uses::int, last_used_at FROM crm_tenancy.slug_alias'),
        (aliases) => expect(aliases).toEqual([{ uses: 1, last_used_at: expect.any(Date) }]),
      );
    });
  });

  describe('from the cut-over on', () => {
    beforeAll(async () => {
      await moveCrm(graph.database, 'EXPANDED');
      await graph.database.query('UPDATE crm.customer SET tenant_uuid = $1', [tenant.id]);
      await setPhase(graph, tenant.id, 'CUTOVER');
    });

    test('the slug is refused with what to send instead, and stays in the ledger', async () => {
      const late = graph.as({ roles: ['TENANT_EDITOR'], tenants: [tenant.id], sub: 'late' });
      const answer = await late.request(CUSTOMERS, { t: tenant.slug });
      expect(answer.errors?.[0]).toMatchObject({
        message: `tenantId: the tenant's slug is no tenantId any more; send ${tenant.id}`,
        extensions: { code: 'BAD_USER_INPUT', fields: [{ path: 'tenantId' }] },
      });
      expect(answer.extensions).toBeUndefined();
      const lead = await submit(graph.anonymous, { tenantId: tenant.slug });
      expect(lead.errors?.[0]?.message).toContain('send input.tenantSlug');
      await eventually(callers, (seen) =>
        expect(seen).toEqual(expect.arrayContaining([expect.objectContaining({ client_id: 'late' })])),
      );
    });

    test('the UUID and the public tenantSlug are taken', async () => {
      expect(codeOf(await graph.request(CUSTOMERS, { t: tenant.id }))).toBeUndefined();
      const { data } = await submit(graph.anonymous, { tenantSlug: tenant.slug });
      expect(data.submitLead).toMatchObject({ tenantId: tenant.id, status: 'RECEIVED' });
    });
  });
});
