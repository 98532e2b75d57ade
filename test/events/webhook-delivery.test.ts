import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { eventually } from '../testkit/eventually';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';
import {
  hang,
  type Received,
  startWebhookReceiver,
  status,
  type WebhookReceiver,
} from '../testkit/webhook-receiver';
import { type DeliveryProcess, openDelivery, publishTenants, SECRET, subscribe } from './webhook-consumers';

let database: TestDatabase;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await database.drop();
});

async function open(options?: Parameters<typeof openDelivery>[1]): Promise<DeliveryProcess> {
  const delivery = await openDelivery(database.url, options);
  stops.push(() => delivery.stop());
  return delivery;
}

async function receiver(...first: Parameters<typeof startWebhookReceiver>): Promise<WebhookReceiver> {
  const started = await startWebhookReceiver(...first);
  stops.push(() => started.stop());
  return started;
}

const nameOf = ({ body }: Received) => (body.data.payload as { displayName: string }).displayName;
const namesOf = ({ received }: WebhookReceiver, tenantId: string) =>
  received.filter(({ body }) => body.data.tenantId === tenantId).map(nameOf);
const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));
const deadLetters = () =>
  database.query<{ position: number; attempts: number; error: string }>(
    'SELECT position::int, attempts, error FROM access_control.event_dead_letter ORDER BY position',
  );

test('events are posted one by one and in their order, each signed as Standard Webhooks says', async () => {
  const there = await receiver();
  const delivery = await open();
  await subscribe(delivery, `${there.url}/hook?from=graph`);
  const tenants = [randomUUID(), randomUUID(), randomUUID()];
  await Promise.all(
    tenants.map(async (tenant) => {
      for (let first = 1; first <= 12; first += 1) await publishTenants(delivery, tenant, { first });
    }),
  );
  for (const tenant of tenants) {
    await eventually(
      () => namesOf(there, tenant),
      (names) => expect(names).toEqual(numbers(12)),
    );
  }
  const [one] = there.received;
  if (!one) throw new Error('Nothing was received');
  expect(one.path).toBe('/hook?from=graph');
  expect(new Webhook(SECRET).verify(one.text, one.headers as Record<string, string>)).toEqual(one.body);
  expect(() => new Webhook(SECRET).verify(`${one.text} `, one.headers as Record<string, string>)).toThrow();
  expect(one.headers).toMatchObject({ 'webhook-id': one.body.data.id, 'content-type': 'application/json' });
  expect(one.body).toEqual({
    type: 'tenant.created',
    timestamp: one.body.timestamp,
    data: {
      id: expect.any(String),
      type: 'tenant.created',
      version: '1.0',
      timestamp: one.body.timestamp,
      tenantId: expect.any(String),
      tenantSlug: 'the-slug',
      source: 'access-control',
      payload: { displayName: '1' },
      metadata: { userId: 'tenant-graph', correlationId: 'test' },
    },
  });
  expect(new Set(there.received.map(({ headers }) => headers['webhook-id'])).size).toBe(36);
});

test('a receiver that hangs with fifty tenants keeps no other one waiting', async () => {
  const hanging = await receiver(hang);
  const healthy = await receiver();
  const delivery = await open({ answerMayTakeMs: 9_000, retry: { attempts: 10, delayMs: () => 60_000 } });
  const name = await subscribe(delivery, hanging.url);
  const tenants = Array.from({ length: 50 }, () => randomUUID());
  await Promise.all(tenants.map((tenant) => publishTenants(delivery, tenant)));
  await eventually(
    () => hanging.received.length,
    (count) => expect(count).toBeGreaterThan(0),
  );
  await subscribe(delivery, healthy.url);
  await Promise.all(tenants.map((tenant) => publishTenants(delivery, tenant, { first: 2 })));
  await eventually(
    () => new Set(healthy.received.map(({ body }) => body.data.tenantId)).size,
    (heard) => expect(heard).toBe(50),
  );
  // All of that before the first of those that hang was given up.
  const given = await database.query(
    'SELECT FROM access_control.event_cursor WHERE consumer = $1 AND attempts > 0',
    [name],
  );
  expect(given).toEqual([]);
  expect(hanging.received.length).toBeLessThanOrEqual(6);
  await hanging.stop();
});

test('a receiver that answers and never ends its body is not waited for', async () => {
  const there = await receiver((_one, response) => {
    response.writeHead(200).flushHeaders();
    return new Promise(() => undefined);
  });
  const delivery = await open({ answerMayTakeMs: 9_000 });
  await subscribe(delivery, there.url);
  const tenant = randomUUID();
  await publishTenants(delivery, tenant, { count: 3 });
  const soonerThanTwoBodies = 12_000;
  await eventually(
    () => namesOf(there, tenant),
    (names) => expect(names).toEqual(['1', '2', '3']),
    soonerThanTwoBodies,
  );
});

test('an event that is not taken is posted again under its id, then is a dead letter, and the next one follows', async () => {
  const there = await receiver();
  there.answer((one, response) => {
    if (nameOf(one) === '2') status(400)(one, response);
  });
  const delivery = await open();
  await subscribe(delivery, there.url);
  const tenant = randomUUID();
  await publishTenants(delivery, tenant, { count: 3 });
  await eventually(
    () => namesOf(there, tenant),
    (names) => expect(names).toEqual(['1', '2', '2', '2', '3']),
  );
  expect(await deadLetters()).toEqual([{ position: 2, attempts: 3, error: 'answered 400' }]);
  const ids = there.received.filter((one) => nameOf(one) === '2').map(({ headers }) => headers['webhook-id']);
  expect(new Set(ids).size).toBe(1);
});

