import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { defaultEvents } from '../../shared/event-settings';
import { eventually } from '../testkit/eventually';
import { type Caller, startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant } from '../testkit/seed';
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

const FIELDS =
  'id url tenantId tenant { slug } types description status disabledReason failingSince secretCreatedAt createdBy createdAt updatedAt';
const CREATE = `mutation ($input: CreateWebhookSubscriptionInput!) {
  made: createWebhookSubscription(input: $input) { secret subscription { ${FIELDS} } } }`;
const UPDATE = `mutation ($id: ID!, $input: UpdateWebhookSubscriptionInput!) {
  made: updateWebhookSubscription(id: $id, input: $input) { ${FIELDS} } }`;
const ROTATE = `mutation ($id: ID!) { made: rotateWebhookSecret(id: $id) { secret subscription { ${FIELDS} } } }`;
const DELETE = `mutation ($id: ID!) { made: deleteWebhookSubscription(id: $id) { ${FIELDS} } }`;
const TEST = 'mutation ($id: ID!) { made: sendTestWebhook(id: $id) { wasTaken statusCode failure } }';
const ONE = `query ($id: ID!) { one: webhookSubscription(id: $id) { ${FIELDS} } }`;
const LIST = `query ($t: ID, $first: Int, $after: String) { list: webhookSubscriptions(tenantId: $t, first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } edges { node { ${FIELDS} } } } }`;
const RENAME =
  'mutation ($id: ID!, $name: String!) { updateTenant(id: $id, input: { displayName: $name }) { id } }';

async function create(input: object, by: Caller = graph) {
  const { made } = await by.ask(CREATE, { input: { url: `${there.url}/`, ...input } });
  return { ...made.subscription, secret: made.secret } as { id: string; secret: string } & Record<
    string,
    unknown
  >;
}

const rename = (id: string, name: string) => graph.ask(RENAME, { id, name });
const admin = (tenantId: string) => graph.as({ roles: ['TENANT_ADMIN'], tenants: [tenantId], sub: 'thandi' });
const heardNames = () =>
  there.received.map(({ body }) => (body.data.payload as { displayName?: string }).displayName);
const rows = () =>
  graph.database.query(
    'SELECT id, url, types, status, description FROM access_control.webhook_subscription ORDER BY id',
  );

test('an event of the tenant is posted, signed with the secret that only the creation answers', async () => {
  const { id, slug } = await bareTenant(graph);
  const { secret, ...made } = await create(
    { tenantId: id, types: ['tenant.*'], description: ' Ours ' },
    admin(id),
  );
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(made).toMatchObject({
    url: `${there.url}/`,
    tenantId: id,
    tenant: { slug },
    types: ['tenant.*'],
    description: 'Ours',
    status: 'ACTIVE',
    disabledReason: null,
    createdBy: 'thandi',
  });
  await rename(id, 'Told');
  await eventually(heardNames, (names) => expect(names).toEqual(['Told']));
  const [one] = there.received;
  expect(new Webhook(secret).verify(one?.text ?? '', one?.headers as Record<string, string>)).toMatchObject({
    type: 'tenant.updated',
    data: { tenantId: id, tenantSlug: slug },
  });

  expect((await graph.ask(ONE, { id: made.id })).one).toEqual(made);
  expect((await graph.ask(LIST, { t: id })).list).toMatchObject({ totalCount: 1, edges: [{ node: made }] });
  const trail = await graph.database.query(
    'SELECT before::text, after::text FROM access_control.audit_entry',
  );
  expect(JSON.stringify(trail)).toContain(made.id);
  expect(JSON.stringify(trail)).not.toContain(secret.slice(6, 30));
});

test('a rotated secret signs beside the new one for a day, and then no more', async () => {
  const { id } = await bareTenant(graph);
  const { secret: first, id: webhook } = await create({ tenantId: id });
  const { made } = await graph.ask(ROTATE, { id: webhook });
  expect(made.secret).not.toBe(first);
  expect(made.subscription.secretCreatedAt > made.subscription.createdAt).toBe(true);
  await rename(id, 'Both');
  await eventually(heardNames, (names) => expect(names).toContain('Both'));
  const both = there.received.at(-1);
  const headers = both?.headers as Record<string, string>;
  expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
  for (const secret of [first, made.secret]) new Webhook(secret).verify(both?.text ?? '', headers);

  await graph.database.query(
    'UPDATE access_control.webhook_secret SET expires_at = now() WHERE expires_at IS NOT NULL AND subscription_id = $1',
    [webhook],
  );
  await rename(id, 'New alone');
  await eventually(heardNames, (names) => expect(names).toContain('New alone'));
  const last = there.received.at(-1);
  new Webhook(made.secret).verify(last?.text ?? '', last?.headers as Record<string, string>);
  expect(() =>
    new Webhook(first).verify(last?.text ?? '', last?.headers as Record<string, string>),
  ).toThrow();
});

