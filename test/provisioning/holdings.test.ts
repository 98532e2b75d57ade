import { randomUUID } from 'node:crypto';
import { type TenantWithData, tenantWithData } from '../isolation/attack/tenant-with-data';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, uniqueName } from '../testkit/seed';
import { type Door, doorOf, setUp, surveyOf } from './door';

let graph: TestGraph;
let survey: Door;
let one: TenantWithData;
let other: TenantWithData;
beforeAll(async () => {
  graph = await startGraph();
  survey = surveyOf(graph);
  one = await tenantWithData(graph, 'held');
  other = await tenantWithData(graph, 'also-held');
});
afterAll(() => graph.stop());

const CONNECTION = 'pageInfo { hasNextPage endCursor }';
const queryOf = (field: string, fields: string, cursor = 'String') =>
  `query ($first: Int, $after: ${cursor}, $keys: [String!]) {
    held: ${field}(first: $first, after: $after, keys: $keys) { edges { cursor node { ${fields} } } ${CONNECTION} } }`;

const queries = {
  scl: queryOf('sclHoldings', 'key name clubCount'),
  teetime: queryOf('teetimeHoldings', 'key clubs { id clubCode tenantId }', 'ID'),
  messaging: queryOf('messagingHoldings', 'key provider contactCount'),
  crm: queryOf(
    'crmHoldings',
    'key slug hasRows customerCount leadCount segmentCount journeyCount templatePacks',
    'ID',
  ),
} as const;
type System = keyof typeof queries;

const nodesOf = (held: { edges: { node: { key: string } }[] }) => held.edges.map(({ node }) => node);
const keyOf = (system: System, { id, keys }: TenantWithData) =>
  ({ scl: keys.sclTenantCode, teetime: id, messaging: keys.messagingTenantId, crm: id })[system];

test('each system says what it holds under its own key', async () => {
  const held = async (system: System) =>
    nodesOf(await survey.ask(system, queries[system], { keys: [keyOf(system, one), keyOf(system, one)] }));
  const { mark, keys, id } = one;
  expect(await held('scl')).toEqual([{ key: keys.sclTenantCode, name: `The ${mark}`, clubCount: 1 }]);
  expect(await held('teetime')).toEqual([
    { key: id, clubs: [{ id: keys.clubId, clubCode: keys.clubCode, tenantId: id }] },
  ]);
  expect(await held('messaging')).toEqual([
    { key: keys.messagingTenantId, provider: 'internal', contactCount: 1 },
  ]);
  expect(await held('crm')).toEqual([
    {
      key: id,
      slug: mark,
      hasRows: true,
      customerCount: 1,
      leadCount: 1,
      segmentCount: 1,
      journeyCount: 1,
      templatePacks: [],
    },
  ]);
});

test('SCL and Messaging are asked for keys whatever their capitals', async () => {
  for (const system of ['scl', 'messaging'] as const) {
    const key = keyOf(system, one);
    const query = queries[system]
      .replace('$keys: [String!]', '$keys: [String!], $any: Boolean')
      .replace('keys: $keys', 'keys: $keys, anyCase: $any');
    const swapped = key === key.toUpperCase() ? key.toLowerCase() : key.toUpperCase();
    const found = async (any: boolean) => nodesOf(await survey.ask(system, query, { keys: [swapped], any }));
    expect(await found(true)).toMatchObject([{ key }]);
    expect(await found(false)).toEqual([]);
  }
});

test('CRM tells a tenant of whom it has the copy alone from one with rows', async () => {
  const { id } = await bareTenant(graph);
  await graph.settled();
  const held = async () => nodesOf(await survey.ask('crm', queries.crm, { keys: [id] }));
  expect(await held()).toMatchObject([{ key: id, hasRows: false }]);
  await graph.ask('mutation ($id: ID!) { installTemplatePack(tenantId: $id, pack: CLUB) { pack } }', { id });
  expect(await held()).toMatchObject([{ key: id, hasRows: true }]);
});

