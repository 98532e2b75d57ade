import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openLocalIssuer } from '../../gateway/identity/local-issuer';
import { freePort } from '../../shared/free-port';
import { type Program, startProgram } from '../testkit/child-process';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

jest.setTimeout(90_000);

let directory: string;
let database: TestDatabase;
let port: string;
let graph: Program;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-import-'));
  database = await createTestDatabase();
  port = String(await freePort());
  const settings = { DATABASE_URL: database.url, DATA_DIR: directory, PORT: port, DEMO_DATA: 'false' };
  graph = startProgram('main.js', settings);
  await graph.printed('Tenant graph is ready');
});
afterAll(async () => {
  graph.process.kill('SIGTERM');
  await graph.ended;
  await database.drop();
  await rm(directory, { recursive: true });
});

async function run(args: string[] = [], environment: Record<string, string> = {}) {
  const settings = { DATA_DIR: directory, PORT: port, ...environment };
  const program = startProgram('operations/registry-import.js', settings, args);
  return { code: await program.ended, output: program.output() };
}

const tenantId = randomUUID();
const nobody = randomUUID();

async function newClub(tenant: string, code: string): Promise<void> {
  await database.query(
    `INSERT INTO teetime.club (id, club_code, name, tenant_id, created_by, updated_by)
     VALUES (gen_random_uuid(), $2, $2, $1, 'test', 'test')`,
    [tenant, code],
  );
}

const entries = () => database.query('SELECT * FROM access_control.tenant_registry ORDER BY id');

test('a registry that lacks nothing is left alone', async () => {
  const { code, output } = await run();
  expect({ code, output }).toEqual({
    code: 0,
    output: '0 tenants looked at, 0 to write\nNothing is left to import for 0 tenants.\n',
  });
});

test('what is missing is told, then written, then nothing is left', async () => {
  await database.query(
    "INSERT INTO access_control.tenant (id, slug, display_name) VALUES ($1, 'oak-links', 'Oak')",
    [tenantId],
  );
  await newClub(tenantId, 'OAK-1');
  await newClub(tenantId, 'OAK-2');
  await newClub(nobody, 'LOST');
  await database.query(
    `INSERT INTO scl.scl_tenant (id, code, name, created_by, updated_by)
     VALUES (gen_random_uuid(), 'OAK-LINKS', 'Oak', 'test', 'test')`,
  );
  const line = '  oak-links: new entry, SCL OAK-LINKS, CRM, 2 clubs\n';
  const orphan = `No tenant claims ${nobody} in TEETIME\n`;

  expect(await run()).toEqual({
    code: 0,
    output: `1 tenant looked at, 1 to write\n${line}${orphan}1 tenant to import. Nothing was changed; repeat with --apply to write.\n`,
  });
  expect(await entries()).toEqual([]);
  expect(await run(['--apply'])).toEqual({
    code: 0,
    output: `1 tenant looked at, 1 written\n${line}${orphan}Imported 1 tenant.\n`,
  });
  const written = await entries();
  expect(written).toMatchObject([{ tenant_id: tenantId, scl_tenant_code: 'OAK-LINKS', scl_enabled: true }]);
  const again = await run(['--apply', '--json']);
  expect(again.code).toBe(0);
  expect(JSON.parse(again.output)).toEqual({
    outcome: 'NOTHING_TO_DO',
    examined: 1,
    imports: [],
    orphans: [{ system: 'TEETIME', key: nobody }],
  });
  expect(await entries()).toEqual(written);
});

test('a conflict ends with 1, and what has none is written', async () => {
  await newClub(tenantId, 'OAK-3');
  await newClub(tenantId, 'OAK-4');
  const other = randomUUID();
  await database.query(
    "INSERT INTO access_control.tenant (id, slug, display_name) VALUES ($1, 'other', 'Other')",
    [other],
  );
  await database.query(
    'INSERT INTO access_control.tenant_registry (id, tenant_id) VALUES (gen_random_uuid(), $1)',
    [other],
  );
  await database.query(
    `INSERT INTO access_control.tenant_registry_club (club_id, tenant_id)
     SELECT id, $1 FROM teetime.club WHERE club_code = 'OAK-3'`,
    [other],
  );
  const { code, output } = await run(['--apply']);
  expect(code).toBe(1);
  expect(output).toContain('2 tenants looked at, 1 written\n  oak-links: 1 club\n');
  expect(output).toMatch(/ {2}oak-links: TEETIME the registry maps .* to another tenant \(TAKEN\)\n/);
  expect(output).toMatch(/\n1 conflict, which a person must decide.\n$/);
  const report = JSON.parse((await run(['--json'])).output);
  expect(report).toMatchObject({ outcome: 'CONFLICTS', imports: [{ conflicts: [{ kind: 'TAKEN' }] }] });
});

test('a token that is bound to tenants is refused', async () => {
  const issuer = await openLocalIssuer(directory);
  const token = await issuer.issue({ roles: ['PLATFORM_ADMIN'], tenants: [tenantId] }, 60);
  expect(await run(['--apply'], { TENANT_GRAPH_TOKEN: token })).toEqual({
    code: 1,
    output: expect.stringContaining('(FORBIDDEN)'),
  });
  expect(JSON.parse((await run(['--json', '--token', 'forged'])).output)).toEqual({
    outcome: 'REFUSED',
    refusals: [expect.stringContaining('(UNAUTHENTICATED)')],
  });
});

test.each([
  [['--aply'], {}, "Unknown option '--aply'"],
  [['--url', 'here'], {}, '--url must be an address'],
  [['--url', 'http://localhost:1/'], {}, 'No graph answers at http://localhost:1/graphql'],
  [[], { NODE_ENV: 'production' }, 'Give a token of your OpenID provider'],
])('%j with %j ends with 2 and one line', async (args, environment, text) => {
  const { code, output } = await run(args, environment as Record<string, string>);
  expect(output).toContain(text);
  expect(output.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(2);
});

test('it explains itself', async () => {
  expect(await run(['--help'])).toEqual({ code: 0, output: expect.stringContaining('Exit codes:') });
});
