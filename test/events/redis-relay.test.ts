import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import pino from 'pino';
import type { EventEnvelope } from '../../shared/events/event';
import { freePort } from '../../shared/free-port';
import { systemCall } from '../../shared/subgraph/transport';
import { createRedisRelay, type RedisRelay } from '../../subgraphs/access-control/events/redis-relay';
import { eventually } from '../testkit/eventually';
import { startGraph } from '../testkit/graph';
import { createRedisServer, hasRedisServer } from '../testkit/redis-server';
import { bareTenant, provisionedTenant } from '../testkit/seed';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';
import { openDelivery, publishTenants } from './webhook-consumers';

jest.setTimeout(120_000);

const redisUrl = process.env['TEST_REDIS_URL'] ?? '';
const withRedis = redisUrl ? test : test.skip;
const unlessRedis = redisUrl ? '' : ' (skipped: TEST_REDIS_URL names no Redis)';
const withServer = hasRedisServer ? test : test.skip;
const unlessServer = hasRedisServer ? '' : ' (skipped: there is no redis-server to start)';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function testDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  stops.push(() => database.drop());
  return database;
}

function relayTo(url: string, queue: string): RedisRelay & { logged: string[] } {
  const logged: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => logged.push(line) });
  const relay = createRedisRelay({ url, queue }, logger);
  stops.push(() => relay.close());
  return { ...relay, logged };
}

/** The queue as its consumers see it; emptied when the test ends. */
function queueAt(url: string, name: string): Queue {
  const queue = new Queue(name, { connection: { url, maxRetriesPerRequest: null } });
  queue.on('error', () => undefined);
  stops.push(async () => {
    await queue.obliterate({ force: true });
    await queue.close();
  });
  return queue;
}

/** Works the queue until `count` jobs were there; answers them in their order. */
async function consume(url: string, name: string, count: number): Promise<EventEnvelope[]> {
  const events: EventEnvelope[] = [];
  const worker = new Worker(name, async ({ data }) => events.push(data), {
    connection: { url, maxRetriesPerRequest: null },
  });
  worker.on('error', () => undefined);
  try {
    await eventually(
      () => events.length,
      (seen) => expect(seen).toBeGreaterThanOrEqual(count),
      60_000,
    );
    return events;
  } finally {
    await worker.close();
  }
}

const numberOf = ({ payload }: EventEnvelope) => Number((payload as { displayName: string }).displayName);
const uniqueQueue = () => `test-events-${randomUUID()}`;

withRedis.each(['one process', 'distributed'] as const)(
  `every event of the graph is a job, as the platform’s own services have theirs: %s${unlessRedis}`,
  async (shape) => {
    const name = uniqueQueue();
    const queue = queueAt(redisUrl, name);
    const graph = await startGraph(shape, {
      events: { redis: { url: redisUrl, queue: name }, webhooks: { allowPrivate: true } },
    });
    stops.push(() => graph.stop());
    const { id, slug } = await provisionedTenant(graph);
    await graph.ask(
      'mutation ($t: ID!) { submitLead(input: { tenantId: $t, email: "a@example.com" }) { id } }',
      {
        t: id,
      },
    );
    await eventually(
      () => queue.getWaiting(),
      (jobs) =>
        expect(jobs.map((job) => job.name)).toEqual(
          expect.arrayContaining(['tenant.created', 'tenant.provisioning.completed', 'crm.lead.submitted']),
        ),
    );
    const job = (await queue.getWaiting()).find((one) => one.name === 'tenant.created');
    expect(job?.id).toBe(job?.data.id);
    expect(job?.data).toMatchObject({
      type: 'tenant.created',
      version: '1.0',
      tenantId: id,
      tenantSlug: slug,
      source: 'access-control',
      metadata: { userId: 'operator', correlationId: expect.any(String) },
    });
    expect(job?.opts).toMatchObject({
      attempts: 3,
      backoff: { type: 'exponential', delay: 1_000 },
      removeOnComplete: { count: 1_000 },
      removeOnFail: { count: 5_000 },
    });
    expect(job?.opts.priority ?? 0).toBe(0);
  },
);

withRedis(
  `an event that is put in again is not there twice, before and after it was handled${unlessRedis}`,
  async () => {
    const name = uniqueQueue();
    const queue = queueAt(redisUrl, name);
    const { consumer } = relayTo(redisUrl, name);
    const event = {
      id: randomUUID(),
      type: 'tenant.enabled',
      payload: { displayName: '1' },
    } as unknown as EventEnvelope;
    const put = () => consumer.handOver([event], systemCall('test'));
    await eventually(
      () => put().catch((error) => error.message),
      (answer) => expect(answer).toEqual({ taken: 1, refusal: null }),
    );
    await put();
    expect(await queue.count()).toBe(1);
    expect(await consume(redisUrl, name, 1)).toHaveLength(1);
    await put();
    expect(await queue.getJobCounts('waiting', 'completed')).toMatchObject({ waiting: 0, completed: 1 });
  },
);

