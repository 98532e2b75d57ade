import { randomUUID } from 'node:crypto';
import type { DatabasePool } from '../../shared/database/database';
import { backlogJob, endPauses } from '../../shared/events/delivery/backlog';
import { forgetOldEvents } from '../../shared/events/delivery/forget-old-events';
import { systemCall } from '../../shared/subgraph/transport';
import { eventually } from '../testkit/eventually';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';
import {
  createTestQueues,
  type NotingConsumer,
  notingConsumer,
  numbers,
  openProcess,
  publishClubs,
} from './teetime-events';

let database: TestDatabase;
const processes: DatabasePool[] = [];
beforeEach(async () => {
  database = await createTestDatabase();
  await createTestQueues(database);
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((pool) => pool.close()));
  await database.drop();
});

async function open(...consumers: Parameters<typeof openProcess>[1]): Promise<DatabasePool> {
  const pool = await openProcess(database.url, consumers);
  processes.push(pool);
  return pool;
}

const deadLetters = () =>
  database.query<{ consumer: string; position: number; attempts: number; error: string }>(
    'SELECT consumer, position::int, attempts, error FROM teetime.event_dead_letter ORDER BY position',
  );

test('every consumer hears every event of a tenant once and in its order, however many processes hand them on', async () => {
  const [first, second] = [notingConsumer({ name: 'first' }), notingConsumer({ name: 'second' })];
  const pools = [await open(first, second), await open(first, second)];
  const tenants = Array.from({ length: 5 }, () => randomUUID());
  await Promise.all(
    tenants.map(async (tenant) => {
      for (let number = 1; number <= 30; number += 1) {
        await publishClubs(pools[number % 2] as DatabasePool, tenant, { first: number });
      }
    }),
  );
  for (const consumer of [first, second]) {
    await eventually(
      () => Object.fromEntries(consumer.taken),
      (taken) => expect(taken).toEqual(Object.fromEntries(tenants.map((tenant) => [tenant, numbers(30)]))),
    );
  }
  await eventually(
    () => database.query('SELECT FROM teetime_jobs.job WHERE name <> $1', ['outbox-retention']),
    (jobs) => expect(jobs).toEqual([]),
  );
});

test('more events than fit into a batch go on until the newest', async () => {
  const consumer = notingConsumer();
  const pool = await open(consumer);
  const tenant = randomUUID();
  await publishClubs(pool, tenant, { first: 1, count: 450 });
  await eventually(
    () => consumer.taken.get(tenant),
    (taken) => expect(taken).toEqual(numbers(450)),
  );
});

test('an event that is refused is offered again, then buried, and delays neither another tenant nor another consumer', async () => {
  const offered: string[] = [];
  const broken = randomUUID();
  const refusing = notingConsumer({
    name: 'refusing',
    refuse(clubCode, tenantId) {
      if (tenantId !== broken || clubCode !== '2') return null;
      offered.push(clubCode);
      return 'not this one';
    },
  });
  const calm = notingConsumer({ name: 'calm', queue: 'events-second' });
  const pool = await open(refusing, calm);
  const sound = randomUUID();
  await publishClubs(pool, broken, { first: 1, count: 4 });
  await publishClubs(pool, sound, { first: 1, count: 4 });

  for (const consumer of [refusing, calm]) {
    await eventually(
      () => consumer.taken.get(sound),
      (taken) => expect(taken).toEqual(numbers(4)),
    );
  }
  await eventually(
    () => refusing.taken.get(broken),
    (taken) => expect(taken).toEqual(['1', '3', '4']),
  );
  expect(calm.taken.get(broken)).toEqual(numbers(4));
  expect(offered).toHaveLength(3);
  expect(await deadLetters()).toEqual([
    { consumer: 'refusing', position: 2, attempts: 3, error: 'not this one' },
  ]);
});

test('a consumer that always refuses and one that cannot be asked keep nobody else waiting', async () => {
  const hopeless = notingConsumer({ name: 'hopeless', refuse: () => 'never' });
  let asked = 0;
  const away = notingConsumer({
    name: 'away',
    async handOver() {
      asked += 1;
      throw new Error('no answer');
    },
  });
  const calm = notingConsumer({ name: 'calm', queue: 'events-second' });
  const pool = await open(hopeless, away, calm);
  const tenants = Array.from({ length: 20 }, () => randomUUID());
  await Promise.all(tenants.map((tenant) => publishClubs(pool, tenant, { first: 1, count: 3 })));
  await eventually(
    () => [...calm.taken.values()],
    (taken) => expect(taken).toEqual(tenants.map(() => numbers(3))),
    3_000,
  );
  await eventually(
    () => deadLetters(),
    (letters) => expect(letters).toHaveLength(60),
  );
  // What could not be asked is no reason to give an event up.
  expect((await deadLetters()).every(({ consumer }) => consumer === 'hopeless')).toBe(true);
  expect(asked).toBeGreaterThanOrEqual(20);
});

