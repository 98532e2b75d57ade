import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { findRunningPostgres } from '../../shared/embedded-postgres/embedded-postgres';
import { freePort } from '../../shared/free-port';
import { packageRoot } from '../../shared/package-root';
import { type Program, printedAuthorization, startProgram } from '../testkit/child-process';
import { MAIN_QUERY } from '../testkit/demo-graph';
import { createTestDatabase } from '../testkit/test-database';

jest.setTimeout(90_000);

let dataDirectory: string;
let port: number;
let authorization: string;
const programs: Program[] = [];
beforeAll(async () => {
  dataDirectory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-start-'));
  port = await freePort();
});
afterAll(async () => {
  for (const { process: child } of programs) child.kill('SIGTERM');
  await Promise.all(programs.map((program) => program.ended));
  await rm(dataDirectory, { recursive: true, force: true });
});

function start(environment: Record<string, string> = {}, file = 'main.js', args: string[] = []): Program {
  const program = startProgram(file, { DATA_DIR: dataDirectory, PORT: String(port), ...environment }, args);
  programs.push(program);
  return program;
}

async function ask(query: string) {
  const response = await fetch(`http://localhost:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

test('a first start makes its database and demo data; a killed one leaves nothing in the way of the next', async () => {
  const first = start();
  await first.printed('Tenant graph is ready');
  authorization = printedAuthorization(first);
  const answer = await ask(MAIN_QUERY);
  expect(answer.errors).toBeUndefined();
  expect(answer.data.tenant.customers.totalCount).toBeGreaterThan(0);
  await ask('mutation { createTenant(input: { slug: "kept", displayName: "Kept" }) { id } }');

  const beside = start({ PORT: String(await freePort()) });
  expect(await beside.ended).toBe(1);
  expect(beside.output()).toMatch(
    /^The data folder .* is in use by another running process; start again when it ends\.\n$/,
  );

  first.process.kill('SIGKILL');
  await first.ended;
  const second = start();
  await second.printed('Tenant graph is ready');
  expect((await ask('{ tenant(slug: "kept") { displayName } }')).data.tenant).toEqual({
    displayName: 'Kept',
  });
  expect(await ask(MAIN_QUERY)).toEqual(answer);

  const seeded = start({}, 'seed/seed.js');
  expect(await seeded.ended).toBe(0);
  expect(seeded.output()).toContain('access-control: 0 rows written');
  expect(seeded.output()).toContain('registry: 1 tenants registered: kept');
  const again = start({}, 'seed/seed.js');
  expect(await again.ended).toBe(0);
  expect(again.output()).toContain('registry: 0 tenants registered');
  expect(
    (await ask('{ tenant(slug: "kept") { registry { teeTimeEnabled crmEnabled sclEnabled } } }')).data.tenant
      .registry,
  ).toEqual({
    teeTimeEnabled: true,
    crmEnabled: true,
    sclEnabled: false,
  });

  await expectToFinishItsWork(second, answer);
});

/** A request that waits in the database when SIGTERM comes is answered in full, and then the process ends. */
async function expectToFinishItsWork(program: Program, answer: unknown): Promise<void> {
  const url = await findRunningPostgres(path.join(dataDirectory, 'postgres'));
  const blocker = new Client({ connectionString: url ?? undefined });
  blocker.on('error', () => undefined);
  await blocker.connect();
  await blocker.query('BEGIN; LOCK TABLE teetime.club IN ACCESS EXCLUSIVE MODE');
  const running = ask(MAIN_QUERY);
  await waitUntil('the request waits in the database', async () => {
    // A transaction sees who does what as it was at its first look, unless it asks for another.
    await blocker.query('SELECT pg_stat_clear_snapshot()');
    const waiting = await blocker.query(
      "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'teetime_app'",
    );
    return waiting.rowCount !== 0;
  });
  const stoppedAt = Date.now();
  program.process.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 500));
  await expect(ask(MAIN_QUERY)).rejects.toThrow();
  await blocker.query('COMMIT');
  await blocker.end();
  expect(await running).toEqual(answer);
  expect(await program.ended).toBe(0);
  expect(Date.now() - stoppedAt).toBeLessThan(10_000);
}

async function waitUntil(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('Ctrl-C on npm start, which signals every process of the terminal, ends it cleanly', async () => {
  const directory = path.join(dataDirectory, 'terminal');
  const npm = spawn('npm', ['start'], {
    cwd: packageRoot,
    detached: true,
    env: {
      ...process.env,
      LOG_LEVEL: 'warn',
      DATA_DIR: directory,
      PORT: String(await freePort()),
      // What npm says of its own newer versions is none of the graph's.
      npm_config_update_notifier: 'false',
    },
  });
  let output = '';
  npm.stdout.on('data', (chunk) => {
    output += chunk;
  });
  let complaints = '';
  npm.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    npm.once('close', (code, signal) => resolve(code ?? signal)),
  );
  await waitUntil('the graph is ready', async () => output.includes('Tenant graph is ready'));
  process.kill(-(npm.pid ?? 0), 'SIGINT');
  expect(await ended).toBe(0);
  expect(complaints).toBe('');
  await waitUntil(
    'PostgreSQL has stopped',
    async () => (await findRunningPostgres(path.join(directory, 'postgres'))) === null,
  );
});

test('a port in use ends the start with one line', async () => {
  const taken = createServer().listen(0, 'localhost');
  await new Promise((resolve) => taken.once('listening', resolve));
  const address = taken.address();
  const takenPort = typeof address === 'object' && address ? address.port : 0;
  const program = start({ PORT: String(takenPort), DATA_DIR: path.join(dataDirectory, 'port') });
  expect(await program.ended).toBe(1);
  expect(program.output()).toBe(
    `Port ${takenPort} is in use. Stop what listens there, or set PORT to a free one.\n`,
  );
  taken.close();
});

test('a data folder that cannot be written ends the start with one line', async () => {
  const program = start({ DATA_DIR: '/dev/null/data' });
  expect(await program.ended).toBe(1);
  expect(program.output()).toMatch(/^The data folder \/dev\/null\/data\/postgres cannot be used: [^\n]+\n$/);
});

test('a database that cannot be reached ends the start with one line without its password', async () => {
  const program = start({ DATABASE_URL: `postgres://someone:secret@127.0.0.1:${await freePort()}/nowhere` });
  expect(await program.ended).toBe(1);
  expect(program.output()).toMatch(
    /^Database "nowhere" at 127\.0\.0\.1:\d+ cannot be reached as "someone": [^\n]+\n$/,
  );
  expect(program.output()).not.toContain('secret');
});

