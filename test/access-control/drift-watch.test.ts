import { randomUUID } from 'node:crypto';
import pino from 'pino';
import type { DatabasePool } from '../../shared/database/database';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import { createMetrics } from '../../shared/metrics/metrics';
import { bySubgraph } from '../../shared/settings';
import type { SubgraphName } from '../../shared/subgraph/names';
import type { SubgraphTransport } from '../../shared/subgraph/transport';
import { lookAtPage, watchDrift } from '../../subgraphs/access-control/drift/watch-drift';
import { loadSubgraph } from '../../subgraphs/modules';
import { outboxRows, publishedDuring } from '../events/outbox-rows';
import { eventually } from '../testkit/eventually';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, lostTenant } from '../testkit/seed';

const logger = pino({ level: 'silent' });

let graph: TestGraph;
let database: DatabasePool;
let subgraphs: Record<SubgraphName, SubgraphTransport>;
beforeAll(async () => {
  graph = await startGraph();
  database = await openSubgraphDatabase(await loadSubgraph('access-control'), {
    location: { url: graph.database.url },
    poolSize: 2,
    logger,
  });
  subgraphs = bySubgraph((name) => graph.subgraph(name));
});
afterAll(async () => {
  await database.close();
  await graph.stop();
});

/** Looks at every tenant once; answers how many pages that took. */
async function pass(transports = subgraphs): Promise<number> {
  let pages = 0;
  for (let after: string | null = null, more = true; more; pages += 1) {
    after = await lookAtPage({ database, subgraphs: transports }, after);
    more = after !== null;
  }
  return pages;
}

const found = async (work: () => Promise<unknown>) =>
  (await publishedDuring(graph.database, work))
    .filter(({ type }) => type === 'tenant.registry.drift.found')
    .map(({ tenant_id, payload }) => ({ tenant_id, ...payload }));
const addClub = (t: string, c: string) =>
  graph.ask('mutation ($t: ID!, $c: ID!) { addTeeTimeClub(tenantId: $t, clubId: $c) { id } }', { t, c });
const silent: SubgraphTransport = {
  execute: async () => Promise.reject(new Error('away')),
  checkHealth: async () => undefined,
};

test('a pass tells of each difference once, and again when it is another one', async () => {
  const { id } = await lostTenant(graph);
  const others = await Promise.all(Array.from({ length: 25 }, () => bareTenant(graph)));
  expect(others).toHaveLength(25);
  const missing = (system: string, count: number) => ({ tenant_id: id, system, kind: 'MISSING', count });
  const first = await found(async () => expect(await pass()).toBe(2));
  expect(first).toHaveLength(2);
  expect(first).toEqual(expect.arrayContaining([missing('SCL', 1), missing('MESSAGING', 1)]));
  expect(await found(pass)).toEqual([]);

  await addClub(id, randomUUID());
  expect(await found(pass)).toEqual([missing('TEETIME', 1)]);
  await addClub(id, randomUUID());
  expect(await found(pass)).toEqual([missing('TEETIME', 2)]);
  expect(await found(pass)).toEqual([]);

  await graph.database.query('DELETE FROM access_control.tenant_registry_club WHERE tenant_id = $1', [id]);
  expect(await found(pass)).toEqual([]);
  await addClub(id, randomUUID());
  expect(await found(pass)).toEqual([missing('TEETIME', 1)]);
});

test('a system that does not answer is nothing new, nor when it is back', async () => {
  const { id } = await lostTenant(graph);
  await pass();
  expect(await found(() => pass({ ...subgraphs, scl: silent, teetime: silent }))).toEqual([]);
  expect(await found(pass)).toEqual([]);
  const seen = await graph.database.query(
    'SELECT system, kind, count FROM access_control.registry_drift_seen WHERE tenant_id = $1 ORDER BY system',
    [id],
  );
  expect(seen).toEqual([
    { system: 'MESSAGING', kind: 'MISSING', count: 1 },
    { system: 'SCL', kind: 'MISSING', count: 1 },
  ]);
});

test('two passes at once tell of it once, and nothing is repaired', async () => {
  const { id } = await lostTenant(graph);
  const before = await graph.database.query(
    'SELECT * FROM access_control.tenant_registry WHERE tenant_id = $1',
    [id],
  );
  const events = await found(() => Promise.all([pass(), pass(), pass()]));
  expect(events.filter(({ tenant_id }) => tenant_id === id)).toHaveLength(2);
  expect(
    await graph.database.query('SELECT * FROM access_control.tenant_registry WHERE tenant_id = $1', [id]),
  ).toEqual(before);
});

test('a watch that begins to look more often does not wait for the look that it put off before', async () => {
  const next = () =>
    graph.database.query<{ seconds: number }>(
      `SELECT round(extract(epoch FROM start_after - now()))::int AS seconds FROM access_control_jobs.job
       WHERE name = 'registry-drift'`,
    );
  for (const seconds of [36_000, 60]) {
    const started = await openSubgraphDatabase(await loadSubgraph('access-control'), {
      location: { url: graph.database.url },
      poolSize: 2,
      logger,
    });
    const metrics = createMetrics();
    await watchDrift({ database: started, subgraphs, metrics, logger, everyMs: seconds * 1_000 });
    await started.close();
    expect(await next()).toEqual([{ seconds }]);
  }
});

test('the watch goes over the tenants again and again by its jobs, and every replica measures what it found', async () => {
  const metrics = createMetrics();
  const { id } = await lostTenant(graph);
  const told = async () =>
    (await outboxRows(graph.database)).filter(
      ({ type, tenant_id }) => type === 'tenant.registry.drift.found' && tenant_id === id,
    ).length;
  await watchDrift({ database, subgraphs, metrics, logger, everyMs: 50 });
  await eventually(told, (count) => expect(count).toBe(2), 40_000);
  await addClub(id, randomUUID());
  await eventually(told, (count) => expect(count).toBe(3), 40_000);
  const measured = /tenant_registry_drifts\{system="SCL",kind="MISSING"\} [1-9]/;
  expect((await metrics.report()).text).toMatch(measured);

  const replica = await openSubgraphDatabase(await loadSubgraph('access-control'), {
    location: { url: graph.database.url },
    poolSize: 2,
    logger,
  });
  const itsMetrics = createMetrics();
  await watchDrift({ database: replica, subgraphs, metrics: itsMetrics, logger, everyMs: 36_000_000 });
  const { text } = await itsMetrics.report();
  await replica.close();
  expect(text).toMatch(measured);
}, 90_000);
