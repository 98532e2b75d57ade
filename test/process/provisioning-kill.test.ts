import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../shared/free-port';
import { breakSystem, runsOf, wholeInput } from '../provisioning/provisioning-run';
import { type Program, printedAuthorization, startProgram } from '../testkit/child-process';
import { eventually } from '../testkit/eventually';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

jest.setTimeout(600_000);

/** How many runs go on at once when they are killed at random moments, and how often: `20x5` in the whole version. */
const [RUNS, KILLS] = (process.env['PROVISIONING_KILLS'] ?? '4x1').split('x').map(Number) as [number, number];
/** From a restart, when the graph answers again, to the end of every run. */
const DONE_WITHIN_MS = 15_000;

type Input = ReturnType<typeof wholeInput>;

let directory: string;
let database: TestDatabase;
let port: string;
let graph: Program;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-kill-'));
  database = await createTestDatabase();
  port = String(await freePort());
  await start();
});
afterAll(async () => {
  graph.process.kill('SIGTERM');
  await graph.ended;
  await database.drop();
  await rm(directory, { recursive: true });
});

async function start(): Promise<void> {
  const settings = {
    DATABASE_URL: database.url,
    DATA_DIR: directory,
    PORT: port,
    DEMO_DATA: 'false',
    RATE_LIMIT_WRITES: '0',
    DEPROVISION_GRACE_DAYS: '0',
  };
  graph = startProgram('main.js', settings);
  await graph.printed('Tenant graph is ready');
}

/** Ends the process as a power cut would; PostgreSQL notices at once that its connections are gone. */
async function kill(): Promise<void> {
  graph.process.kill('SIGKILL');
  await graph.ended;
  await cutConnections();
}

async function cutConnections(): Promise<void> {
  await database.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename LIKE '%_app'",
  );
}

