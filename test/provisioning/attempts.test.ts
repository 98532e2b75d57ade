import { publishedDuring } from '../events/outbox-rows';
import { eventually } from '../testkit/eventually';
import { startGraph, type TestGraph } from '../testkit/graph';
import { endOfRun } from '../testkit/seed';
import { breakSystem, type Run, runsOf, wholeInput } from './provisioning-run';

let graph: TestGraph;
let runs: ReturnType<typeof runsOf>;
beforeAll(async () => {
  graph = await startGraph();
  runs = runsOf(graph);
});
afterAll(() => graph.stop());

const untilRun = (id: string, assert: (run: Run) => void) => eventually(() => runs.look(id), assert);

/** The steps' attempts, changed behind the run's back. */
const setAttempts = (runId: string, position: number, change: string) =>
  graph.database.query(
    `UPDATE access_control.provisioning_step SET ${change} WHERE run_id = $1 AND position = $2`,
    [runId, position],
  );

test('after ten outages a step fails; retried, it has ten more', async () => {
  const mend = await breakSystem(graph.database, 'SCL', 'outage');
  const { id, status } = await runs.provision(wholeInput('bounded'));
  expect(status).toBe('RUNNING');
  await setAttempts(id, 2, 'attempts_before = attempts - 9');
  await untilRun(id, (run) => expect(run.status).toBe('FAILED'));
  const failed = await runs.look(id);
  expect(failed.steps[1]).toMatchObject({ status: 'FAILED', error: { code: 'SUBGRAPH_UNAVAILABLE' } });
  expect((await runs.retry(id)).status).toBe('RUNNING');
  await mend();
  await untilRun(id, (run) => expect(run.status).toBe('COMPLETED'));
  const done = await runs.look(id);
  expect(done.steps[1]?.attempts).toBeGreaterThan(failed.steps[1]?.attempts ?? 0);
});

test('who was given up finishes nothing, and whoever comes after does it once', async () => {
  await graph.database.query(`CREATE FUNCTION public.slowly() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(2); RETURN NEW; END'`);
  await graph.database.query(`CREATE TRIGGER slowly BEFORE INSERT ON scl.scl_tenant
    FOR EACH ROW EXECUTE FUNCTION public.slowly()`);
  const input = wholeInput('fenced');
  const events = await publishedDuring(graph.database, async () => {
    const provisioning = runs.provision(input);
    const begun = () =>
      graph.database.query<{ run_id: string }>(
        `SELECT s.run_id FROM access_control.provisioning_step s
         WHERE s.position = 2 AND s.status = 'RUNNING' AND s.attempts = 1`,
      );
    await eventually(begun, (rows) => expect(rows).toHaveLength(1));
    const [{ run_id: id } = { run_id: '' }] = await begun();
    // As when another worker has begun the step again.
    await setAttempts(id, 2, 'attempts = 2');
    await graph.database.query('DROP FUNCTION public.slowly CASCADE');
    await endOfRun(graph, await provisioning);
    expect((await runs.look(id)).steps.map(({ attempts }) => attempts)).toEqual([1, 3, 1, 1, 1, 1]);
  });
  const done = events.filter(({ type }) => type === 'tenant.provisioning.step.completed');
  expect(done.map(({ payload }) => payload['position'])).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a step that is begun again and again, and never ended, fails in the end', async () => {
  const mend = await breakSystem(graph.database, 'CRM', 'outage');
  const { id } = await runs.provision(wholeInput('poison'));
  await setAttempts(id, 5, 'attempts_before = attempts - 10');
  await untilRun(id, (run) => expect(run.status).toBe('FAILED'));
  expect((await runs.look(id)).steps[4]?.error).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
  await mend();
});

test('a tenant that is disabled meanwhile fails its run, which goes on when it is enabled', async () => {
  const set = (field: string, id: string) =>
    graph.ask(`mutation ($id: ID!) { ${field}(id: $id) { id } }`, { id });
  const mend = await breakSystem(graph.database, 'MESSAGING', 'outage');
  const { id, tenantId } = await runs.provision(wholeInput('disabled'));
  await set('disableTenant', tenantId);
  await mend();
  await untilRun(id, (run) => expect(run.status).toBe('FAILED'));
  expect((await runs.look(id)).steps[3]?.error).toMatchObject({ code: 'TENANT_DISABLED' });
  await set('enableTenant', tenantId);
  await endOfRun(graph, await runs.retry(id));
});

test('a claim that a failed run has lost to nobody is kept for it until it is taken back', async () => {
  const input = wholeInput('keeps');
  const mend = await breakSystem(graph.database, 'TEETIME');
  const { id } = await runs.provision(input);
  const taker = { ...wholeInput('taker'), messaging: input.messaging };
  expect((await runs.tryToProvision(taker)).errors?.[0]?.extensions).toMatchObject({
    code: 'CONFLICT',
    fields: [{ path: 'input.messaging.tenantId' }],
  });
  await mend();
  await runs.cancel(id);
  await untilRun(id, (run) => expect(run.status).toBe('COMPENSATED'));
  await endOfRun(graph, await runs.provision(taker));
});