test.each([
  [{ PORT: 'many' }, 'PORT'],
  [{ DATABASE_URL: 'mysql://localhost/x' }, 'DATABASE_URL'],
  [{ CRM_DATABASE_URL: 'nonsense' }, 'CRM_DATABASE_URL'],
  [{ NODE_ENV: 'moon' }, 'NODE_ENV'],
  [{ DATABASE_POOL_SIZE: '0' }, 'DATABASE_POOL_SIZE'],
])('the wrong setting %j ends the start with one line that names it', async (environment, name) => {
  const program = start(environment);
  expect(await program.ended).toBe(1);
  expect(program.output()).toMatch(new RegExp(`^Wrong setting: ${name}: [^\\n]+\\n$`));
});

test.each([
  ['migrations/migrate.js', ['--help'], 0, 'Usage: npm run migrate'],
  ['migrations/migrate.js', ['--subgraph', 'fax'], 1, 'There is no subgraph "fax"'],
  ['migrations/migrate.js', ['--revert'], 1, 'Name the subgraph'],
  ['seed/seed.js', ['--help'], 0, 'Usage: npm run seed'],
  ['seed/seed.js', ['--size', 'huge'], 1, '--size must be a whole number'],
  ['seed/seed.js', ['--sise', '7'], 1, "Unknown option '--sise'"],
  ['subgraphs/start-subgraph.js', ['--help'], 0, 'Usage: npm run start:subgraph'],
  ['main.js', ['--help'], 0, 'Usage: npm start'],
  ['main.js', ['--prot', '4001'], 1, "Unknown option '--prot'"],
  ['gateway/start-gateway.js', ['-h'], 0, 'Usage: npm run start:gateway'],
  ['gateway/start-gateway.js', ['crm'], 1, "Unexpected argument 'crm'"],
  ['subgraphs/start-subgraph.js', ['fax'], 1, 'Name one subgraph'],
  ['subgraphs/start-subgraph.js', ['crm'], 1, 'Set DATABASE_URL or CRM_DATABASE_URL'],
  ['subgraphs/start-subgraph.js', ['scl', '--x'], 1, "Unknown option '--x'"],
])('%s %j', async (file, args, code, text) => {
  const program = start({}, file, args);
  expect(await program.ended).toBe(code);
  expect(program.output()).toContain(text);
  expect(program.output()).not.toMatch(/^ {4}at /m);
});

