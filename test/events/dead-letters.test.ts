import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../testkit/eventually';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, provisionedTenant } from '../testkit/seed';
import { startWebhookReceiver, status, type WebhookReceiver } from '../testkit/webhook-receiver';

let graph: TestGraph;
let there: WebhookReceiver;
beforeAll(async () => {
  graph = await startGraph();
  there = await startWebhookReceiver();
});
afterAll(async () => {
  await there.stop();
  await graph.stop();
});
beforeEach(() => {
  there.received.length = 0;
  there.answer(() => undefined);
});

const LIST = `query ($filter: DeadLetterFilter, $first: Int, $after: String) {
  list: deadLetters(filter: $filter, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    edges { node { id consumer attempts error diedAt replayAskedAt event {
      id type version timestamp tenantId tenantSlug source payload metadata { userId correlationId } } } } } }`;
const REPLAY = 'mutation ($ids: [ID!]!) { replays: replayDeadLetters(ids: $ids) { id outcome } }';
const CONSUMERS = `query ($first: Int, $after: String) { consumers: eventConsumers(first: $first, after: $after) {
  name tenantId types tenantsBehind oldestUndeliveredAt tenantsPaused lastError deadLetters } }`;

/** A tenant whose first event is given up for a webhook of its own. */
async function tenantWithLetter() {
  const { id, slug } = await bareTenant(graph, 'dead');
  const { made } = await graph.ask(
    `mutation ($input: CreateWebhookSubscriptionInput!) {
      made: createWebhookSubscription(input: $input) { subscription { id } } }`,
    { input: { tenantId: id, url: `${there.url}/${slug}` } },
  );
  const consumer = `webhook:${made.subscription.id}`;
  const [row] = await graph.database.query<{ id: string }>(
    `INSERT INTO access_control.event_dead_letter (id, consumer, tenant_key, position, attempts, error)
     VALUES (gen_random_uuid(), $1, $2, 1, 10, 'answered 500') RETURNING id`,
    [consumer, id],
  );
  return { id, slug, consumer, webhook: made.subscription.id as string, letter: row?.id ?? '' };
}

const letterOf = async (id: string) => {
  const { list } = await graph.ask(LIST, { first: 100 });
  return list.edges
    .map(({ node }: { node: { id: string } }) => node)
    .find((node: { id: string }) => node.id === id);
};

