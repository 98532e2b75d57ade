import { randomUUID } from 'node:crypto';
import { publishedDuring } from '../events/outbox-rows';
import { eventually } from '../testkit/eventually';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, endOfRun, provisionedTenant, uniqueName } from '../testkit/seed';
import {
  all,
  breakSystem,
  failingSteps,
  type Run,
  rowsOfAllSystems,
  runsOf,
  shownOf,
  stepsOf,
  wholeInput,
} from './provisioning-run';

let graph: TestGraph;
let runs: ReturnType<typeof runsOf>;
beforeAll(async () => {
  graph = await startGraph();
  runs = runsOf(graph);
});
afterAll(() => graph.stop());

const rows = () => rowsOfAllSystems(graph.database);

/** The run when it is taken back, which it normally is when `cancelProvisioning` answers. */
async function cancelled(id: string): Promise<Run> {
  await runs.cancel(id);
  await eventually(
    () => runs.look(id),
    ({ status }) => expect(status).toBe('COMPENSATED'),
  );
  return runs.look(id);
}

describe.each(failingSteps)('a run whose step %s fails for good', (system) => {
  const position = failingSteps.indexOf(system) + 1;
  const code = system === 'REGISTRY' ? 'CONFLICT' : 'BAD_USER_INPUT';

  test('says so, and goes on from there when it is retried', async () => {
    const input = wholeInput('failing');
    const mend = await breakSystem(graph.database, system);
    const events = await publishedDuring(graph.database, async () => {
      const run = await runs.provision(input);
      expect(run).toMatchObject({ status: 'FAILED', finishedAt: expect.any(String) });
      expect(run.steps.map(({ status }) => status)).toEqual(
        run.steps.map((_step, index) =>
          index < position ? 'COMPLETED' : index === position ? 'FAILED' : 'PENDING',
        ),
      );
      expect(run.steps[position]).toMatchObject({ attempts: 1, error: { code } });
    });
    expect(events.filter(({ type }) => type === 'tenant.provisioning.failed')).toMatchObject([
      { payload: { position: position + 1, code } },
    ]);
    const again = await runs.provision(input);
    expect(again).toMatchObject({ status: 'FAILED' });
    expect(again.steps[position]?.attempts).toBe(2);
    await mend();

    const done = await runs.retry(again.id);
    expect(done).toMatchObject({ id: again.id, status: 'COMPLETED' });
    expect(stepsOf(done)).toEqual(all('COMPLETED'));
    expect(done.steps.map(({ attempts }) => attempts)).toEqual(
      done.steps.map((_step, index) => (index === position ? 3 : 1)),
    );
    expect((await shownOf(graph, input.tenant.slug)).clubs).toHaveLength(2);
    expect((await runs.retry(done.id)).finishedAt).toBe(done.finishedAt);
  });

  test('leaves exactly what was before when it is cancelled', async () => {
    await graph.settled();
    const before = await rows();
    const input = wholeInput('cancelled');
    const mend = await breakSystem(graph.database, system);
    const { id, tenantId } = await runs.provision(input);
    const run = await cancelled(id);
    await mend();
    expect(run).toMatchObject({ status: 'COMPENSATED', tenant: null, registry: null, tenantId });
    expect(run.steps.map(({ status }) => status)).toEqual(
      run.steps.map((_step, index) => (index <= position ? 'COMPENSATED' : 'PENDING')),
    );
    await graph.settled();
    expect(await rows()).toEqual(before);
    expect((await runs.cancel(id)).finishedAt).toBe(run.finishedAt);
    expect((await runs.tryToRetry(id)).errors?.[0]?.extensions.code).toBe('CONFLICT');
  });
});

test('a completed run is undone, and what it took is free again', async () => {
  await graph.settled();
  const before = await rows();
  const input = wholeInput('undone');
  const run = await runs.provision(input);
  const events = await publishedDuring(graph.database, async () => {
    expect(stepsOf(await cancelled(run.id))).toEqual(all('COMPENSATED'));
  });
  expect(events.filter(({ type }) => type.startsWith('tenant.provisioning'))).toMatchObject([
    { type: 'tenant.provisioning.compensated', payload: { runId: run.id } },
  ]);
  await graph.settled();
  expect(await rows()).toEqual(before);
  const other = await runs.provision({ ...input, tenant: { slug: uniqueName('heir'), displayName: 'Heir' } });
  expect(other.status).toBe('COMPLETED');
  const { edges } = (
    await graph.ask(
      'query ($t: ID!) { provisioningRuns(tenantId: $t) { edges { node { id tenant { id } } } } }',
      {
        t: run.tenantId,
      },
    )
  ).provisioningRuns;
  expect(edges).toEqual([{ node: { id: run.id, tenant: null } }]);
});