test('a consumer that was away hears of everything when it is back, and nothing before is repeated', async () => {
  let isAway = true;
  const consumer = notingConsumer();
  const handOver = consumer.handOver.bind(consumer);
  consumer.handOver = async (events, call) => {
    if (isAway) throw new Error('away');
    return handOver(events, call);
  };
  const pool = await open(consumer);
  const tenant = randomUUID();
  await publishClubs(pool, tenant, { first: 1, count: 3 });
  const cursor = () =>
    database.query<{ attempts: number; last_error: string }>(
      "SELECT attempts, last_error FROM teetime.event_cursor WHERE consumer = 'noting'",
    );
  await eventually(cursor, ([row]) => expect(row).toMatchObject({ last_error: 'away' }));
  isAway = false;
  await publishClubs(pool, tenant, { first: 4 });
  await eventually(
    () => consumer.taken.get(tenant),
    (taken) => expect(taken).toEqual(numbers(4)),
  );
});

test('a consumer hears of the types, the tenant and the time that it asked for', async () => {
  const [own, other] = [randomUUID(), randomUUID()];
  const everything = notingConsumer({ name: 'everything' });
  const oneTenant = notingConsumer({ name: 'one-tenant', tenantKey: own });
  const otherType = notingConsumer({ name: 'other-type', types: ['teetime.club.updated'] });
  const later = notingConsumer({ name: 'later', since: new Date(Date.now() + 3_600_000) });
  const pool = await open(everything, oneTenant, otherType, later);
  await publishClubs(pool, own, { first: 1, count: 2 });
  await publishClubs(pool, other, { first: 1, count: 2 });
  await eventually(
    () => [everything.taken.size, oneTenant.taken.size],
    (sizes) => expect(sizes).toEqual([2, 1]),
  );
  await eventually(
    () =>
      database.query(
        "SELECT FROM teetime.event_cursor WHERE consumer = 'later' AND position = 2 AND lease IS NULL",
      ),
    (cursors) => expect(cursors).toHaveLength(2),
  );
  expect([[...oneTenant.taken.keys()], otherType.taken.size, later.taken.size]).toEqual([[own], 0, 0]);
});

test('an event is heard although the job before it was taken while its transaction was open', async () => {
  const consumer = notingConsumer();
  const pool = await open(consumer);
  const tenant = randomUUID();
  await pool.forCall(systemCall('slow')).transaction(async (transaction) => {
    const event = (clubCode: string) => ({
      type: 'teetime.club.created' as const,
      tenantKey: tenant,
      tenant: { id: tenant, slug: 'the-slug' },
      payload: { clubId: randomUUID(), clubCode },
    });
    await transaction.publish(event('1'));
    // As another writer's job would be: taken at once, while nothing of this transaction can be seen.
    await pool.jobs.enqueue([{ queue: 'outbox', data: { tenantKey: tenant }, key: tenant }]);
    pool.jobs.nudge(['outbox']);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(consumer.taken.get(tenant)).toBeUndefined();
  });
  await eventually(
    () => consumer.taken.get(tenant),
    (taken) => expect(taken).toEqual(['1']),
  );
});

test('what a process was handing over when it was killed is handed over by another', async () => {
  const tenant = randomUUID();
  const idle = await openProcess(database.url, []);
  await publishClubs(idle, tenant, { first: 1, count: 3 });
  // What a process leaves behind: a job that is taken, and a lease that runs out.
  await database.query(
    `INSERT INTO teetime.event_cursor (consumer, tenant_key, position, lease, leased_until)
     VALUES ('noting', $1, 1, gen_random_uuid(), now() + interval '1 second')`,
    [tenant],
  );
  await idle.close();
  await database.query(
    `INSERT INTO teetime_jobs.job (name, data, state, started_on, expire_in, singleton_key, policy, retry_limit)
     VALUES ('events-first', $1, 'active', now() - interval '1 hour', '5 seconds', $2, 'short', 5)`,
    [JSON.stringify({ consumer: 'noting', tenantKey: tenant }), `noting ${tenant}`],
  );
  const consumer = notingConsumer();
  await open(consumer);
  await eventually(
    () => consumer.taken.get(tenant),
    (taken) => expect(taken).toEqual(['2', '3']),
  );
});

