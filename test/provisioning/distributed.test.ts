import { eventually } from '../testkit/eventually';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, endOfRun, uniqueName } from '../testkit/seed';
import { all, breakSystem, rowsOfAllSystems, runsOf, shownOf, stepsOf, wholeInput } from './provisioning-run';

let graph: TestGraph;
let runs: ReturnType<typeof runsOf>;
beforeAll(async () => {
  graph = await startGraph('distributed');
  runs = runsOf(graph);
});
afterAll(() => graph.stop());

test('over HTTP a tenant is set up in all five systems, and taken back out of them', async () => {
  await graph.settled();
  const before = await rowsOfAllSystems(graph.database);
  const input = wholeInput('far');
  const run = await runs.provision(input);
  await endOfRun(graph, run);
  expect(stepsOf(await runs.look(run.id))).toEqual(all('COMPLETED'));
  const shown = await shownOf(graph, input.tenant.slug);
  expect(shown.registry.teeTimeClubIds).toEqual(shown.clubs.map(({ id }: { id: string }) => id));
  expect(shown.sclTenant.clubs).toEqual(input.scl.clubs);

  await runs.cancel(run.id);
  await eventually(
    () => runs.look(run.id),
    ({ status }) => expect(status).toBe('COMPENSATED'),
  );
  await graph.settled();
  expect(await rowsOfAllSystems(graph.database)).toEqual(before);
});

test('over HTTP a failure says what the system said, and the run goes on when it is retried', async () => {
  const input = wholeInput('failing');
  const mend = await breakSystem(graph.database, 'MESSAGING');
  const run = await runs.provision(input);
  expect(run.status).toBe('FAILED');
  expect(run.steps[3]).toMatchObject({ status: 'FAILED', error: { code: 'BAD_USER_INPUT' } });
  await mend();
  await endOfRun(graph, await runs.retry(run.id));
  expect(await shownOf(graph, input.tenant.slug)).toMatchObject({ messagingProvider: 'twilio' });
});

test('over HTTP of two tenants that race for one club code one gets it', async () => {
  const clubs = [{ clubCode: uniqueName('race'), name: 'Race' }];
  const answers = await Promise.all(
    [wholeInput('one'), wholeInput('other')].map(({ tenant }) =>
      runs.tryToProvision({ tenant, teeTime: { clubs } }),
    ),
  );
  expect(answers.flatMap(({ errors }) => errors ?? []).map(({ extensions }) => extensions)).toMatchObject([
    { code: 'CONFLICT', fields: [{ path: 'input.teeTime.clubs' }] },
  ]);
});

test('a system that is away is a warning of the plan, and the run waits for it', async () => {
  await graph.stopSubgraph('crm');
  const input = wholeInput('away');
  const plan = await runs.plan(input);
  expect(plan.conflicts).toEqual([]);
  expect(plan.warnings).toEqual([]);
  const run = await runs.provision(input);
  expect(run.status).toBe('RUNNING');
  expect(run.steps[4]).toMatchObject({ status: 'RUNNING', error: { code: 'SUBGRAPH_UNAVAILABLE' } });
  const known = { ...input, tenant: { id: run.tenantId } };
  expect((await runs.plan(known)).warnings).toEqual([{ path: 'input.crm', code: 'SUBGRAPH_UNAVAILABLE' }]);

  await graph.stopSubgraph('teetime');
  const { conflicts, warnings } = await runs.plan(wholeInput('away'));
  expect(conflicts).toEqual([]);
  expect(warnings).toEqual([{ path: 'input.teeTime', code: 'SUBGRAPH_UNAVAILABLE' }]);
});

test('a key is not replaced while its system does not say what is under it', async () => {
  const { id } = await bareTenant(graph);
  await endOfRun(graph, await runs.provision({ tenant: { id }, messaging: { tenantId: uniqueName('own') } }));
  await graph.stopSubgraph('messaging');
  const input = { tenant: { id }, messaging: { tenantId: uniqueName('other') } };
  const path = 'input.messaging.tenantId';
  expect((await runs.plan(input)).conflicts).toMatchObject([{ code: 'SUBGRAPH_UNAVAILABLE', path }]);
  expect((await runs.tryToProvision(input)).errors?.[0]?.extensions).toMatchObject({
    code: 'SUBGRAPH_UNAVAILABLE',
    fields: [{ path }],
  });
});
