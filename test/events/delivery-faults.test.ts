import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../testkit/eventually';
import { type OwnServer, startOwnServer } from '../testkit/own-server';
import { createTestQueues, notingConsumer, openProcess, publishClubs } from './teetime-events';

jest.setTimeout(120_000);

/** `EVENTS=100000` for as many as the platform is measured by. */
const EVENTS = Number(process.env['EVENTS'] ?? 4_000);

let server: OwnServer;

beforeAll(async () => {
  server = await startOwnServer();
  const first = await openProcess(server.url, []);
  await first.close();
  await createTestQueues(server);
});
afterAll(() => server.stop());

test('PostgreSQL crashes under a stream of events, and none that was acknowledged is lost or heard out of order', async () => {
  const consumer = notingConsumer({ name: 'crash' });
  const pool = await openProcess(server.url, [consumer]);
  const tenants = Array.from({ length: 10 }, () => randomUUID());
  const acknowledged = new Map<string, string[]>(tenants.map((tenant) => [tenant, []]));
  let isOver = false;
  const publishing = tenants.map(async (tenant) => {
    // Two hundred events a second in all.
    for (let number = 1; !isOver; number += 1) {
      await publishClubs(pool, tenant, { first: number }).then(
        () => acknowledged.get(tenant)?.push(String(number)),
        () => undefined,
      );
      await sleep(50);
    }
  });
  for (let crashes = 1; crashes <= 2; crashes += 1) {
    await sleep(1_500);
    await server.crash();
  }
  await sleep(1_500);
  isOver = true;
  await Promise.all(publishing);

  for (const [tenant, published] of acknowledged) {
    expect(published.length).toBeGreaterThan(20);
    await eventually(
      () => withoutRepetitions(consumer.taken.get(tenant) ?? []),
      // An event whose commit was not acknowledged may be there all the same.
      (heard) => expect(heard).toEqual(expect.arrayContaining(published)),
      40_000,
    );
    expect(isAscending(withoutRepetitions(consumer.taken.get(tenant) ?? []))).toBe(true);
  }
  await pool.close();
});

test('many events of many tenants pass, and the process does not grow by them', async () => {
  const heard = new Map<string, number>();
  const consumer = notingConsumer({
    name: 'volume',
    async handOver(events) {
      const tenantId = String(events[0]?.tenantId);
      heard.set(tenantId, (heard.get(tenantId) ?? 0) + events.length);
      return { taken: events.length, refusal: null };
    },
  });
  const pool = await openProcess(server.url, [consumer]);
  const tenants = Array.from({ length: 200 }, () => randomUUID());
  const perTenant = EVENTS / tenants.length;
  const before = process.memoryUsage().rss;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: 4 }, async (_, writer) => {
      for (let number = 1; number <= perTenant; number += 5) {
        for (let index = writer; index < tenants.length; index += 4) {
          await publishClubs(pool, tenants[index] as string, { first: number, count: 5 });
        }
      }
    }),
  );
  const publishedAfter = performance.now() - startedAt;
  const total = () => [...heard.values()].reduce((sum, count) => sum + count, 0);
  await eventually(total, (count) => expect(count).toBeGreaterThanOrEqual(EVENTS), 90_000);
  if (process.env['EVENTS']) {
    const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
    const grown = Math.round((process.memoryUsage().rss - before) / 2 ** 20);
    console.log(
      `${EVENTS} events: published in ${seconds(publishedAfter)}, all heard after ${seconds(performance.now() - startedAt)}, RSS ${grown} MB more`,
    );
  }
  expect([...heard.values()]).toEqual(tenants.map(() => perTenant));
  await pool.close();
});

function withoutRepetitions(clubCodes: string[]): string[] {
  return [...new Set(clubCodes)];
}

function isAscending(clubCodes: string[]): boolean {
  return clubCodes.every((code, index) => index === 0 || Number(clubCodes[index - 1]) < Number(code));
}