test('what was given up is listed with its event, by consumer and by tenant', async () => {
  const [one, other] = [await tenantWithLetter(), await tenantWithLetter()];
  const { list } = await graph.ask(LIST, { filter: { consumer: one.consumer } });
  expect(list).toMatchObject({
    totalCount: 1,
    edges: [
      {
        node: {
          id: one.letter,
          consumer: one.consumer,
          attempts: 10,
          error: 'answered 500',
          diedAt: expect.any(String),
          replayAskedAt: null,
          event: {
            id: expect.any(String),
            type: 'tenant.created',
            version: '1.0',
            timestamp: expect.stringMatching(/Z$/),
            tenantId: one.id,
            tenantSlug: one.slug,
            source: 'access-control',
            payload: { displayName: one.slug },
            metadata: { userId: 'operator', correlationId: expect.any(String) },
          },
        },
      },
    ],
  });
  const ofTenant = await graph.ask(LIST, { filter: { tenantId: other.id } });
  expect(ofTenant.list.edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual([other.letter]);
  const first = await graph.ask(LIST, { first: 1 });
  expect(first.list.edges[0].node.id).toBe(other.letter);
  const next = await graph.ask(LIST, { first: 1, after: first.list.pageInfo.endCursor });
  expect(next.list.edges[0].node.id).toBe(one.letter);
  expect(
    await graph.refusal(LIST, { filter: { tenantId: one.id }, after: first.list.pageInfo.endCursor }),
  ).toBe('BAD_USER_INPUT');
});

test('a replay hands exactly that event over, once however often it is asked for, and the letter goes', async () => {
  const { id, letter, slug } = await tenantWithLetter();
  there.answer(() => sleep(700));
  const ask = () => graph.ask(REPLAY, { ids: [letter, letter] });
  const asked = await Promise.all([ask(), ask(), ask()]);
  for (const { replays } of asked) expect(replays).toEqual([{ id: letter, outcome: 'ASKED' }]);
  await eventually(
    () => there.received.length,
    (count) => expect(count).toBe(1),
  );
  // While it is handed over.
  expect((await ask()).replays).toEqual([{ id: letter, outcome: 'ASKED' }]);
  await eventually(
    () => letterOf(letter),
    (found) => expect(found).toBeUndefined(),
  );
  await graph.ask('mutation ($id: ID!) { updateTenant(id: $id, input: { displayName: "Later" }) { id } }', {
    id,
  });
  await eventually(
    () => there.received.map(({ path, body }) => [path, body.type]),
    (heard) =>
      expect(heard).toEqual([
        [`/${slug}`, 'tenant.created'],
        [`/${slug}`, 'tenant.updated'],
      ]),
  );
  const trail = await graph.database.query(
    'SELECT actor FROM access_control.audit_entry WHERE record_id = $1',
    [letter],
  );
  expect(trail).toEqual([{ actor: 'operator' }]);
  expect((await graph.ask(REPLAY, { ids: [letter] })).replays).toEqual([
    { id: letter, outcome: 'NOT_FOUND' },
  ]);
});

test('what is refused again stays, is offered again, and goes when it is taken', async () => {
  const { letter } = await tenantWithLetter();
  there.answer(status(500));
  await graph.ask(REPLAY, { ids: [letter] });
  await eventually(
    () => letterOf(letter),
    (found) =>
      expect(found).toMatchObject({ attempts: 11, error: 'answered 500', replayAskedAt: expect.any(String) }),
  );
  there.answer(() => undefined);
  // As an operator would who does not wait for the next attempt.
  await eventually(
    async () => {
      await graph.ask(REPLAY, { ids: [letter] });
      return letterOf(letter);
    },
    (found) => expect(found).toBeUndefined(),
  );
});

test('a letter whose consumer is gone says so, and stays', async () => {
  const { letter, webhook } = await tenantWithLetter();
  await graph.ask('mutation ($id: ID!) { deleteWebhookSubscription(id: $id) { id } }', { id: webhook });
  const unknown = randomUUID();
  expect((await graph.ask(REPLAY, { ids: [letter, unknown] })).replays).toEqual([
    { id: letter, outcome: 'CONSUMER_GONE' },
    { id: unknown, outcome: 'NOT_FOUND' },
  ]);
  expect(await letterOf(letter)).toMatchObject({ attempts: 10, replayAskedAt: null });
  expect(there.received).toEqual([]);
});

test('a letter that is asked for while its consumer goes is told of it', async () => {
  const { letter, webhook } = await tenantWithLetter();
  await graph.database.query(
    `WITH marked AS (UPDATE access_control.event_dead_letter SET replay_asked_at = now() WHERE id = $1 RETURNING id)
     INSERT INTO access_control_jobs.job (name, data, singleton_key, policy, retry_limit, expire_in, start_after)
     SELECT 'events-replay', jsonb_build_object('id', id), id::text, 'short', 5, '30 seconds', now() + interval '2 seconds'
     FROM marked`,
    [letter],
  );
  await graph.ask('mutation ($id: ID!) { deleteWebhookSubscription(id: $id) { id } }', { id: webhook });
  await eventually(
    () => letterOf(letter),
    (found) => expect(found).toMatchObject({ error: 'no consumer has this name now', replayAskedAt: null }),
  );
});

test('an operator sees who hears of events, how far behind it is, and why', async () => {
  const { id, consumer } = await tenantWithLetter();
  there.answer(status(503));
  const rename =
    'mutation ($id: ID!, $name: String!) { updateTenant(id: $id, input: { displayName: $name }) { id } }';
  await graph.ask(rename, { id, name: 'One' });
  await graph.ask(rename, { id, name: 'Two' });
  const lagOf = async (name: string) => {
    const { consumers } = await graph.ask(CONSUMERS, { first: 100 });
    return consumers.find((one: { name: string }) => one.name === name);
  };
  await eventually(
    () => lagOf(consumer),
    (lag) => expect(lag).toMatchObject({ tenantsPaused: 1 }),
  );
  const [{ happened }] = (await graph.database.query<{ happened: Date }>(
    'SELECT occurred_at AS happened FROM access_control.outbox_event WHERE tenant_key = $1 AND position = 2',
    [id],
  )) as [{ happened: Date }];
  expect(await lagOf(consumer)).toEqual({
    name: consumer,
    tenantId: id,
    types: [],
    tenantsBehind: 1,
    oldestUndeliveredAt: happened.toISOString(),
    tenantsPaused: 1,
    lastError: 'answered 503',
    deadLetters: 1,
  });
  const { consumers: whole } = await graph.ask(CONSUMERS, { first: 100 });
  const names = whole.map(({ name }: { name: string }) => name);
  expect(names).toEqual([...names].sort());
  const { consumers: page } = await graph.ask(CONSUMERS, { first: 1, after: names[0] });
  expect(page.map(({ name }: { name: string }) => name)).toEqual([names[1]]);
});

test('a consumer of some types is behind by events of these alone', async () => {
  const { id, slug } = await provisionedTenant(graph, 'typed');
  const { made } = await graph.ask(
    `mutation ($input: CreateWebhookSubscriptionInput!) {
      made: createWebhookSubscription(input: $input) { subscription { id } } }`,
    { input: { tenantId: id, url: there.url, types: ['tenant.disabled', 'tenant.enabled'] } },
  );
  there.answer(status(400));
  await graph.ask(
    'mutation ($s: String!) { submitLead(input: { tenantSlug: $s, email: "a@example.com" }) { id } }',
    {
      s: slug,
    },
  );
  const lagOf = async (name: string) => {
    const { consumers } = await graph.ask(CONSUMERS, { first: 100 });
    return consumers.find((one: { name: string }) => one.name === name);
  };
  const ofTenant = () =>
    graph.database.query<{ type: string; happened: Date }>(
      'SELECT type, occurred_at AS happened FROM access_control.outbox_event WHERE tenant_key = $1 ORDER BY position',
      [id],
    );
  await eventually(ofTenant, (events) => expect(events.at(-1)?.type).toBe('crm.lead.submitted'));
  await eventually(
    () => lagOf('crm.tenants'),
    (lag) => expect(lag).toMatchObject({ tenantId: null, tenantsBehind: 0, oldestUndeliveredAt: null }),
  );
  const name = `webhook:${made.subscription.id}`;
  expect(await lagOf(name)).toMatchObject({ tenantsBehind: 0, types: ['tenant.disabled', 'tenant.enabled'] });
  await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } enableTenant(id: $id) { id } }', {
    id,
  });
  await eventually(
    () => lagOf(name),
    (lag) => expect(lag).toMatchObject({ tenantsPaused: 1 }),
  );
  const disabled = (await ofTenant()).find(({ type }) => type === 'tenant.disabled');
  expect(await lagOf(name)).toMatchObject({
    tenantsBehind: 1,
    oldestUndeliveredAt: disabled?.happened.toISOString(),
    lastError: 'answered 400',
  });
});

