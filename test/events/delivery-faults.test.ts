import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import {
  addressOf,
  type Cluster,
  createIfMissing,
  openCluster,
  startServer,
  stopServer,
} from '../../shared/embedded-postgres/cluster';
import { freePort } from '../testkit/child-process';
import { eventually } from '../testkit/eventually';
import { createTestQueues, notingConsumer, openProcess, publishClubs } from './teetime-events';

jest.setTimeout(120_000);

/** `EVENTS=100000` for as many as the platform is measured by. */
const EVENTS = Number(process.env['EVENTS'] ?? 4_000);

let directory: string;
let cluster: Cluster;
let port: number;
const parameters = () => [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
const query = async (text: string, values: unknown[] = []) => {
  const client = new Client({ connectionString: addressOf(cluster, port) });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
};

// A server of its own, which keeps what it has promised to keep.
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-faults-'));
  cluster = await openCluster(path.join(directory, 'postgres'));
  await createIfMissing(cluster);
  port = await freePort();
  await startServer(cluster, parameters(), 30);
  const first = await openProcess(addressOf(cluster, port), []);
  await first.close();
  await createTestQueues({
    query: async <Row>(text: string, values?: unknown[]) => (await query(text, values)) as Row[],
  });
});
afterAll(async () => {
  await stopServer(cluster);
  await rm(directory, { recursive: true, force: true });
});

/** Ends PostgreSQL as a crash does, and starts it again. */
async function crash(): Promise<void> {
  const pid = Number((await readFile(path.join(cluster.data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
  process.kill(pid, 'SIGQUIT');
  await sleep(300);
  await startServer(cluster, parameters(), 30);
}

test('PostgreSQL crashes under a stream of events, and none that was acknowledged is lost or heard out of order', async () => {
  const consumer = notingConsumer({ name: 'crash' });
  const pool = await openProcess(addressOf(cluster, port), [consumer]);
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
    await crash();
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
  const pool = await openProcess(addressOf(cluster, port), [consumer]);
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
