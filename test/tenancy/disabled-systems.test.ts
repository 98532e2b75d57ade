import { roles } from '../../shared/identity/policy';
import { type TenantWithData, tenantWithData } from '../isolation/attack/tenant-with-data';
import { eventually, SEEN_WITHIN_MS } from '../testkit/eventually';
import { type Caller, startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant } from '../testkit/seed';

interface SystemStory {
  system: 'CRM' | 'TEETIME' | 'SCL' | 'MESSAGING';
  subgraph: 'crm' | 'teetime' | 'scl' | 'messaging';
  /** A root field for each kind of record, by the record's own id. */
  byId: string[];
  /** Root fields that name the tenant by a key of it. */
  naming: string[];
  /** A list over all tenants. */
  overAll: string | null;
  /** A mutation on a record of the tenant, and one that makes a record for it. */
  change: string;
  create: string;
  /** The entities that another subgraph could ask for. */
  entities: { __typename: string; [key: string]: string }[];
}

/** `$name` stands for the tenant's key of that name. */
const stories: SystemStory[] = [
  {
    system: 'CRM',
    subgraph: 'crm',
    byId: [
      'customer(id: "$customerId") { id }',
      'lead(id: "$leadId") { id }',
      'segment(id: "$segmentId") { id }',
      'journey(id: "$journeyId") { id }',
    ],
    naming: [
      'customers(tenantId: "$tenantId") { totalCount }',
      'leads(tenantId: "$tenantId") { totalCount }',
    ],
    overAll: null,
    change: 'updateCustomer(id: "$customerId", input: { firstName: "Other" }) { id }',
    create: 'createCustomer(input: { tenantId: "$tenantId", email: "new@example.com" }) { id }',
    entities: [
      { __typename: 'Customer', id: '$customerId' },
      { __typename: 'Lead', id: '$leadId' },
      { __typename: 'Segment', id: '$segmentId' },
      { __typename: 'Journey', id: '$journeyId' },
    ],
  },
  {
    system: 'TEETIME',
    subgraph: 'teetime',
    byId: ['club(id: "$clubId") { id }', 'club(clubCode: "$clubCode") { id }'],
    naming: ['clubs(filter: { tenantId: "$tenantId" }) { totalCount }'],
    overAll: 'clubs(first: 100) { totalCount }',
    change: 'updateClub(id: "$clubId", input: { name: "Other" }) { id }',
    create: 'createClub(input: { tenantId: "$tenantId", clubCode: "new-$slug", name: "New" }) { id }',
    entities: [
      { __typename: 'Club', id: '$clubId' },
      { __typename: 'Club', clubCode: '$clubCode' },
    ],
  },
  {
    system: 'SCL',
    subgraph: 'scl',
    byId: ['sclTenant(id: "$sclTenantId") { id }', 'sclClub(id: "$sclClubId") { id }'],
    naming: ['sclTenant(code: "$sclTenantCode") { id }'],
    overAll: 'sclTenants(first: 100) { totalCount }',
    change: 'updateSclClub(id: "$sclClubId", input: { name: "Other" }) { id }',
    create: 'createSclTenant(input: { code: "$sclTenantCode", name: "New" }) { id }',
    entities: [
      { __typename: 'SclTenant', id: '$sclTenantId' },
      { __typename: 'SclTenant', code: '$sclTenantCode' },
      { __typename: 'SclClub', id: '$sclClubId' },
    ],
  },
  {
    system: 'MESSAGING',
    subgraph: 'messaging',
    byId: ['contact(id: "$contactId") { id }'],
    naming: ['contacts(messagingTenantId: "$messagingTenantId") { totalCount }'],
    overAll: null,
    change: 'updateContact(id: "$contactId", input: { firstName: "Other" }) { id }',
    create:
      'createContact(input: { messagingTenantId: "$messagingTenantId", email: "new@example.com" }) { id }',
    entities: [{ __typename: 'Contact', id: '$contactId' }],
  },
];

const SET =
  'mutation ($id: ID!, $system: TenantSystem!) { set: NAME(tenantId: $id, system: $system) { id } }';
const TRAIL = `query ($id: ID!, $system: AuditSystem!) {
  auditEntries(tenantId: $id, filter: { system: $system }) { totalCount } }`;