test('what was there before a run stays as it was', async () => {
  const tenant = await provisionedTenant(graph, 'before');
  const { id } = tenant;
  const clubId = randomUUID();
  await graph.ask('mutation ($t: ID!, $c: ID!) { addTeeTimeClub(tenantId: $t, clubId: $c) { id } }', {
    t: id,
    c: clubId,
  });
  await graph.ask('mutation ($t: ID!) { disableSystem(tenantId: $t, system: MESSAGING) { id } }', { t: id });
  await runs.provision({ tenant: { id }, payments: { providers: ['stripe'] } });
  await graph.settled();
  const before = await rows();
  const run = await runs.provision({
    tenant: { id },
    scl: { code: tenant.sclTenantCode, clubs: [{ name: 'Added' }] },
    teeTime: { clubIds: [randomUUID(), clubId], clubs: [{ clubCode: uniqueName('added'), name: 'Added' }] },
    messaging: { tenantId: `other-${tenant.messagingTenantId}` },
    crm: { enabled: true, templatePack: 'CLUB' },
    billing: true,
    payments: { providers: ['peach'] },
    association: { provider: 'golfrsa' },
  });
  expect(run.status).toBe('COMPLETED');
  await cancelled(run.id);
  await graph.settled();
  expect(await rows()).toEqual(before);
});

test('keys that a tenant gave up for those of a run, and that another has by now, are not put back, and the run says so', async () => {
  const tenant = await provisionedTenant(graph, 'giver');
  const [code, messagingId] = [uniqueName('LATER'), uniqueName('later')];
  const run = await runs.provision({
    tenant: { id: tenant.id },
    scl: { code },
    messaging: { tenantId: messagingId },
    billing: true,
  });
  const keys = { scl: { code: tenant.sclTenantCode }, messaging: { tenantId: tenant.messagingTenantId } };
  const taker = await runs.provision({ tenant: { id: (await bareTenant(graph)).id }, ...keys });
  expect([run.status, taker.status]).toEqual(['COMPLETED', 'COMPLETED']);

  const done = await cancelled(run.id);
  expect(done.steps.map(({ attempts, notes }) => ({ attempts, notes }))).toMatchObject([
    { attempts: 2, notes: [] },
    { attempts: 2, notes: [`${code}: another tenant has ${tenant.sclTenantCode} by now`] },
    { attempts: 2, notes: [`${messagingId}: another tenant has ${tenant.messagingTenantId} by now`] },
    { attempts: 2, notes: [] },
  ]);
  expect(await shownOf(graph, tenant.slug)).toMatchObject({
    registry: { sclTenantCode: code, messagingTenantId: messagingId, billingEnabled: false },
  });
  expect(await graph.database.query('SELECT FROM access_control.claimed_key')).toEqual([]);
});

test('of a tenant without a registry entry the entry goes again, and the tenant stays', async () => {
  const { id } = await bareTenant(graph);
  await graph.settled();
  const before = await rows();
  const run = await runs.provision({ tenant: { id }, scl: { code: uniqueName('SCL') }, billing: true });
  await cancelled(run.id);
  await graph.settled();
  expect(await rows()).toEqual(before);
});

test('what others have built on stays, and the run says so', async () => {
  const input = wholeInput('built');
  const { slug } = input.tenant;
  const run = await runs.provision(input);
  const { sclTenant } = await graph.ask('query ($code: String) { sclTenant(code: $code) { id } }', {
    code: input.scl.code,
  });
  await graph.ask('mutation ($id: ID!) { createSclClub(input: { sclTenantId: $id, name: "Ours" }) { id } }', {
    id: sclTenant.id,
  });
  await graph.ask(
    'mutation ($t: ID!) { createCustomer(input: { tenantId: $t, email: "a@example.com" }) { id } }',
    {
      t: run.tenantId,
    },
  );
  const done = await cancelled(run.id);
  expect(stepsOf(done)).toEqual(all('COMPENSATED'));
  const notes = done.steps.map((step) => step.notes.join());
  expect(notes[1]).toContain(sclTenant.id);
  expect(notes[0]).toContain(`tenant ${run.tenantId}: CRM has data of it`);
  expect([notes[2], notes[3], notes[4], notes[5]]).toEqual(['', '', '', '']);
  expect(await shownOf(graph, slug)).toMatchObject({ registry: { sclTenantCode: null, crmEnabled: false } });

  const again = await runs.provision(input);
  expect(again).toMatchObject({ status: 'COMPLETED', tenantId: run.tenantId });
  expect(again.id).not.toBe(run.id);
  const shown = await shownOf(graph, slug);
  expect(shown.sclTenant.clubs).toContainEqual({ name: 'Ours' });
});

test('a registry entry that was changed since stays with its tenant', async () => {
  const input = { tenant: wholeInput('changed').tenant, billing: true };
  const run = await runs.provision(input);
  await graph.ask('mutation ($t: ID!) { enableSystem(tenantId: $t, system: CRM) { id } }', {
    t: run.tenantId,
  });
  const done = await cancelled(run.id);
  expect(done.steps[0]?.notes).toEqual([expect.stringContaining('changed since')]);
  expect(await shownOf(graph, input.tenant.slug)).toMatchObject({
    registry: { billingEnabled: false, crmEnabled: true, provisionedAt: null },
  });
});