test('the platform’s roles read what was given up, those who run it replay, and tenants do neither', async () => {
  const { id, letter, consumer } = await tenantWithLetter();
  const auditor = graph.as({ roles: ['PLATFORM_AUDITOR'] });
  expect((await auditor.ask(LIST, { filter: { consumer } })).list.totalCount).toBe(1);
  expect(await auditor.refusal(REPLAY, { ids: [letter] })).toBe('FORBIDDEN');
  const elsewhere = graph.as({ roles: ['PLATFORM_MANAGER'], tenants: [(await bareTenant(graph)).id] });
  expect((await elsewhere.ask(LIST, {})).list.totalCount).toBe(0);
  expect((await elsewhere.ask(REPLAY, { ids: [letter] })).replays).toEqual([
    { id: letter, outcome: 'NOT_FOUND' },
  ]);
  const seen = (await elsewhere.ask(CONSUMERS, { first: 100 })).consumers.map(
    ({ name }: { name: string }) => name,
  );
  expect(seen).toContain('crm.tenants');
  expect(seen).not.toContain(consumer);
  const owner = graph.as({ roles: ['TENANT_OWNER'], tenants: [id] });
  expect(await owner.refusal(LIST)).toBe('FORBIDDEN');
  expect(await owner.refusal(CONSUMERS)).toBe('FORBIDDEN');
  expect(await owner.refusal(REPLAY, { ids: [letter] })).toBe('FORBIDDEN');
  expect(await graph.refusal(REPLAY, { ids: ['x'] })).toBe('BAD_USER_INPUT');
  expect(await graph.refusal(REPLAY, { ids: Array.from({ length: 101 }, () => randomUUID()) })).toBe(
    'BAD_USER_INPUT',
  );
  expect(await letterOf(letter)).toMatchObject({ replayAskedAt: null });
});