withRedis(`what happened while there was no relay is put in when there is one${unlessRedis}`, async () => {
  const name = uniqueQueue();
  const queue = queueAt(redisUrl, name);
  const before = await startGraph();
  stops.push(() => before.stop());
  const tenants = [await bareTenant(before), await bareTenant(before)];
  await eventually(
    () => before.database.query("SELECT FROM access_control.event_cursor WHERE consumer = '*'"),
    (dispatched) => expect(dispatched).toHaveLength(2),
  );
  const delivery = await openDelivery(before.database.url, { others: [relayTo(redisUrl, name).consumer] });
  stops.push(() => delivery.stop());
  await delivery.database.jobs.enqueue([
    { queue: 'events-redis', data: { consumer: `redis.${name}`, tenantKey: null }, key: 'backlog' },
  ]);
  await eventually(
    () => queue.getWaiting(),
    (jobs) =>
      expect(jobs.map(({ data }) => data.tenantId).sort()).toEqual(tenants.map(({ id }) => id).sort()),
  );
});

withServer(
  `Redis is killed three times under a stream of events: none is lost, each is one job${unlessServer}`,
  async () => {
    const server = await createRedisServer();
    stops.push(() => server.remove());
    await server.start();
    const name = uniqueQueue();
    const { consumer, logged } = relayTo(server.url, name);
    const database = await testDatabase();
    const deliveries = [
      await openDelivery(database.url, { others: [consumer] }),
      await openDelivery(database.url, { others: [relayTo(server.url, name).consumer] }),
    ];
    for (const delivery of deliveries) stops.push(() => delivery.stop());

    const tenants = Array.from({ length: 8 }, () => randomUUID());
    let isOver = false;
    const published = new Map<string, number>();
    const publishing = tenants.map(async (tenant, index) => {
      const delivery = deliveries[index % 2];
      if (!delivery) throw new Error('There are two');
      for (let first = 1; !isOver; first += 3) {
        await publishTenants(delivery, tenant, { first, count: 3 });
        published.set(tenant, first + 2);
        await sleep(40);
      }
    });
    for (let kills = 1; kills <= 3; kills += 1) {
      await sleep(1_200);
      await server.kill();
      await sleep(600);
      await server.start();
    }
    await sleep(1_200);
    isOver = true;
    await Promise.all(publishing);

    const total = [...published.values()].reduce((sum, count) => sum + count, 0);
    expect(total).toBeGreaterThan(100);
    const queue = queueAt(server.url, name);
    await eventually(
      () => queue.count(),
      (count) => expect(count).toBe(total),
      60_000,
    );
    const events = await consume(server.url, name, total);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    for (const tenant of tenants) {
      const heard = events.filter(({ tenantId }) => tenantId === tenant).map(numberOf);
      expect(heard).toEqual(Array.from({ length: published.get(tenant) ?? 0 }, (_, index) => index + 1));
    }
    expect(await database.query('SELECT FROM access_control.event_dead_letter')).toEqual([]);
    expect(logged.length).toBeLessThan(20);
  },
);

test('without Redis events wait, nobody waits for it, and the log says so seldom', async () => {
  const { consumer, logged } = relayTo(`redis://127.0.0.1:${await freePort()}`, uniqueQueue());
  const database = await testDatabase();
  const delivery = await openDelivery(database.url, { others: [consumer] });
  stops.push(() => delivery.stop());
  const tenants = Array.from({ length: 30 }, () => randomUUID());
  await Promise.all(tenants.map((tenant) => publishTenants(delivery, tenant, { count: 20 })));
  await eventually(
    () =>
      database.query('SELECT FROM access_control.event_cursor WHERE consumer = $1 AND outages > 0', [
        consumer.name,
      ]),
    (asked) => expect(asked.length).toBeGreaterThan(0),
  );
  await sleep(1_500);
  expect(await database.query('SELECT FROM access_control.event_dead_letter')).toEqual([]);
  expect(logged.length).toBeLessThan(4);
});

test('a Redis that accepts and never answers is an outage, and nothing piles up for it', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  stops.push(async () => silent.close());
  const { consumer } = relayTo(`redis://127.0.0.1:${(silent.address() as AddressInfo).port}`, uniqueQueue());
  await sleep(300);
  const event = { id: randomUUID(), type: 'tenant.enabled' } as unknown as EventEnvelope;
  await expect(consumer.handOver([event], systemCall('test'))).rejects.toThrow('Redis is away');
  expect(consumer.takeTurn?.()).toEqual({ notForMs: expect.any(Number) });
});