test('migrate shows, applies and takes back on a server of one’s own', async () => {
  const database = await createTestDatabase({ empty: true });
  const migrate = async (...args: string[]) => {
    const program = start({ DATABASE_URL: database.url }, 'migrations/migrate.js', args);
    expect(await program.ended).toBe(0);
    return program.output();
  };
  expect(await migrate('--subgraph', 'teetime', '--status')).toMatch(/^(teetime: pending {2}\w+\n)+$/);
  expect(await migrate('--subgraph', 'teetime', '--dry-run')).toContain('would apply');
  expect(await migrate('--subgraph', 'teetime')).toContain('teetime: applied');
  expect(await migrate('--subgraph', 'teetime')).toBe('teetime: is current\n');
  expect(await migrate('--subgraph', 'teetime', '--revert', '--dry-run')).toContain('would take back');
  expect(await migrate('--subgraph', 'teetime', '--revert')).toContain('took back');
  await database.drop();
});

test('audit:verify reads a trail, names what is broken, and makes nothing where there is none', async () => {
  const [migrated, empty] = [await createTestDatabase(), await createTestDatabase({ empty: true })];
  const verify = async (url: string, ...args: string[]) => {
    const program = start({ DATABASE_URL: url }, 'operations/audit-verify.js', [
      '--subgraph',
      'teetime',
      ...args,
    ]);
    return { code: await program.ended, output: program.output() };
  };
  await migrated.query(`
    INSERT INTO teetime.audit_entry (id, tenant_key, actor, action, record_type, record_id, request_id)
    SELECT gen_random_uuid(), 'fd3c07a1-8038-5e37-beb6-537fda68d644', 'test', 'updateClub', 'Club', n::text, 'r'
    FROM generate_series(1, 3) n`);
  const heads = path.join(dataDirectory, 'heads');
  expect(await verify(migrated.url, '--heads', heads)).toEqual({
    code: 0,
    output: 'teetime: 3 entries of 1 tenants read\n',
  });
  await migrated.query('DELETE FROM teetime.audit_entry WHERE position = 3');
  expect((await verify(migrated.url)).code).toBe(0);
  const shortened = await verify(migrated.url, '--against', heads);
  expect([shortened.code, shortened.output]).toEqual([1, expect.stringContaining('BROKEN')]);
  expect((await verify(migrated.url, '--heads', '/nonexistent/heads')).output).toMatch(
    /cannot be written: [^\n]+\n$/,
  );

  expect((await verify(empty.url)).code).toBe(1);
  expect(await empty.query("SELECT FROM pg_namespace WHERE nspname = 'teetime'")).toEqual([]);
  await migrated.drop();
  await empty.drop();
});