describe.each(['one process', 'distributed'] as const)('in the shape of %s', (shape) => {
  let graph: TestGraph;
  let tenant: TenantWithData;
  let other: TenantWithData;
  let owner: Caller;
  beforeAll(async () => {
    graph = await startGraph(shape);
    other = await tenantWithData(graph, 'other');
    tenant = await tenantWithData(graph, 'own');
    owner = graph.as({ roles: ['TENANT_OWNER'], tenants: [tenant.id, other.id] });
  }, 60_000);
  afterAll(() => graph.stop());

  const withKeys = (text: string, { keys } = tenant) =>
    text.replace(/\$(\w+)/g, (_whole, name) => keys[name as keyof typeof keys]);

  /** Which of the root fields answer something. */
  async function answering(caller: Caller, fields: string[], of = tenant): Promise<boolean[]> {
    const query = `{ ${fields.map((field, index) => `f${index}: ${withKeys(field, of)}`).join(' ')} }`;
    const answers = Object.values(await caller.ask<Record<string, { totalCount?: number } | null>>(query));
    return answers.map((answer) => answer !== null && answer.totalCount !== 0);
  }

  async function set(name: 'enableSystem' | 'disableSystem', system: string, isSeen: () => Promise<boolean>) {
    await graph.ask(SET.replace('NAME', name), { id: tenant.id, system });
    // In one process what follows must see it without waiting.
    if (shape === 'one process') return;
    await eventually(isSeen, (seen) => expect(seen).toBe(name === 'enableSystem'), SEEN_WITHIN_MS);
  }

  const refusalOf = (caller: Caller, mutation: string) =>
    caller.refusal(`mutation { ${withKeys(mutation)} }`);

  test.each(stories)('while $system is disabled, the tenant has nothing in it', async (story) => {
    const { system, byId, naming, overAll, change, create } = story;
    const fields = [...byId, ...naming];
    const all = (value: boolean) => fields.map(() => value);
    const seen = async () => (await answering(owner, [naming[0] ?? ''])).includes(true);
    const seenByOperator = async () => (await answering(graph, [naming[0] ?? ''])).includes(true);
    const countOf = async (caller: Caller) =>
      overAll && Object.values(await caller.ask<Record<string, { totalCount: number }>>(`{ ${overAll} }`))[0];
    const trail = async (caller: Caller) => caller.ask(TRAIL, { id: tenant.id, system });
    const [entries, count] = [await trail(owner), await countOf(graph)];
    expect(entries.auditEntries.totalCount).toBeGreaterThan(0);
    expect(await answering(owner, fields)).toEqual(all(true));

    await set('disableSystem', system, seen);
    expect(await answering(owner, fields)).toEqual(all(false));
    expect(await answering(owner, fields, other)).toEqual(all(true));
    if (overAll) expect(await countOf(owner)).toEqual({ totalCount: 1 });
    // The record is not there for its tenant.
    expect(await refusalOf(owner, change)).toBe('NOT_FOUND');
    expect(await refusalOf(owner, create)).toBe('SYSTEM_DISABLED');

    expect(await answering(graph, byId)).toEqual(byId.map(() => true));
    expect(await answering(graph, naming)).toEqual(naming.map(() => false));
    expect(await countOf(graph)).toEqual(count);
    expect(await refusalOf(graph, change)).toBe('SYSTEM_DISABLED');
    expect(await refusalOf(graph, create)).toBe('SYSTEM_DISABLED');

    expect(await trail(owner)).toEqual(entries);
    expect(await trail(graph)).toEqual(entries);

    await set('enableSystem', system, async () => (await seen()) && (await seenByOperator()));
    expect(await answering(owner, fields)).toEqual(all(true));
    expect(await answering(graph, fields)).toEqual(all(true));
    await owner.ask(`mutation { ${withKeys(change)} }`);
  });

  if (shape === 'one process') {
    test.each(stories)('nor does another subgraph find an entity of it in $subgraph', async (story) => {
      const viewer = { subject: 'owner', kind: 'user' as const, tenants: [tenant.id], onBehalfOf: null };
      const call = { requestId: 'test', address: null, userAgent: null, deadline: Date.now() + 20_000 };
      const entities = async () => {
        const { data } = await graph.subgraph(story.subgraph).execute(
          {
            query: 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
            variables: { r: JSON.parse(withKeys(JSON.stringify(story.entities))) },
          },
          { ...call, viewer: { ...viewer, scopes: new Set(roles.TENANT_OWNER.scopes) } },
        );
        const found = data?.['_entities'];
        return Array.isArray(found) && found.map((entity) => entity !== null);
      };
      const nothing = async () => false;
      await set('disableSystem', story.system, nothing);
      expect(await entities()).toEqual(story.entities.map(() => false));
      await set('enableSystem', story.system, nothing);
      expect(await entities()).toEqual(story.entities.map(() => true));
    });
  }

  test('a tenant without a registry entry goes on in TeeTime and CRM', async () => {
    const bare = await bareTenant(graph);
    const editor = graph.as({ roles: ['TENANT_EDITOR'], tenants: [bare.id] });
    const { createCustomer, createClub } = await editor.ask(
      `mutation ($id: ID!, $code: String!) {
        createCustomer(input: { tenantId: $id, email: "a@example.com" }) { id }
        createClub(input: { tenantId: $id, clubCode: $code, name: "Bare" }) { id } }`,
      { id: bare.id, code: bare.slug },
    );
    const found = await editor.ask(
      'query ($c: ID!, $k: ID!) { customer(id: $c) { id } club(id: $k) { id } }',
      {
        c: createCustomer.id,
        k: createClub.id,
      },
    );
    expect(found).toEqual({ customer: createCustomer, club: createClub });
  });

  test('nobody learns from a list whether a system is disabled for another tenant', async () => {
    const stranger = graph.as({ roles: ['TENANT_OWNER'], tenants: [other.id] });
    const query =
      'query ($id: ID!, $after: String) { customers(tenantId: $id, after: $after) { totalCount } }';
    const ask = () => stranger.request(query, { id: tenant.id, after: 'no cursor' });
    const before = await ask();
    await set('disableSystem', 'CRM', async () => false);
    expect(await ask()).toEqual(before);
    await set('enableSystem', 'CRM', async () => true);
  });
});
