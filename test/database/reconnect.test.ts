import { addDemoData, MAIN_QUERY } from '../testkit/demo-graph';
import { startGraph, type TestGraph } from '../testkit/graph';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
  await addDemoData(graph);
});
afterAll(() => graph.stop());

test('a graph whose database connections are all cut answers again by itself', async () => {
  const answer = await graph.ask(MAIN_QUERY);
  await graph.database.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename LIKE '%_app'",
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await graph.ask(MAIN_QUERY)).toEqual(answer);
});

test('a statement that is cut off is an unavailable system, not a defect, and tells nothing of the database', async () => {
  const cut = `CREATE FUNCTION public.cut() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'`;
  await graph.database.query(cut);
  await graph.database.query(
    'CREATE TRIGGER cut BEFORE INSERT ON access_control.tenant FOR EACH ROW EXECUTE FUNCTION public.cut()',
  );
  await graph.database.query('ALTER FUNCTION public.cut SECURITY DEFINER');
  const { status, errors } = await graph.request(
    'mutation { createTenant(input: { slug: "cut-off", displayName: "Cut" }) { id } }',
  );
  expect([status, errors?.[0]?.extensions.code]).toEqual([503, 'SUBGRAPH_UNAVAILABLE']);
  expect(JSON.stringify(errors)).not.toMatch(/terminat|access_control|insert/i);
});
