import { randomUUID } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../shared/free-port';
import { type SmallDoor, startSmallDoor } from './small-door';

const READ = '{ greet }';
const WRITE = 'mutation { touch }';
const LEAD = 'mutation { submitLead(input: { tenantSlug: "one" }) }';
const LIMITS = { reads: 5, writes: 5, leadsPerAddress: 20, leadsPerTenant: 20 };

const redisUrl = process.env['TEST_REDIS_URL'];
const withRedis = redisUrl ? test : test.skip;
const unlessRedis = redisUrl ? '' : ' (skipped: TEST_REDIS_URL names no Redis)';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function open(...settings: Parameters<typeof startSmallDoor>): Promise<SmallDoor> {
  const door = await startSmallDoor(...settings);
  stops.push(() => door.stop());
  return door;
}

/** A port in front of Redis that can be cut off, and that can leave everything unanswered. */
async function startWire(target: URL | null) {
  const sockets = new Set<Socket>();
  let isHanging = target === null;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (target === null) return;
    const redis = connect(Number(target.port || 6379), target.hostname);
    sockets.add(redis);
    redis.on('error', () => socket.destroy());
    redis.on('close', () => socket.destroy());
    socket.on('close', () => redis.destroy());
    socket.on('data', (chunk) => isHanging || redis.write(chunk));
    redis.on('data', (chunk) => isHanging || socket.write(chunk));
  });
  const port = await freePort();
  const listen = () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const cut = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await closed;
  };
  await listen();
  stops.push(cut);
  return {
    url: `redis://127.0.0.1:${port}`,
    cut,
    mend: listen,
    hang: () => {
      isHanging = true;
    },
  };
}

async function expectAway(door: SmallDoor): Promise<void> {
  const before = { ...door.ran };
  for (let n = 0; n < 6; n += 1) {
    expect(await door.send(READ)).toMatchObject({ status: 200 });
    expect(await door.send(WRITE)).toMatchObject({ status: 200 });
    expect(await door.send(LEAD)).toMatchObject({ status: 503, code: 'RATE_LIMIT_UNAVAILABLE' });
    expect(await door.send(LEAD, {}, { subject: 'ann' })).toMatchObject({ status: 503 });
  }
  expect(door.ran).toMatchObject({
    greet: before.greet + 6,
    touch: before.touch + 6,
    submitLead: before.submitLead,
  });
}

test('without an answer from Redis reads and writes go on, leads are refused, and the log says so seldom', async () => {
  const door = await open(LIMITS, { redisUrl: `redis://127.0.0.1:${await freePort()}` });
  await expectAway(door);
  const uncounted = door.logged.filter((line) => line.includes('leads are refused'));
  expect(uncounted).toHaveLength(1);
  expect(door.logged.some((line) => line.includes('Redis cannot be reached'))).toBe(true);
  expect(door.logged.length).toBeLessThan(5);
});

test('a Redis that accepts and never answers holds nobody up', async () => {
  const wire = await startWire(null);
  const door = await open(LIMITS, { redisUrl: wire.url });
  const startedAt = Date.now();
  await expectAway(door);
  expect(Date.now() - startedAt).toBeLessThan(3_000);
});

withRedis(`replicas share their counts${unlessRedis}`, async () => {
  const settings = { redisUrl: redisUrl ?? null };
  const doors = [await open(LIMITS, settings), await open(LIMITS, settings)];
  const subject = randomUUID();
  const answers: number[] = [];
  for (let n = 0; n < 8; n += 1) {
    const answer = await doors[n % 2]?.send(READ, {}, { subject });
    answers.push(answer?.status ?? 0);
  }
  expect(answers).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
  const refused = await doors[0]?.send(READ, {}, { subject });
  expect(Number(refused?.retryAfter)).toBeGreaterThan(0);
  expect(Number(refused?.retryAfter)).toBeLessThanOrEqual(60);
});

withRedis(`of 200 leads at once over two replicas exactly 20 are taken${unlessRedis}`, async () => {
  const settings = { redisUrl: redisUrl ?? null };
  const limits = { leadsPerTenant: 20 };
  const doors = [await open(limits, settings), await open(limits, settings)];
  const lead = `mutation { submitLead(input: { tenantSlug: "t-${randomUUID().slice(0, 8)}" }) }`;
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, n) => doors[n % 2]?.send(lead, {}, { forwardedFor: `192.0.2.${n}` })),
  );
  expect(answers.filter((answer) => answer?.status === 200)).toHaveLength(20);
  expect(answers.filter((answer) => answer?.status === 429)).toHaveLength(180);
  expect(doors.map((door) => door.ran.submitLead).reduce((a, b) => a + b)).toBe(20);
});

withRedis(`a Redis that goes and comes back is counted in again${unlessRedis}`, async () => {
  const wire = await startWire(new URL(redisUrl ?? ''));
  const door = await open({ writes: 2 }, { redisUrl: wire.url });
  const writer = { subject: randomUUID() };
  expect((await door.send(WRITE, {}, writer)).status).toBe(200);
  await wire.cut();
  for (let n = 0; n < 5; n += 1) expect((await door.send(WRITE, {}, writer)).status).toBe(200);
  await wire.mend();
  await delay(2_500);
  expect((await door.send(WRITE, {}, writer)).status).toBe(200);
  expect((await door.send(WRITE, {}, writer)).status).toBe(429);
});

withRedis(
  `a Redis that begins to hang costs half a second, once a second at most${unlessRedis}`,
  async () => {
    const wire = await startWire(new URL(redisUrl ?? ''));
    const door = await open(LIMITS, { redisUrl: wire.url });
    expect((await door.send(READ, {}, { subject: randomUUID() })).status).toBe(200);
    wire.hang();
    const startedAt = Date.now();
    await expectAway(door);
    expect(Date.now() - startedAt).toBeLessThan(4_000);
  },
);