async function request(query: string, variables?: Record<string, unknown>) {
  const response = await fetch(`http://localhost:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: printedAuthorization(graph) },
    body: JSON.stringify({ query, variables }),
  });
  const answer = await response.json();
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer;
}
const runs = runsOf({ request, ask: async (query, variables) => (await request(query, variables)).data });

/** Asks for all of them, and does not mind that the process goes away meanwhile. */
function provisionAll(inputs: readonly Input[]): void {
  for (const input of inputs) runs.provision(input).catch(() => undefined);
}

/** What one row per tenant tells: how often everything is there that must be there once, and whether the keys agree. */
async function stateOf(input: Input): Promise<object> {
  const [row] = await database.query<object>(
    `SELECT
       (SELECT count(*)::int FROM access_control.tenant WHERE slug = $1) AS tenants,
       (SELECT array_agg(status) FROM access_control.provisioning_run WHERE tenant_id = t.id) AS runs,
       (SELECT count(*)::int FROM access_control.claimed_key WHERE tenant_id = t.id) AS claims,
       (SELECT array_agg(DISTINCT status) FROM access_control.provisioning_step
          WHERE run_id IN (SELECT id FROM access_control.provisioning_run WHERE tenant_id = t.id)) AS steps,
       (SELECT count(*)::int FROM scl.scl_tenant WHERE code = $2 AND code = r.scl_tenant_code) AS codes,
       (SELECT count(*)::int FROM scl.scl_club c JOIN scl.scl_tenant s ON s.id = c.scl_tenant_id WHERE s.code = $2) AS scl_clubs,
       (SELECT count(*)::int FROM teetime.club WHERE tenant_id = t.id) AS clubs,
       (SELECT count(*)::int FROM access_control.tenant_registry_club m JOIN teetime.club c ON c.id = m.club_id
          WHERE m.tenant_id = t.id AND c.tenant_id = t.id) AS mapped,
       (SELECT count(*)::int FROM access_control.tenant_registry_club WHERE tenant_id = t.id) AS mappings,
       (SELECT count(*)::int FROM messaging.messaging_tenant
          WHERE messaging_tenant_id = r.messaging_tenant_id AND provider = 'twilio') AS messaging,
       (SELECT count(*)::int FROM crm.template_pack_installation WHERE tenant_id = t.id) AS packs,
       (SELECT count(*)::int FROM crm.segment WHERE tenant_id = t.id) AS segments,
       (SELECT count(*)::int FROM crm.journey WHERE tenant_id = t.id) AS journeys,
       (SELECT array_agg(type ORDER BY position) FROM access_control.outbox_event
          WHERE tenant_id = t.id AND source = 'access-control') AS events,
       r.scl_enabled AND r.teetime_enabled AND r.messaging_enabled AND r.crm_enabled AND r.billing_enabled
         AND r.provisioned_at IS NOT NULL AS whole
     FROM access_control.tenant t JOIN access_control.tenant_registry r ON r.tenant_id = t.id WHERE t.slug = $1`,
    [input.tenant.slug, input.scl.code],
  );
  return row ?? {};
}

/** What `stateOf` tells of a tenant whose run nobody disturbed. */
let undisturbed: object;
beforeAll(async () => {
  const input = wholeInput('calm');
  await runs.provision(input);
  await eventually(
    () => stateOf(input),
    (state) => expect(state).toMatchObject({ runs: ['COMPLETED'] }),
  );
  undisturbed = await stateOf(input);
  expect(undisturbed).toMatchObject({
    tenants: 1,
    codes: 1,
    clubs: 2,
    mapped: 2,
    mappings: 2,
    packs: 1,
    whole: true,
  });
});

async function expectAllDone(inputs: readonly Input[], restartedAt: number): Promise<void> {
  const slugs = inputs.map(({ tenant }) => tenant.slug);
  await eventually(
    () =>
      database.query<{ status: string }>(
        `SELECT r.status FROM access_control.provisioning_run r JOIN access_control.tenant t ON t.id = r.tenant_id
         WHERE t.slug = ANY ($1)`,
        [slugs],
      ),
    (found) => expect(found).toEqual(inputs.map(() => ({ status: 'COMPLETED' }))),
    restartedAt + DONE_WITHIN_MS - Date.now(),
  );
  expect(await Promise.all(inputs.map(stateOf))).toEqual(inputs.map(() => undisturbed));
}

const CRITICAL = [2, 3, 4, 5, 6];

/**
 * Holds each run of `inputs` in the transaction that begins or ends one of its steps, a step of its own each, until the
 * process is killed: PostgreSQL sleeps there.
 */
async function holdRuns(inputs: readonly Input[], moment: 'before' | 'after'): Promise<void> {
  const [status, behind] = moment === 'before' ? ['COMPLETED', 0] : ['RUNNING', 1];
  const holds = inputs.map(
    ({ tenant }, index) => `WHEN '${tenant.slug}' THEN ${(CRITICAL[index] ?? 0) + behind}`,
  );
  await database.query(`CREATE FUNCTION public.hold() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.status = '${status}' AND NEW.position = (
        SELECT CASE t.slug ${holds.join(' ')} END FROM access_control.tenant t
        JOIN access_control.provisioning_run r ON r.tenant_id = t.id WHERE r.id = NEW.run_id)
      THEN PERFORM pg_sleep(30); END IF;
      RETURN NEW;
    END $$`);
  await database.query(`CREATE TRIGGER hold BEFORE UPDATE ON access_control.provisioning_step
    FOR EACH ROW EXECUTE FUNCTION public.hold()`);
}

const held = () =>
  database.query(
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
  );

test.each(['before', 'after'] as const)(
  'a run is killed just %s each step is done, and completes after a restart with nothing made twice',
  async (moment) => {
    const steps = moment === 'before' ? CRITICAL : CRITICAL.slice(0, -1);
    const inputs = steps.map((position) => wholeInput(`${moment}-${position}`));
    await holdRuns(inputs, moment);
    provisionAll(inputs);
    await eventually(held, (sleeping) => expect(sleeping).toHaveLength(inputs.length));
    const positions = await database.query<{ done: number }>(
      `SELECT count(*)::int AS done FROM access_control.provisioning_step s
       JOIN access_control.provisioning_run r ON r.id = s.run_id
       WHERE r.status = 'RUNNING' AND s.status = 'COMPLETED' GROUP BY r.id ORDER BY 1`,
    );
    expect(positions.map(({ done }) => done)).toEqual(
      steps.map((position) => (moment === 'before' ? position - 1 : position)),
    );
    await kill();
    await database.query('DROP FUNCTION public.hold CASCADE');
    await start();
    await expectAllDone(inputs, Date.now());
  },
);

test('runs that are killed at random moments complete after a restart, and an equal call finds them', async () => {
  const inputs = Array.from({ length: RUNS }, (_, index) => wholeInput(`random-${index}`));
  for (let time = 1; time <= KILLS; time += 1) {
    provisionAll(inputs);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 300 * RUNS));
    await kill();
    await start();
  }
  const restartedAt = Date.now();
  // Those of which the process never heard are asked for again, as whoever lost an answer does.
  provisionAll(inputs);
  await expectAllDone(inputs, restartedAt);
});

test('a removal that is killed while it is written down what was exported goes on after a restart', async () => {
  const { tenant } = wholeInput('removed');
  const { provisionTenant: run } = (
    await request(
      'mutation ($input: ProvisionTenantInput!) { provisionTenant(input: $input) { tenant { id } status } }',
      { input: { tenant } },
    )
  ).data;
  await database.query(`CREATE FUNCTION public.hold() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.export_file IS NOT NULL THEN PERFORM pg_sleep(30); END IF;
      RETURN NEW;
    END $$`);
  await database.query(`CREATE TRIGGER hold BEFORE UPDATE ON access_control.tenant_deprovisioning
    FOR EACH ROW EXECUTE FUNCTION public.hold()`);
  await request('mutation ($id: ID!) { deprovisionTenant(id: $id) { status } }', { id: run.tenant.id });
  await eventually(held, (sleeping) => expect(sleeping).toHaveLength(1));
  await kill();
  await database.query('DROP FUNCTION public.hold CASCADE');
  await start();
  await eventually(
    () => database.query('SELECT status, error FROM access_control.tenant_deprovisioning'),
    (removals) => expect(removals).toEqual([{ status: 'COMPLETED', error: null }]),
    2 * DONE_WITHIN_MS,
  );
});

test('the command waits for its run while the graph is killed and restarts', async () => {
  const { tenant, teeTime } = wholeInput('waited');
  const file = path.join(directory, 'tenant.json');
  await writeFile(file, JSON.stringify({ tenant, teeTime }));
  const mend = await breakSystem(database, 'TEETIME', 'outage');
  const settings = { DATA_DIR: directory, PORT: port };
  const command = startProgram('operations/provision.js', settings, ['--file', file, '--wait']);
  await command.printed('(SUBGRAPH_UNAVAILABLE)');
  await kill();
  await mend();
  await start();
  expect({ code: await command.ended, output: command.output() }).toEqual({
    code: 0,
    output: expect.stringMatching(
      /\n {2}completed +TEETIME +set up the clubs\n(.*\n)*Provisioned waited-.+\n$/,
    ),
  });
});

test('connections that are cut again and again end no process, and every run that was taken on completes', async () => {
  const codes = new Set<string>();
  const until = Date.now() + 4_000;
  const provision = async (writer: number) => {
    for (let number = 1; Date.now() < until; number += 1) {
      await runs.provision(wholeInput(`cut-${writer}-${number}`)).catch((error: Error) => {
        const [, code = error.message] = /"code":"(\w+)"/.exec(error.message) ?? [];
        codes.add(code);
      });
    }
  };
  const cut = async () => {
    while (Date.now() < until) {
      await cutConnections();
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 80));
    }
  };
  await Promise.all([cut(), provision(1), provision(2), provision(3)]);
  expect([...codes]).toEqual(['SUBGRAPH_UNAVAILABLE']);
  expect(graph.process.exitCode).toBeNull();
  await eventually(
    () => database.query("SELECT FROM access_control.provisioning_run WHERE status <> 'COMPLETED'"),
    (unfinished) => expect(unfinished).toEqual([]),
  );
});
