import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openLocalIssuer } from '../../gateway/identity/local-issuer';
import { type AskGraph, askPatiently, GraphRefusal } from '../../operations/provisioning/ask-graph';
import { provisionFromFile } from '../../operations/provisioning/provision-from-file';
import { freePort } from '../../shared/free-port';
import { StartError } from '../../shared/start-error';
import { breakSystem } from '../provisioning/provisioning-run';
import { type Program, printedAuthorization, startProgram } from '../testkit/child-process';
import { MAIN_QUERY } from '../testkit/demo-graph';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

jest.setTimeout(90_000);

let directory: string;
let database: TestDatabase;
let port: string;
let graph: Program;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-provision-'));
  database = await createTestDatabase();
  port = String(await freePort());
  const settings = { DATABASE_URL: database.url, DATA_DIR: directory, PORT: port };
  graph = startProgram('main.js', settings);
  await graph.printed('Tenant graph is ready');
});
afterAll(async () => {
  graph.process.kill('SIGTERM');
  await graph.ended;
  await database.drop();
  await rm(directory, { recursive: true });
});

async function run(args: string[], environment: Record<string, string> = {}) {
  const settings = { DATA_DIR: directory, PORT: port, ...environment };
  const program = startProgram('operations/provision.js', settings, args);
  return { code: await program.ended, output: program.output() };
}

