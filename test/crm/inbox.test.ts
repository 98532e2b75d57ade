import { randomUUID } from 'node:crypto';
import pino from 'pino';
import sql from 'sql-template-tag';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import { forgetOldNotes } from '../../shared/events/delivery/inbox';
import { systemCall } from '../../shared/subgraph/transport';
import { crm } from '../../subgraphs/crm/subgraph';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, uniqueName } from '../testkit/seed';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

test('with the next rename the notes go of events that nobody can send again', async () => {
  const [old, kept] = [randomUUID(), randomUUID()];
  await graph.database.query(
    `INSERT INTO crm.event_inbox (consumer, event_id, taken_at)
     VALUES ('tenants', $1, now() - interval '61 days'), ('tenants', $2, now() - interval '59 days')`,
    [old, kept],
  );
  const { id } = await bareTenant(graph);
  await graph.ask(
    'mutation ($id: ID!, $slug: String!) { updateTenant(id: $id, input: { slug: $slug }) { slug } }',
    { id, slug: uniqueName('renamed') },
  );
  await graph.settled();
  expect(
    await graph.database.query('SELECT event_id AS id FROM crm.event_inbox WHERE event_id = ANY ($1)', [
      [old, kept],
    ]),
  ).toEqual([{ id: kept }]);
});

test('among 200 000 notes the old ones are found by an index', async () => {
  await graph.database.query(`
    INSERT INTO crm.event_inbox (consumer, event_id, taken_at)
    SELECT 'tenants', gen_random_uuid(), now() - interval '59 days' * random() FROM generate_series(1, 200000)`);
  await graph.database.query('ANALYZE crm.event_inbox');
  const pool = await openSubgraphDatabase(crm, {
    location: { url: graph.database.url },
    poolSize: 1,
    logger: pino({ level: 'silent' }),
  });
  const database = pool.forCall(systemCall('test', 60_000));
  const plan = await database.rows<{ 'QUERY PLAN': string }>(sql`EXPLAIN (ANALYZE) ${forgetOldNotes('crm')}`);
  await pool.close();
  const text = plan.map((row) => row['QUERY PLAN']).join('\n');
  expect(text).toContain('event_inbox_taken_at');
  expect(text).not.toContain('Seq Scan');
});