test('a receiver that is away is left alone as a whole, and hears of everything when it is back', async () => {
  const there = await receiver(status(500));
  const delivery = await open({ retry: { attempts: 50, delayMs: () => 20 } });
  await subscribe(delivery, there.url);
  const tenants = Array.from({ length: 10 }, () => randomUUID());
  await Promise.all(tenants.map((tenant) => publishTenants(delivery, tenant, { count: 2 })));
  await eventually(
    () => there.received.length,
    (count) => expect(count).toBeGreaterThan(0),
  );
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  // Of ten tenants whose events wait 20 ms each: as many as were inside at first, and one after the first pause.
  expect(there.received.length).toBeLessThanOrEqual(7);
  there.received.length = 0;
  there.answer(() => undefined);
  for (const tenant of tenants) {
    await eventually(
      () => namesOf(there, tenant),
      (names) => expect(names).toEqual(['1', '2']),
    );
  }
  expect(await deadLetters()).toEqual([]);
});

test('a receiver that says when to come again is left alone until then', async () => {
  const there = await receiver(status(429, { 'retry-after': '2' }));
  const delivery = await open();
  await subscribe(delivery, there.url);
  const startedAt = Date.now();
  await publishTenants(delivery, randomUUID());
  await eventually(
    () => there.received.length,
    (count) => expect(count).toBe(1),
  );
  there.answer(() => undefined);
  await eventually(
    () => there.received.length,
    (count) => expect(count).toBe(2),
  );
  expect(Date.now() - startedAt).toBeGreaterThan(1_900);
});

test('a redirect is not followed', async () => {
  const elsewhere = await receiver();
  const there = await receiver(status(302, { location: elsewhere.url }));
  const delivery = await open();
  await subscribe(delivery, there.url);
  await publishTenants(delivery, randomUUID());
  await eventually(deadLetters, (letters) =>
    expect(letters).toMatchObject([{ error: 'answered 302; redirects are not followed' }]),
  );
  expect(elsewhere.received).toEqual([]);
});

test('an answer that never ends is taken by its status, and what it says is not read', async () => {
  let written = 0;
  const there = await receiver((_one, response) => {
    response.writeHead(200);
    const chunk = Buffer.alloc(16_384);
    const writeOn = () => {
      while (!response.destroyed && response.write(chunk)) written += chunk.length;
    };
    response.on('drain', writeOn);
    writeOn();
    return new Promise<void>((resolve) => response.on('close', resolve));
  });
  const delivery = await open();
  await subscribe(delivery, there.url);
  const tenant = randomUUID();
  await publishTenants(delivery, tenant, { count: 3 });
  await eventually(
    () => namesOf(there, tenant),
    (names) => expect(names).toEqual(numbers(3)),
  );
  // Three answers, with what lies in sockets on both sides.
  expect(written).toBeLessThan(30 * 2 ** 20);
  expect(await deadLetters()).toEqual([]);
});

test('a subscription hears of the types that it names, from its beginning on, and of nothing once it is disabled', async () => {
  const there = await receiver();
  const delivery = await open();
  const tenant = randomUUID();
  await publishTenants(delivery, tenant, { count: 5 });
  await subscribe(delivery, `${there.url}/crm`, { types: ['crm.*', 'teetime.club.created'] });
  const all = await subscribe(delivery, `${there.url}/tenants`, { types: ['tenant.*'] });
  await publishTenants(delivery, tenant, { first: 6 });
  await eventually(
    () => there.received.map((one) => [one.path, nameOf(one)]),
    (heard) => expect(heard).toEqual([['/tenants', '6']]),
  );
  await database.query("UPDATE access_control.webhook_subscription SET status = 'DISABLED'");
  delivery.consumers.forget();
  await publishTenants(delivery, tenant, { first: 7 });
  const quiet = await subscribe(delivery, `${there.url}/other`);
  await publishTenants(delivery, tenant, { first: 8 });
  await eventually(
    () => there.received.map((one) => [one.path, nameOf(one)]),
    (heard) => expect(heard).toContainEqual(['/other', '8']),
  );
  expect(there.received.filter(({ path }) => path !== '/other')).toHaveLength(1);
  expect(all).not.toBe(quiet);
});

test('a name that comes to stand for this machine leads nowhere', async () => {
  let connections = 0;
  const inside = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
  stops.push(() => new Promise((resolve) => inside.close(() => resolve())));
  const { port } = inside.address() as AddressInfo;

  const delivery = await open({ resolve: async () => ['127.0.0.1'] });
  await subscribe(delivery, `https://hooks.example.com:${port}/`);
  await subscribe(delivery, `https://127.0.0.1:${port}/`);
  await subscribe(delivery, `https://[::ffff:127.0.0.1]:${port}/`);
  await subscribe(delivery, `http://hooks.example.com:${port}/`);
  await publishTenants(delivery, randomUUID());
  await eventually(deadLetters, (letters) =>
    expect(letters.map(({ error }) => error).sort()).toEqual([
      '127.0.0.1 is no public address',
      '::ffff:7f00:1 is no public address',
      'could not be reached: only https:// addresses are posted to',
      'hooks.example.com is no public address',
    ]),
  );
  expect(connections).toBe(0);
});