/** The README's query, for another tenant. */
async function askAsReadme(slug: string) {
  const response = await fetch(`http://localhost:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: printedAuthorization(graph) },
    body: JSON.stringify({ query: MAIN_QUERY.replace('digiwedge', slug) }),
  });
  return response.json();
}

async function fileOf(name: string, text: string): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, text);
  return file;
}

/** Every row of Access Control's own tables, with the times of their changes. */
async function contents(): Promise<unknown> {
  const tables = ['tenant', 'tenant_registry', 'tenant_registry_club', 'provisioning_run', 'audit_entry'];
  const parts = tables.map(
    (name) => `SELECT '${name}' AS name, t::text AS text FROM access_control.${name} t`,
  );
  return database.query(`${parts.join(' UNION ALL ')} ORDER BY 1, 2`);
}

test('a file is planned, provisioned, and provisioned again without a change', async () => {
  const args = ['--file', 'examples/tenants/club.yaml'];
  const empty = await contents();
  const planned = await run([...args, '--plan']);
  expect(planned).toEqual({
    code: 0,
    output: expect.stringMatching(/No conflicts. Nothing was changed.\n$/),
  });
  expect(planned.output).toMatch(/^Plan for a new tenant:\n {2}create +ACCESS_CONTROL +create the tenant\n/);
  for (const system of ['SCL', 'TEETIME', 'MESSAGING', 'CRM']) {
    expect(planned.output).toMatch(new RegExp(`\n {2}create +${system} `));
  }
  expect(await contents()).toEqual(empty);

  const first = await run([...args, '--wait']);
  expect(first.code).toBe(0);
  expect(first.output).toMatch(
    /\n {2}completed +ACCESS_CONTROL +complete the registry entry\nProvisioned protea-dunes \(run [0-9a-f-]{36}\)\.\n$/,
  );
  const [entry] = await database.query(
    `SELECT r.scl_tenant_code AS code, r.payment_providers AS providers, r.association_member_id AS member
       FROM access_control.tenant_registry r JOIN access_control.tenant t ON t.id = r.tenant_id
      WHERE t.slug = 'protea-dunes'`,
  );
  expect(entry).toEqual({ code: 'PROTEA-DUNES', providers: ['peach', 'stripe'], member: 'RSA-2026-00417' });

  const { data } = await askAsReadme('protea-dunes');
  expect(data.tenant).toMatchObject({
    clubs: [{ clubCode: 'PD-CTY' }, { clubCode: 'PD-LIN' }],
    sclTenant: {
      code: 'PROTEA-DUNES',
      clubs: [{ name: 'Protea Dunes Country Club' }, { name: 'Protea Dunes Links' }],
    },
    contacts: { edges: [] },
    customers: { totalCount: 0 },
    segments: expect.arrayContaining([{ name: expect.any(String), isSystem: true }]),
    journeys: expect.arrayContaining([{ name: expect.any(String) }]),
  });

  const provisioned = await contents();
  const again = await run([...args, '--wait']);
  expect(again.code).toBe(0);
  expect(again.output).toMatch(/^Plan for tenant protea-dunes \([0-9a-f-]{36}\):\n/);
  expect(again.output).toMatch(/\nNothing to do. Nothing was changed.\n$/);
  expect(again.output).not.toMatch(/\n {2}(create|update) /);
  expect(await contents()).toEqual(provisioned);
});

test('with --json one object says everything', async () => {
  const args = ['--file', 'examples/tenants/corporate.yaml', '--json'];
  const { code, output } = await run(args);
  expect(code).toBe(0);
  expect(JSON.parse(output)).toMatchObject({
    outcome: 'COMPLETED',
    plan: {
      tenant: null,
      conflicts: [],
      steps: [{}, { system: 'MESSAGING' }, { system: 'CRM', name: 'set up CRM', action: 'CREATE' }, {}],
    },
    run: { status: 'COMPLETED', tenant: { slug: 'karoo-holdings' }, steps: [{}, {}, {}, {}] },
  });
  const again = await run(args);
  expect(JSON.parse(again.output)).toMatchObject({ outcome: 'NOTHING_TO_DO', run: null });
});

test('every conflict is named at once, with and without --plan, and nothing is changed', async () => {
  const taken =
    'tenant: { slug: taker, displayName: Taker }\nscl: { code: TAKEN }\nmessaging: { tenantId: taken }\n';
  const owner = await fileOf('owner.yaml', taken.replaceAll(/[Tt]aker/g, 'owner'));
  expect((await run(['--file', owner])).code).toBe(0);
  const before = await contents();
  const taker = await fileOf('taker.yaml', taken);
  for (const options of [['--plan'], []]) {
    const { code, output } = await run(['--file', taker, ...options]);
    expect(code).toBe(1);
    expect(output).toContain('input.scl.code: another tenant has this SCL code (CONFLICT)\n');
    expect(output).toContain('input.messaging.tenantId: another tenant has this Messaging id (CONFLICT)\n');
    expect(output).toMatch(/\n2 conflicts. Nothing was changed.\n$/);
  }
  const { code, output } = await run(['--file', taker, '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(output)).toMatchObject({
    outcome: 'CONFLICTS',
    plan: { conflicts: [{}, {}] },
    run: null,
  });
  expect(await contents()).toEqual(before);
});

test('a run that fails ends with 1, its reason and how to go on, by which it is retried or cancelled', async () => {
  const clubs = '[{ clubCode: RETRIED, name: Retried }]';
  const file = await fileOf(
    'retried.yaml',
    `template: CLUB\ntenant: { slug: retried, displayName: Retried }\nteeTime: { clubs: ${clubs} }\n`,
  );
  const mend = await breakSystem(database, 'TEETIME');
  const failed = await run(['--file', file, '--wait']);
  expect(failed.code).toBe(1);
  expect(failed.output).toMatch(/\n {2}failed +TEETIME +set up the clubs: .+ \(BAD_USER_INPUT\)\n/);
  const [, runId = ''] = /--retry ([0-9a-f-]{36}) --wait\n/.exec(failed.output) ?? [];
  await mend();
  const retried = await run(['--retry', runId, '--wait']);
  expect(retried).toEqual({
    code: 0,
    output: expect.stringMatching(/\nProvisioned retried \(run .+\)\.\n$/),
  });
  const cancelled = await run(['--cancel', runId, '--wait']);
  expect(cancelled).toEqual({ code: 0, output: expect.stringMatching(/\nRun .+ is taken back\.\n$/) });
  expect((await askAsReadme('retried')).data.tenant).toBeNull();
  const unknown = await run(['--cancel', randomUUID()]);
  expect(unknown).toEqual({ code: 1, output: expect.stringContaining('(NOT_FOUND)') });
});

test('a refusal of the graph ends with 1 and its reasons', async () => {
  const file = await fileOf('unknown.yaml', 'tenant: { slug: x, displayName: X }\nsclCode: X\n');
  const unknown = await run(['--file', file]);
  expect(unknown.code).toBe(1);
  expect(unknown.output).toContain('sclCode');

  const club = 'examples/tenants/club.yaml';
  const forged = await run(['--file', club, '--token', 'forged', '--json']);
  expect(forged.code).toBe(1);
  expect(JSON.parse(forged.output)).toEqual({
    outcome: 'REFUSED',
    refusals: [expect.stringContaining('(UNAUTHENTICATED)')],
  });

  const issuer = await openLocalIssuer(directory);
  const token = await issuer.issue({ roles: ['PLATFORM_AUDITOR'] }, 60);
  const auditor = await run(['--file', club], { TENANT_GRAPH_TOKEN: token });
  expect(auditor).toEqual({ code: 1, output: expect.stringContaining('(FORBIDDEN)') });
});

test.each<[string, string[], Record<string, string>, string]>([
  ['no file', [], {}, 'Give one of --file FILE, --retry RUN and --cancel RUN.'],
  ['two things at once', ['--retry', 'x', '--cancel', 'x'], {}, 'Give one of --file FILE'],
  ['a file that is not there', ['--file', 'nowhere.yaml'], {}, 'nowhere.yaml cannot be read'],
  ['an unknown option', ['--fil', 'x'], {}, "Unknown option '--fil'"],
  ['no address', ['--file', 'examples/tenants/club.yaml', '--url', 'here'], {}, '--url must be an address'],
  [
    'an address where nothing listens',
    ['--file', 'examples/tenants/club.yaml', '--url', 'http://localhost:1/'],
    {},
    'No graph answers at http://localhost:1/graphql',
  ],
  [
    'production without a token',
    ['--file', 'examples/tenants/club.yaml'],
    { NODE_ENV: 'production' },
    'Give a token of your OpenID provider',
  ],
])('%s ends with 2 and one line', async (_what, args, environment, text) => {
  const { code, output } = await run(args, environment);
  expect(output).toContain(text);
  expect(output.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(2);
});

test.each([
  ['tenant: [', 'is not YAML: '],
  ['- tenant', 'must have the fields of ProvisionTenantInput'],
  ['', 'must have the fields of ProvisionTenantInput'],
  ['a: *missing', 'is not YAML: '],
])('the file %j ends with 2 and one line', async (content, text) => {
  const { code, output } = await run(['--file', await fileOf('wrong.yaml', content)]);
  expect(output).toContain(text);
  expect(output.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(2);
});

test('what answers but is no graph is told apart', async () => {
  const server = createServer((_request, response) => response.writeHead(404).end('<html>'));
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const { code, output } = await run(['--file', 'examples/tenants/club.yaml', '--url', url]);
  server.close();
  expect(output).toBe(`What answers at ${url}/graphql is no graph (HTTP 404)\n`);
  expect(code).toBe(2);
});

test('it explains itself', async () => {
  expect(await run(['--help'])).toEqual({ code: 0, output: expect.stringContaining('Exit codes:') });
});

describe('a run that takes its time', () => {
  const step = { system: 'SCL', name: 'set up the SCL tenant', attempts: 1, error: null, notes: [] };
  const runOf = (status: string, stepStatus = status) => ({
    id: 'run',
    status,
    tenant: { id: 'id', slug: 'slug' },
    steps: [{ ...step, status: stepStatus }],
  });
  /** A graph whose run is one of `runs` at each look. */
  const graphOf = (runs: ReturnType<typeof runOf>[]): AskGraph => {
    let looks = 0;
    return async <Data>(query: string) => {
      const plan = {
        tenant: null,
        steps: [{ ...step, action: 'CREATE', existing: [] }],
        conflicts: [],
        warnings: [],
      };
      if (query.startsWith('query Plan')) return { provisioningPlan: plan } as Data;
      const now = runs[Math.min(looks, runs.length - 1)];
      looks += 1;
      return { provisionTenant: now, provisioningRun: now } as Data;
    };
  };
  const follow = async (wait: boolean, ...runs: ReturnType<typeof runOf>[]) => {
    const seen: string[] = [];
    const options = { input: {}, planOnly: false, wait, onPlan: () => undefined };
    const report = await provisionFromFile(graphOf(runs), {
      ...options,
      onStep: ({ status }) => seen.push(status),
    });
    return { outcome: report.outcome, seen };
  };

  test('is followed to its end, each change once', async () => {
    const [pending, running, done] = [runOf('PENDING'), runOf('RUNNING'), runOf('COMPLETED')];
    expect(await follow(true, pending, running, running, done)).toEqual({
      outcome: 'COMPLETED',
      seen: ['PENDING', 'RUNNING', 'COMPLETED'],
    });
    expect(await follow(true, running, runOf('FAILED'))).toMatchObject({ outcome: 'FAILED' });
  });

  test('is left alone unless it is to be waited for', async () => {
    expect(await follow(false, runOf('PENDING'))).toEqual({ outcome: 'RUNNING', seen: ['PENDING'] });
  });

  test('is asked for again while the graph restarts, but not for ever, and not when it refuses', async () => {
    const outages = [
      new StartError('No graph answers'),
      new GraphRefusal(['The system does not answer'], ['SUBGRAPH_UNAVAILABLE']),
    ];
    const ask: AskGraph = async <Data>() => {
      const outage = outages.shift();
      if (outage) throw outage;
      return 'answer' as Data;
    };
    expect(await askPatiently(ask)('', {})).toBe('answer');
    const away: AskGraph = async () => {
      throw new StartError('No graph answers');
    };
    await expect(askPatiently(away, 0)('', {})).rejects.toThrow('No graph answers');
    const refusing: AskGraph = async () => {
      throw new GraphRefusal(['no'], ['SUBGRAPH_UNAVAILABLE', 'FORBIDDEN']);
    };
    await expect(askPatiently(refusing)('', {})).rejects.toThrow('no');
  });
});