test('secrets that are rotated at once are one after the other, and old ones do not pile up', async () => {
  const { id } = await bareTenant(graph);
  const { id: webhook } = await create({ tenantId: id });
  const made = await Promise.all(Array.from({ length: 8 }, () => graph.ask(ROTATE, { id: webhook })));
  expect(new Set(made.map((answer) => answer.made.secret)).size).toBe(8);
  const secrets = await graph.database.query<{ newest: boolean }>(
    'SELECT expires_at IS NULL AS newest FROM access_control.webhook_secret WHERE subscription_id = $1',
    [webhook],
  );
  expect(secrets).toHaveLength(5);
  expect(secrets.filter(({ newest }) => newest)).toHaveLength(1);
});

test('a receiver that is gone disables its subscription, which goes on where it stood when it is enabled', async () => {
  const { id } = await bareTenant(graph);
  const { id: webhook } = await create({ tenantId: id });
  there.answer(status(410));
  await rename(id, 'First');
  await eventually(
    () => graph.ask(ONE, { id: webhook }),
    ({ one }) =>
      expect(one).toMatchObject({ status: 'DISABLED', disabledReason: 'the receiver answered 410 Gone' }),
  );
  await rename(id, 'Second');
  const trail = await graph.database.query(
    `SELECT actor, before->>'status' AS before, after->>'status' AS after FROM access_control.audit_entry
     WHERE action = 'disableGoneWebhook' AND record_id = $1`,
    [webhook],
  );
  expect(trail).toEqual([{ actor: 'tenant-graph', before: 'ACTIVE', after: 'DISABLED' }]);
  expect(there.received).toHaveLength(1);

  there.answer(() => undefined);
  const { made } = await graph.ask(UPDATE, { id: webhook, input: { status: 'ACTIVE' } });
  expect(made).toMatchObject({ status: 'ACTIVE', disabledReason: null });
  await eventually(heardNames, (names) => expect(names).toEqual(['First', 'First', 'Second']));
});

test('a receiver that was left alone for an hour and was mended before is offered each event again within seconds', async () => {
  const { id } = await bareTenant(graph);
  const { id: webhook } = await create({ tenantId: id });
  there.answer(status(429, { 'retry-after': '3600' }));
  await rename(id, 'First');
  await eventually(
    () =>
      graph.database.query(
        `SELECT FROM access_control_jobs.job WHERE data->>'consumer' = $1 AND start_after > now() + interval '50 minutes'`,
        [`webhook:${webhook}`],
      ),
    (waiting) => expect(waiting).toHaveLength(1),
  );
  there.answer(() => undefined);
  await graph.ask(UPDATE, { id: webhook, input: { status: 'ACTIVE' } });
  await eventually(heardNames, (names) => expect(names).toEqual(['First', 'First']));

  there.answer(status(500));
  await rename(id, 'Second');
  await eventually(heardNames, (names) => expect(names).toContain('Second'));
  there.answer(() => undefined);
  await eventually(heardNames, (names) => expect(names.slice(2)).toEqual(['Second', 'Second']));
});

test('a receiver that takes nothing for five days is given up', async () => {
  const { id } = await bareTenant(graph);
  const { id: webhook } = await create({ tenantId: id });
  const subscription = async () => (await graph.ask(ONE, { id: webhook })).one;
  there.answer(status(502));
  await rename(id, 'Failing');
  await eventually(subscription, (one) => expect(one.failingSince).not.toBeNull());
  there.answer(() => undefined);
  await graph.database.query(
    "UPDATE access_control.event_cursor SET retry_at = now() + interval '1 hour' WHERE consumer = $1",
    [`webhook:${webhook}`],
  );
  await graph.ask(UPDATE, { id: webhook, input: { status: 'ACTIVE' } });
  await eventually(subscription, (one) =>
    expect(one).toMatchObject({ status: 'ACTIVE', failingSince: null }),
  );
  await eventually(heardNames, (names) => expect(names).toEqual(['Failing', 'Failing']));

  there.answer(status(502));
  await graph.database.query(
    "UPDATE access_control.webhook_subscription SET failing_since = now() - interval '121 hours' WHERE id = $1",
    [webhook],
  );
  await rename(id, 'Too long');
  await eventually(subscription, (one) =>
    expect(one).toMatchObject({
      status: 'DISABLED',
      disabledReason: 'the receiver has taken nothing for 5 days',
    }),
  );
  const trail = await graph.database.query(
    "SELECT actor FROM access_control.audit_entry WHERE action = 'disableFailingWebhook' AND record_id = $1",
    [webhook],
  );
  expect(trail).toEqual([{ actor: 'tenant-graph' }]);
});