test('Messaging holds ids without contacts, and CRM tells of template packs', async () => {
  const { id } = await bareTenant(graph);
  const run = { runId: randomUUID(), tenantId: id };
  const messagingTenantId = uniqueName('msg');
  const door = doorOf(graph, id);
  await door.ask('messaging', setUp.messaging, { input: { ...run, messagingTenantId, provider: 'twilio' } });
  await door.ask('crm', setUp.crm, { input: { ...run, templatePack: 'CLUB' } });
  expect(nodesOf(await survey.ask('messaging', queries.messaging, { keys: [messagingTenantId] }))).toEqual([
    { key: messagingTenantId, provider: 'twilio', contactCount: 0 },
  ]);
  expect(nodesOf(await survey.ask('crm', queries.crm, { keys: [id] }))).toMatchObject([
    { customerCount: 0, templatePacks: ['CLUB'] },
  ]);
});

test.each(Object.keys(queries) as System[])(
  '%s answers page by page, each key once, in order',
  async (system) => {
    const whole = nodesOf(await survey.ask(system, queries[system], { first: 500 }));
    const keys = whole.map(({ key }) => key);
    expect(keys).toEqual(expect.arrayContaining([one, other].map((tenant) => keyOf(system, tenant))));
    expect(new Set(keys).size).toBe(keys.length);

    const paged: object[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const page: {
        edges: { node: { key: string } }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      } = await survey.ask(system, queries[system], { first: 1, after });
      expect(page.edges).toHaveLength(1);
      paged.push(...nodesOf(page));
      after = page.pageInfo.endCursor;
      more = page.pageInfo.hasNextPage;
    }
    expect(paged).toEqual(whole);
  },
);

test.each(Object.keys(queries) as System[])('%s knows nothing of what nobody has', async (system) => {
  const unknown = system === 'teetime' || system === 'crm' ? randomUUID() : uniqueName('nobody');
  expect(nodesOf(await survey.ask(system, queries[system], { keys: [unknown] }))).toEqual([]);
  expect(nodesOf(await survey.ask(system, queries[system], { keys: [] }))).toEqual([]);
});

test.each(Object.keys(queries) as System[])(
  '%s refuses pages and lists that are too long',
  async (system) => {
    const tooMany = Array.from({ length: 501 }, () => randomUUID());
    for (const variables of [{ first: 0 }, { first: 501 }, { keys: tooMany }]) {
      const refusal = await survey.refusal(system, queries[system], variables);
      expect(refusal).toMatchObject({ code: 'BAD_USER_INPUT', path: Object.keys(variables)[0] });
    }
  },
);

const CLUBS = `query ($ids: [ID!], $codes: [String!]) {
  teeTimeClubs(ids: $ids, codes: $codes) { id clubCode tenantId }
}`;

test('clubs are found by id or code, whosever they are', async () => {
  const clubOf = ({ id, keys }: TenantWithData) => ({
    id: keys.clubId,
    clubCode: keys.clubCode,
    tenantId: id,
  });
  const answer = await survey.ask('teetime', CLUBS, {
    ids: [one.keys.clubId, randomUUID()],
    codes: [other.keys.clubCode, one.keys.clubCode, 'NOBODYS'],
  });
  expect(answer).toHaveLength(2);
  expect(answer).toEqual(expect.arrayContaining([clubOf(one), clubOf(other)]));
  expect(await survey.ask('teetime', CLUBS)).toEqual([]);
  for (const path of ['ids', 'codes']) {
    const list = Array.from({ length: 201 }, () => randomUUID());
    expect(await survey.refusal('teetime', CLUBS, { [path]: list })).toMatchObject({
      code: 'BAD_USER_INPUT',
      path,
    });
  }
});

test('an id is found behind another with many contacts without reading those', async () => {
  await graph.database.query(
    `INSERT INTO messaging.contact (id, messaging_tenant_id, email, created_by, updated_by)
     SELECT gen_random_uuid(), 'aa-many', n || '@example.com', 'test', 'test' FROM generate_series(1, 3000) n`,
  );
  await graph.database.query('ANALYZE messaging.contact');
  const page = await survey.ask('messaging', queries.messaging, { first: 1, after: 'aa-man' });
  expect(nodesOf(page)).toEqual([{ key: 'aa-many', provider: null, contactCount: 3000 }]);
});