test('old events that everybody has heard of go, and nothing else does', async () => {
  const consumer = notingConsumer();
  const pool = await open(consumer);
  const [heard, behind] = [randomUUID(), randomUUID()];
  for (const tenant of [heard, behind]) await publishClubs(pool, tenant, { first: 1, count: 4 });
  await eventually(
    () => consumer.taken.size,
    (tenants) => expect(tenants).toBe(2),
  );
  await eventually(
    () => database.query("SELECT FROM teetime.event_cursor WHERE consumer = 'noting' AND lease IS NULL"),
    (cursors) => expect(cursors).toHaveLength(2),
  );
  await database.query(
    "UPDATE teetime.outbox_event SET occurred_at = now() - interval '31 days' WHERE position <> 2",
  );
  await database.query(
    "UPDATE teetime.event_cursor SET position = 2 WHERE consumer = 'noting' AND tenant_key = $1",
    [behind],
  );
  const options = { keptDays: 30, consumers: [consumer] };
  expect(await forgetOldEvents(pool, 'teetime', options)).toBe(3);
  const left = (tenant: string) =>
    database.query<{ position: number }>(
      'SELECT position::int FROM teetime.outbox_event WHERE tenant_key = $1 ORDER BY position',
      [tenant],
    );
  expect((await left(heard)).map(({ position }) => position)).toEqual([2, 4]);
  expect((await left(behind)).map(({ position }) => position)).toEqual([2, 3, 4]);
  const newest = pool
    .forCall(systemCall('test'))
    .transaction(({ manager }) =>
      manager.query('DELETE FROM teetime.outbox_event WHERE tenant_key = $1 AND position = 4', [heard]),
    );
  await expect(newest).rejects.toMatchObject({ driverError: { code: '42501' } });
});

test('an event goes although a consumer that hears of other types stands before it', async () => {
  const hearing = notingConsumer({ name: 'clubs' });
  const deaf = notingConsumer({ name: 'renames', types: ['teetime.club.updated'] });
  const pool = await open(hearing);
  const tenant = randomUUID();
  await publishClubs(pool, tenant, { first: 1, count: 4 });
  await eventually(
    () => hearing.taken.get(tenant),
    (taken) => expect(taken).toEqual(numbers(4)),
  );
  await eventually(
    () => database.query("SELECT FROM teetime.event_cursor WHERE consumer = 'clubs' AND lease IS NULL"),
    (cursors) => expect(cursors).toHaveLength(1),
  );
  await database.query("UPDATE teetime.outbox_event SET occurred_at = now() - interval '31 days'");
  await database.query(
    "INSERT INTO teetime.event_cursor (consumer, tenant_key, position) VALUES ('renames', $1, 1)",
    [tenant],
  );
  const forget = (...consumers: (typeof deaf)[]) =>
    forgetOldEvents(pool, 'teetime', { keptDays: 30, consumers: [hearing, ...consumers] });
  expect(await forget({ ...deaf, types: 'all' })).toBe(1);
  expect(await forget(deaf)).toBe(2);
});

test('a consumer that could not be asked for long still gets every attempt at an event', async () => {
  let answers = 0;
  const consumer = notingConsumer({ retry: { attempts: 2, delayMs: () => 20 } });
  consumer.handOver = async () => {
    answers += 1;
    if (answers <= 3) throw new Error('away');
    return { taken: 0, refusal: 'not this one' };
  };
  const pool = await open(consumer);
  const tenant = randomUUID();
  await publishClubs(pool, tenant, { first: 1 });
  await eventually(
    () => deadLetters(),
    (letters) => expect(letters).toMatchObject([{ attempts: 2, error: 'not this one' }]),
  );
  expect(answers).toBe(5);
});