test('a change of the address is followed by the very next event', async () => {
  const elsewhere = await startWebhookReceiver();
  try {
    const { id } = await bareTenant(graph);
    const { id: webhook } = await create({ tenantId: id });
    await graph.ask(UPDATE, {
      id: webhook,
      input: { url: elsewhere.url, types: ['tenant.updated'], description: null },
    });
    await rename(id, 'Elsewhere');
    await eventually(
      () => elsewhere.received.length,
      (count) => expect(count).toBe(1),
    );
    expect(there.received).toEqual([]);
  } finally {
    await elsewhere.stop();
  }
});

test('a subscription of the whole platform hears of every tenant', async () => {
  const [one, other] = [await bareTenant(graph), await bareTenant(graph)];
  const { id: webhook, tenantId } = await create({ types: ['tenant.updated'] });
  expect(tenantId).toBeNull();
  await Promise.all([rename(one.id, 'One'), rename(other.id, 'Other')]);
  await eventually(heardNames, (names) => expect(names.sort()).toEqual(['One', 'Other']));
  await graph.ask(DELETE, { id: webhook });
  await rename(one.id, 'Unheard');
  await create({ tenantId: one.id, types: ['tenant.updated'] });
  await rename(one.id, 'Heard');
  await eventually(heardNames, (names) => expect(names).toContain('Heard'));
  expect((await graph.ask(ONE, { id: webhook })).one).toBeNull();
  expect(await graph.refusal(DELETE, { id: webhook })).toBe('NOT_FOUND');
  const left = await graph.database.query(
    `SELECT FROM access_control.event_cursor WHERE consumer = $1
     UNION ALL SELECT FROM access_control.webhook_secret WHERE subscription_id = $2`,
    [`webhook:${webhook}`, webhook],
  );
  expect(left).toEqual([]);
  expect(heardNames()).not.toContain('Unheard');
});

test('a test event is posted at once, and its caller learns what came of it', async () => {
  const { id } = await bareTenant(graph);
  const { id: webhook, secret } = await create({ tenantId: id });
  await graph.ask(UPDATE, { id: webhook, input: { status: 'DISABLED' } });
  expect((await graph.ask(TEST, { id: webhook })).made).toEqual({
    wasTaken: true,
    statusCode: 204,
    failure: null,
  });
  const [one] = there.received;
  expect(new Webhook(secret).verify(one?.text ?? '', one?.headers as Record<string, string>)).toMatchObject({
    type: 'webhook.test',
    data: { type: 'webhook.test', tenantId: id, payload: { subscriptionId: webhook } },
  });
  there.answer(status(500));
  expect((await graph.ask(TEST, { id: webhook })).made).toEqual({
    wasTaken: false,
    statusCode: 500,
    failure: 'answered 500',
  });
  await graph.ask(UPDATE, { id: webhook, input: { url: 'http://127.0.0.1:9/' } });
  expect((await graph.ask(TEST, { id: webhook })).made).toEqual({
    wasTaken: false,
    statusCode: null,
    failure: 'could not be reached: ECONNREFUSED',
  });
});

test('what breaks a rule is refused, and nothing is stored', async () => {
  const { id } = await bareTenant(graph);
  const { id: webhook } = await create({ tenantId: id });
  const before = await rows();
  const url = `${there.url}/`;
  const wrong: [object, string][] = [
    [{ url, tenantId: id, types: ['tenant.gone'] }, 'input.types'],
    [{ url, tenantId: id, types: ['*'] }, 'input.types'],
    [{ url, tenantId: id, types: Array.from({ length: 51 }, () => 'crm.*') }, 'input.types'],
    [{ url, tenantId: 'x' }, 'input.tenantId'],
    [{ url, tenantId: id, description: ' ' }, 'input.description'],
    [{ url: 'ftp://example.com', tenantId: id }, 'input.url'],
    [{ url: `https://example.com/${'x'.repeat(2_048)}`, tenantId: id }, 'input.url'],
  ];
  for (const [input, path] of wrong) {
    const { errors } = await graph.request(CREATE, { input });
    expect({ input, fields: errors?.[0]?.extensions.fields?.map((field) => field.path) }).toEqual({
      input,
      fields: [path],
    });
  }
  expect(await graph.refusal(UPDATE, { id: webhook, input: { url: 'x' } })).toBe('BAD_USER_INPUT');
  expect(await graph.refusal(UPDATE, { id: webhook, input: { url: null } })).toBe('BAD_USER_INPUT');
  expect(await graph.refusal(UPDATE, { id: webhook, input: { types: null } })).toBe('BAD_USER_INPUT');
  for (const mutation of [DELETE, ROTATE, TEST]) {
    expect(await graph.refusal(mutation, { id: randomUUID() })).toBe('NOT_FOUND');
  }
  expect(await rows()).toEqual(before);
});