test('only the newest run can be taken back or retried, and then the one before', async () => {
  const tenant = wholeInput('stack').tenant;
  const first = await runs.provision({ tenant, billing: true });
  const second = await runs.provision({ tenant, billing: false });
  for (const refused of [await runs.tryToCancel(first.id)]) {
    expect(refused.errors?.[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      fields: [{ path: 'runId', constraint: 'state' }],
    });
    expect(refused.errors?.[0]?.message).toContain(second.id);
  }
  await cancelled(second.id);
  expect(await shownOf(graph, tenant.slug)).toMatchObject({ registry: { billingEnabled: true } });
  await cancelled(first.id);
  expect(await shownOf(graph, tenant.slug)).toBeNull();
});

test('a run that is under way is cancelled, and what its attempt may still do is waited for', async () => {
  await graph.settled();
  const before = await rows();
  const input = wholeInput('midway');
  const mend = await breakSystem(graph.database, 'CRM', 'outage');
  const run = await runs.provision(input);
  expect(run.status).toBe('RUNNING');
  await mend();
  await cancelled(run.id);
  await graph.settled();
  expect(await rows()).toEqual(before);
});

test('of a retry and a cancellation at once either comes first, and the end is one of theirs', async () => {
  await graph.settled();
  const before = await rows();
  const input = wholeInput('both');
  const mend = await breakSystem(graph.database, 'MESSAGING');
  const { id } = await runs.provision(input);
  await mend();
  const answers = await Promise.all([
    ...Array.from({ length: 5 }, () => runs.tryToRetry(id)),
    ...Array.from({ length: 5 }, () => runs.tryToCancel(id)),
  ]);
  expect(answers.slice(5).flatMap(({ errors }) => errors ?? [])).toEqual([]);
  const refusals = answers.slice(0, 5).flatMap(({ errors }) => errors ?? []);
  expect(refusals.every(({ extensions }) => extensions.code === 'CONFLICT')).toBe(true);
  await eventually(
    () => runs.look(id),
    ({ status }) => expect(status).toBe('COMPENSATED'),
  );
  await graph.settled();
  expect(await rows()).toEqual(before);
});

test('an outage while a run is taken back is waited out, and a failure is gone on from', async () => {
  const input = wholeInput('back');
  const run = await runs.provision(input);
  await graph.database.query(`CREATE FUNCTION public.refuse_back() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'broken by a test' USING ERRCODE = '57014'; END $$`);
  await graph.database.query(`CREATE TRIGGER refuse BEFORE DELETE ON teetime.club
    FOR EACH ROW EXECUTE FUNCTION public.refuse_back()`);
  const stuck = await runs.cancel(run.id);
  expect(stuck.status).toBe('COMPENSATING');
  expect(stuck.steps[2]).toMatchObject({ status: 'COMPENSATING', error: { code: 'SUBGRAPH_UNAVAILABLE' } });
  expect((await runs.tryToProvision(input)).errors?.[0]?.message).toContain('being taken back');
  // As after all attempts.
  await graph.database.query(
    'UPDATE access_control.provisioning_step SET attempts_before = attempts - 20 WHERE run_id = $1 AND position = 3',
    [run.id],
  );
  await eventually(
    () => runs.look(run.id),
    ({ status }) => expect(status).toBe('FAILED'),
  );
  await graph.database.query('DROP FUNCTION public.refuse_back CASCADE');
  for (const other of [input, { ...input, billing: false }]) {
    const [conflict] = (await runs.plan(other)).conflicts;
    expect(conflict).toMatchObject({ code: 'CONFLICT', path: 'input.tenant' });
    expect((await runs.tryToProvision(other)).errors?.[0]?.message).toContain(run.id);
  }
  await runs.retry(run.id);
  await eventually(
    () => runs.look(run.id),
    (done) => expect(done).toMatchObject({ status: 'COMPENSATED', tenant: null }),
  );
});

test('runs that nobody knows, or that are out of reach, are not found', async () => {
  const run = await runs.provision({ tenant: wholeInput('far').tenant });
  const { id } = await bareTenant(graph);
  const limited = runsOf(graph.as({ roles: ['PLATFORM_MANAGER'], tenants: [id] }));
  for (const work of ['tryToRetry', 'tryToCancel'] as const) {
    expect((await runs[work](randomUUID())).errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    expect((await limited[work](run.id)).errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    expect((await runs[work]('42')).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  }
  expect((await runs.look(run.id)).status).toBe('COMPLETED');
  await endOfRun(graph, run);
});

test('a run that does not remember what it set up is not taken back', async () => {
  const run = await runs.provision({ tenant: wholeInput('old').tenant });
  await graph.database.query(
    'UPDATE access_control.provisioning_run SET set_up = NULL, asked_by = NULL, request_id = NULL WHERE id = $1',
    [run.id],
  );
  expect((await runs.tryToCancel(run.id)).errors?.[0]?.extensions.code).toBe('CONFLICT');
  expect((await runs.retry(run.id)).status).toBe('COMPLETED');
});