describe('a consumer that asked for an hour and was mended before', () => {
  const tenant = randomUUID();
  const waiting = () =>
    database.query<{ seconds: number }>(
      `SELECT round(extract(epoch FROM start_after - now()))::int AS seconds FROM teetime_jobs.job
       WHERE name = 'events-first'`,
    );

  /** Ends the pause as whoever mended the consumer does. */
  async function mend(pool: DatabasePool, consumer: NotingConsumer): Promise<void> {
    await eventually(waiting, ([job]) => expect(job?.seconds).toBeGreaterThan(3_500));
    await pool.forCall(systemCall('test')).transaction(async (transaction) => {
      await endPauses(transaction, 'teetime', consumer.name);
      await transaction.enqueue(backlogJob(consumer));
    });
  }

  test('hears of everything, although one worker hands over a part of it', async () => {
    const consumer = notingConsumer();
    const { handOver } = consumer;
    consumer.handOver = async () => ({ taken: 0, refusal: 'not now', retryAfterMs: 3_600_000 });
    const pool = await open(consumer);
    await publishClubs(pool, tenant, { first: 1, count: 50 });
    await eventually(waiting, (jobs) => expect(jobs).toHaveLength(1));
    consumer.handOver = ([event], call) => handOver(event ? [event] : [], call);
    await mend(pool, consumer);
    await eventually(
      () => consumer.taken.get(tenant),
      (taken) => expect(taken).toEqual(numbers(50)),
    );
    await eventually(waiting, (jobs) => expect(jobs).toEqual([]));
  });

  test('is offered an event again that it refuses, as soon as its next attempt is due', async () => {
    let retryAfterMs: number | null = 3_600_000;
    let refusals = 0;
    const consumer = notingConsumer({
      refuse: () => {
        refusals += 1;
        return refusals <= 2 ? 'not now' : null;
      },
    });
    const { handOver } = consumer;
    consumer.handOver = async (events, call) => ({ ...(await handOver(events, call)), retryAfterMs });
    const pool = await open(consumer);
    await publishClubs(pool, tenant, { first: 1 });
    await eventually(waiting, (jobs) => expect(jobs).toHaveLength(1));
    retryAfterMs = null;
    await mend(pool, consumer);
    await eventually(
      () => consumer.taken.get(tenant),
      (taken) => expect(taken).toEqual(['1']),
    );
    expect(refusals).toBe(3);
  });
});

test('a job that takes longer than its queue has seconds is given to nobody else while it is renewed', async () => {
  const pools = [await openProcess(database.url, [], []), await openProcess(database.url, [], [])];
  processes.push(...pools);
  let begun = 0;
  let ended = 0;
  for (const { jobs } of pools) {
    await jobs.work('events-first', {
      batchSize: 1,
      concurrency: 1,
      mayTakeLong: true,
      async handle() {
        begun += 1;
        await new Promise((resolve) => setTimeout(resolve, 22_000));
        ended += 1;
      },
    });
  }
  await pools[0]?.jobs.enqueue([{ queue: 'events-first', key: 'long', data: {} }]);
  await eventually(
    () => ended,
    (count) => expect(count).toBe(1),
    40_000,
  );
  expect(begun).toBe(1);
}, 60_000);

describe('of two jobs for one key', () => {
  const waiting = () =>
    database.query<{ data: object; seconds: number }>(
      `SELECT data, round(extract(epoch FROM start_after - created_on))::int AS seconds FROM teetime_jobs.job
       WHERE name = 'events-first'`,
    );
  const job = (delayMs: number) => ({ queue: 'events-first', key: 'one', data: { delayMs }, delayMs });

  let pool: DatabasePool;
  beforeEach(async () => {
    pool = await open();
  });

  test.each([
    [60_000, 5_000],
    [5_000, 60_000],
  ])(
    'after %d ms and after %d, put in one by one, at once or together, the sooner one waits',
    async (...delays) => {
      const soonest = [{ data: { delayMs: 5_000 }, seconds: 5 }];
      for (const delayMs of delays) await pool.jobs.enqueue([job(delayMs)]);
      expect(await waiting()).toEqual(soonest);
      await database.query('DELETE FROM teetime_jobs.job');
      await Promise.all(delays.map((delayMs) => pool.jobs.enqueue([job(delayMs)])));
      expect(await waiting()).toEqual(soonest);
      await database.query('DELETE FROM teetime_jobs.job');
      await pool.jobs.enqueue(delays.map(job));
      expect(await waiting()).toEqual(soonest);
    },
  );

  test('the later one whose transaction is open gives way to the sooner one', async () => {
    let sooner: Promise<void> = Promise.resolve();
    const { jobs } = pool;
    await pool.forCall(systemCall('test')).transaction(async ({ manager }) => {
      await jobs.insert((text, values) => manager.query(text, values), [job(60_000)]);
      sooner = jobs.enqueue([job(5_000)]);
      await new Promise((resolve) => setTimeout(resolve, 200));
    });
    await sooner;
    expect(await waiting()).toMatchObject([{ data: { delayMs: 5_000 } }]);
  });
});