test('the owner and the administrator of a tenant have its subscriptions, and no one else’s', async () => {
  const [own, other] = [await bareTenant(graph), await bareTenant(graph)];
  const { id: foreign } = await create({ tenantId: other.id });
  const { id: platforms } = await create({ types: ['scl.*'] });
  for (const role of ['TENANT_OWNER', 'TENANT_ADMIN'] as const) {
    const caller = graph.as({ roles: [role], tenants: [own.id] });
    const { id: webhook } = await create({ tenantId: own.id }, caller);
    const { list } = await caller.ask(LIST, {});
    expect(list.edges.map(({ node }: { node: { tenantId: string } }) => node.tenantId)).not.toContain(
      other.id,
    );
    expect(JSON.stringify(list)).not.toContain(platforms);
    for (const id of [foreign, platforms]) {
      expect((await caller.ask(ONE, { id })).one).toBeNull();
      expect(await caller.refusal(UPDATE, { id, input: { description: 'x' } })).toBe('NOT_FOUND');
      for (const mutation of [DELETE, ROTATE, TEST])
        expect(await caller.refusal(mutation, { id })).toBe('NOT_FOUND');
    }
    const input = { url: `${there.url}/` };
    expect(await caller.refusal(CREATE, { input })).toBe('BAD_USER_INPUT');
    expect(await caller.refusal(CREATE, { input: { ...input, tenantId: other.id } })).toBe(
      'TENANT_NOT_FOUND',
    );
    await caller.ask(DELETE, { id: webhook });
  }
  for (const role of ['TENANT_EDITOR', 'TENANT_VIEWER', 'CRM_ADMIN'] as const) {
    expect(await graph.as({ roles: [role], tenants: [own.id] }).refusal(LIST)).toBe('FORBIDDEN');
  }
  const auditor = graph.as({ roles: ['PLATFORM_AUDITOR'] });
  expect((await auditor.ask(ONE, { id: foreign })).one.id).toBe(foreign);
  expect(await auditor.refusal(DELETE, { id: foreign })).toBe('FORBIDDEN');
  expect(await graph.anonymous.refusal(LIST)).toBe('UNAUTHENTICATED');
});

test('a tenant has twenty subscriptions at most, also when they are created at once; a disabled tenant gets none', async () => {
  const { id } = await bareTenant(graph);
  const input = { url: 'http://127.0.0.1:9/', tenantId: id, types: ['scl.*'] };
  for (let made = 0; made < 16; made += 1) await create(input);
  const answers = await Promise.all(Array.from({ length: 8 }, () => graph.request(CREATE, { input })));
  expect(answers.filter(({ errors }) => errors === undefined)).toHaveLength(4);
  expect(answers.flatMap(({ errors }) => errors?.[0]?.extensions.fields?.[0]?.constraint ?? [])).toEqual(
    Array.from({ length: 4 }, () => 'maxSubscriptions'),
  );
  const { list } = await graph.ask(LIST, { t: id, first: 15 });
  expect(list).toMatchObject({ totalCount: 20, pageInfo: { hasNextPage: true } });
  const rest = await graph.ask(LIST, { t: id, after: list.pageInfo.endCursor });
  expect(rest.list.edges).toHaveLength(5);

  await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id });
  expect(await graph.refusal(CREATE, { input })).toBe('TENANT_DISABLED');
});

test('a graph that is open to the internet posts to no private address', async () => {
  const strict = await startGraph('one process', { events: defaultEvents });
  try {
    const { id } = await bareTenant(strict);
    for (const url of [
      'https://127.0.0.1/',
      'https://2130706433/',
      'https://[::ffff:10.0.0.1]/',
      `${there.url}/`,
    ]) {
      const { errors } = await strict.request(CREATE, { input: { tenantId: id, url } });
      expect({ url, code: errors?.[0]?.extensions.code }).toEqual({ url, code: 'BAD_USER_INPUT' });
    }
    // As it would be stored by a graph with other settings, or for a name that stood for something else then.
    const { made } = await strict.ask(CREATE, {
      input: { tenantId: id, url: 'https://8.8.8.8/', types: ['scl.*'] },
    });
    const webhook = made.subscription.id;
    await strict.database.query('UPDATE access_control.webhook_subscription SET url = $1', [
      'https://127.0.0.1:9/',
    ]);
    expect((await strict.ask(TEST, { id: webhook })).made).toMatchObject({
      wasTaken: false,
      failure: '127.0.0.1 is no public address',
    });
  } finally {
    await strict.stop();
  }
});
