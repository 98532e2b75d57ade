import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../shared/free-port';
import { subgraphNames } from '../../shared/subgraph/names';
import { type Program, printedAuthorization, startProgram } from '../testkit/child-process';
import { MAIN_QUERY } from '../testkit/demo-graph';
import { eventually } from '../testkit/eventually';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

jest.setTimeout(90_000);

let database: TestDatabase;
const programs = new Map<string, Program>();
let gatewayPort: number;
let dataDirectory: string;
let authorization: string;

beforeAll(async () => {
  database = await createTestDatabase({ empty: true });
  dataDirectory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-distributed-'));
  const ports = new Map<string, number>();
  for (const name of subgraphNames) ports.set(name, await freePort());
  gatewayPort = await freePort();
  const addresses = Object.fromEntries(
    [...ports].map(([name, port]) => [
      `${name.replaceAll('-', '_').toUpperCase()}_URL`,
      `http://localhost:${port}/graphql`,
    ]),
  );
  const environment = { DATABASE_URL: database.url, DATA_DIR: dataDirectory, ...addresses };
  const seeded = startProgram('seed/seed.js', environment);
  expect(await seeded.ended).toBe(0);
  for (const [name, port] of ports) {
    programs.set(
      name,
      startProgram('subgraphs/start-subgraph.js', { ...environment, PORT: String(port) }, [name]),
    );
  }
  programs.set(
    'gateway',
    startProgram('gateway/start-gateway.js', {
      ...environment,
      PORT: String(gatewayPort),
      SHUTDOWN_DRAIN_MS: '2000',
    }),
  );
  await Promise.all([...programs.values()].map((program) => program.printed('/graphql')));
  await programs.get('gateway')?.printed('Try: curl');
  authorization = printedAuthorization(programs.get('gateway'));
});
afterAll(async () => {
  for (const { process: child } of programs.values()) child.kill('SIGTERM');
  await Promise.all([...programs.values()].map((program) => program.ended));
  await database.drop();
  await rm(dataDirectory, { recursive: true });
});

async function ask(query: string) {
  const response = await fetch(`http://localhost:${gatewayPort}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

test('six processes answer as one, and a killed one costs its own fields only', async () => {
  const whole = await ask(MAIN_QUERY);
  expect(whole.errors).toBeUndefined();

  programs.get('crm')?.process.kill('SIGKILL');
  await programs.get('crm')?.ended;
  const partial = await ask(MAIN_QUERY);
  expect(partial.data.tenant).toEqual({
    ...whole.data.tenant,
    customers: null,
    segments: null,
    journeys: null,
  });
  expect(partial.errors).toHaveLength(3);
});

test('an Access Control that hangs is named as what does not answer, by whoever needs it', async () => {
  programs.get('access-control')?.process.kill('SIGSTOP');
  const startedAt = Date.now();
  const answers = await Promise.all([
    ask('{ contacts(messagingTenantId: "msg-unheard-of") { totalCount } }'),
    ask(`mutation { createClub(input: {
      tenantId: "0197c0de-0000-7000-8000-000000000000", clubCode: "x", name: "X" }) { id } }`),
  ]);
  const took = Date.now() - startedAt;
  programs.get('access-control')?.process.kill('SIGCONT');
  const named = {
    message: expect.stringContaining('Access Control does not answer'),
    extensions: expect.objectContaining({ code: 'SUBGRAPH_UNAVAILABLE' }),
  };
  for (const { errors } of answers) expect(errors).toEqual([expect.objectContaining(named)]);
  // The gateway waits ten seconds for each of the systems that were asked.
  expect(took).toBeLessThan(6_000);
});

test('a TeeTime that hangs is named by Access Control, which answers what it knows without it', async () => {
  const { data } = await ask(`mutation {
    staying: createTenant(input: { slug: "staying", displayName: "Staying" }) { id }
    leaving: createTenant(input: { slug: "leaving", displayName: "Leaving" }) { id } }`);
  const id = JSON.stringify(data.staying.id);
  const holdings = 'status holdings { system rows }';
  programs.get('teetime')?.process.kill('SIGSTOP');
  const [drift, planned, removal, ...named] = await Promise.all([
    ask(`{ registryDrift(tenantId: ${id}) { system kind } }`),
    ask(`mutation { deprovisionTenant(id: ${id}, dryRun: true) { ${holdings} } }`),
    ask(`mutation { deprovisionTenant(id: "${data.leaving.id}") { ${holdings} } }`),
    ask(`{ auditEntries(tenantId: ${id}, filter: { system: TEETIME }) { totalCount } }`),
    ask('{ registryOrphans(system: TEETIME, first: 1) { examined } }'),
    ask(`mutation { addTeeTimeClub(tenantId: ${id}, clubId: "${randomUUID()}") { tenantId } }`),
  ]);
  programs.get('teetime')?.process.kill('SIGCONT');
  expect(drift).toEqual({
    data: { registryDrift: expect.arrayContaining([{ system: 'TEETIME', kind: 'UNKNOWN' }]) },
  });
  const counted = expect.arrayContaining([{ system: 'TEETIME', rows: null }]);
  expect(planned).toEqual({ data: { deprovisionTenant: { status: 'PLANNED', holdings: counted } } });
  expect(removal).toEqual({ data: { deprovisionTenant: { status: 'SCHEDULED', holdings: counted } } });
  for (const { errors } of named) {
    expect(errors).toEqual([
      expect.objectContaining({
        message: expect.stringContaining('TEETIME does not answer'),
        extensions: expect.objectContaining({ code: 'SUBGRAPH_UNAVAILABLE' }),
      }),
    ]);
  }
});

test('a gateway that is told to stop says so, and answers whoever still comes while it drains', async () => {
  const gateway = programs.get('gateway');
  gateway?.process.kill('SIGTERM');
  await eventually(
    () => fetch(`http://localhost:${gatewayPort}/health/ready`),
    ({ status }) => expect(status).toBe(503),
  );
  const { data } = await ask('{ tenant(slug: "digiwedge") { displayName } }');
  expect(data).toEqual({ tenant: { displayName: 'DigiWedge' } });
  expect(await gateway?.ended).toBe(0);
});

test('every process ends on SIGTERM with exit code 0', async () => {
  for (const [name, program] of programs) {
    if (name === 'crm') continue;
    program.process.kill('SIGTERM');
    expect(await program.ended).toBe(0);
  }
});
