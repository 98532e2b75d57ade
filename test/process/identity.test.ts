import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import { request } from 'undici';
import { freePort } from '../../shared/free-port';
import { DIGIWEDGE_TENANT_ID } from '../../shared/tenancy/well-known-tenants';
import { type Program, printedAuthorization, startProgram } from '../testkit/child-process';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

jest.setTimeout(90_000);

const NOBODY = '00000000-0000-4000-8000-000000000000';

let dataDirectory: string;
let database: TestDatabase;
let port: number;
let graph: Program;
beforeAll(async () => {
  dataDirectory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-tokens-'));
  database = await createTestDatabase();
  port = await freePort();
  graph = start('main.js', [], { PORT: String(port) });
  await graph.printed('Tenant graph is ready');
});
afterAll(async () => {
  graph.process.kill('SIGTERM');
  await graph.ended;
  await database.drop();
  await rm(dataDirectory, { recursive: true });
});

function start(file: string, args: string[], environment: Record<string, string> = {}): Program {
  return startProgram(file, { DATABASE_URL: database.url, DATA_DIR: dataDirectory, ...environment }, args);
}

async function run(file: string, args: string[], environment: Record<string, string> = {}) {
  const program = start(file, args, environment);
  return { code: await program.ended, output: program.output() };
}

/** The token that the command prints, which is all that it prints. */
async function tokenOf(...args: string[]): Promise<string> {
  const { code, output } = await run('gateway/identity/token.js', args);
  expect(output).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  expect(code).toBe(0);
  return output.trim();
}

async function slugsSeenWith(authorization: string): Promise<string[]> {
  const response = await fetch(`http://localhost:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query: '{ tenants(first: 100) { edges { node { slug } } } }' }),
  });
  const { data, errors } = await response.json();
  expect(errors).toBeUndefined();
  return data.tenants.edges.map(({ node }: { node: { slug: string } }) => node.slug);
}

const bearer = (token: string) => `Bearer ${token}`;

test('the line that the start prints works, and so does a token of the command', async () => {
  const printed = await slugsSeenWith(printedAuthorization(graph));
  expect(printed).toContain('digiwedge');
  expect(await slugsSeenWith(bearer(await tokenOf('--role', 'platform-admin')))).toEqual(printed);
});

test('a tenant may be named by a well-known slug, by another slug, or by its UUID', async () => {
  const all = await slugsSeenWith(printedAuthorization(graph));
  const another = all.find((slug) => slug !== 'digiwedge' && slug !== 'yolo') ?? '';
  const role = ['--role', 'tenant-admin'];
  expect(await slugsSeenWith(bearer(await tokenOf(...role, '--tenant', 'digiwedge')))).toEqual(['digiwedge']);
  expect(await slugsSeenWith(bearer(await tokenOf(...role, '--tenant', another)))).toEqual([another]);
  const two = await tokenOf(...role, '--tenant', DIGIWEDGE_TENANT_ID, '--tenant', another);
  expect((await slugsSeenWith(bearer(two))).sort()).toEqual(['digiwedge', another].sort());
  expect(await slugsSeenWith(bearer(await tokenOf(...role, '--tenant', NOBODY)))).toEqual([]);
});

test('the claims of a token are as they were asked for', async () => {
  const token = await tokenOf(
    ...['--role', 'service', '--role', 'CRM_VIEWER', '--scope', 'crm:read tenant:read'],
    ...['--subject', 'billing', '--expires', '90m', '--tenant', 'yolo'],
  );
  const { iat = 0, exp = 0, ...claims } = decodeJwt(token);
  expect(exp - iat).toBe(5_400);
  expect(claims).toEqual({
    iss: 'urn:tenant-graph:local',
    aud: 'tenant-graph',
    sub: 'billing',
    roles: ['SERVICE', 'CRM_VIEWER'],
    scope: 'crm:read tenant:read',
    tenants: ['206329dc-f273-5743-8f7e-b6f60d9e528b'],
  });
});

test('the local issuer publishes its key where a provider would, and keeps it to itself', async () => {
  const jwks = (await (
    await fetch(`http://localhost:${port}/.well-known/jwks.json`)
  ).json()) as JSONWebKeySet;
  await jwtVerify(await tokenOf('--role', 'platform-auditor'), createLocalJWKSet(jwks));
  expect(JSON.stringify(jwks)).not.toContain('"d"');
  const folder = path.join(dataDirectory, 'identity');
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  for (const file of await readdir(folder)) {
    expect((await stat(path.join(folder, file))).mode & 0o777).toBe(0o600);
  }
});

test('GraphiQL opens with a new platform token, but not for a name that another site could take, or behind a proxy', async () => {
  const own = await (await fetch(`http://localhost:${port}/`)).text();
  const tokens = [...own.matchAll(/Bearer ([\w-]+\.[\w-]+\.[\w-]+)/g)].map(([, token = '']) => token);
  expect(tokens.length).toBeGreaterThan(0);
  expect(await slugsSeenWith(bearer(tokens[0] ?? ''))).toContain('digiwedge');

  const others: Record<string, string>[] = [
    { host: 'rebound.example.com' },
    { 'x-forwarded-for': '192.0.2.7' },
    { forwarded: 'for=192.0.2.7' },
  ];
  for (const headers of others) {
    const page = await pageWith(headers);
    expect(page).toContain('GraphiQL');
    expect(page).not.toMatch(/Bearer [\w-]+\.[\w-]+\./);
  }
});

async function pageWith(headers: Record<string, string>): Promise<string> {
  const { body } = await request(`http://localhost:${port}/`, { headers });
  return body.text();
}

test.each([
  [[], 'Name a role'],
  [['--role', 'god'], 'There is no role "god"'],
  [['--role', 'tenant-admin'], 'tenant-admin needs a tenant: --tenant digiwedge'],
  [['--role', 'tenant-admin', '--tenant', 'nobody-at-all'], 'There is no tenant "nobody-at-all"'],
  [['--role', 'service', '--scope', 'crm:fly'], 'There is no scope "crm:fly"'],
  [['--role', 'platform-admin', '--scope', 'crm:read'], '--scope is for the role service'],
  [['--role', 'platform-admin', '--expires', '31d'], '--expires must be'],
  [['--role', 'platform-admin', '--expires', 'soon'], '--expires must be'],
  [['--rôle', 'platform-admin'], "Unknown option '--rôle'"],
])('the token command ends on %j with one line', async (args, text) => {
  const { code, output } = await run('gateway/identity/token.js', args);
  expect(code).toBe(1);
  expect(output).toContain(text);
  expect(output.trim().split('\n')).toHaveLength(1);
});

test.each([
  ['gateway/identity/token.js', 'Usage: npm run --silent token'],
  ['operations/internal-keys.js', 'Usage: npm run internal-keys'],
])('%s explains itself', async (file, text) => {
  expect(await run(file, ['--help'])).toEqual({ code: 0, output: expect.stringContaining(text) });
});

describe('in production', () => {
  const production = { NODE_ENV: 'production' };
  const provider = { OIDC_ISSUER: 'https://id.example.com', OIDC_AUDIENCE: 'tenant-graph' };

  test.each([['main.js'], ['gateway/start-gateway.js']])(
    '%s does not start on the local issuer',
    async (file) => {
      expect(await run(file, [], { ...production, PORT: String(await freePort()) })).toEqual({
        code: 1,
        output: expect.stringMatching(/^Set OIDC_ISSUER and OIDC_AUDIENCE: [^\n]+\n$/),
      });
    },
  );

  test('no token is issued', async () => {
    expect(await run('gateway/identity/token.js', ['--role', 'platform-admin'], production)).toEqual({
      code: 1,
      output: expect.stringContaining('OpenID provider'),
    });
  });

  test.each([
    [{}, false],
    [{ DEMO_DATA: 'true' }, true],
  ])('with the setting %j an empty database is filled with demo data: %s', async (setting, isFilled) => {
    const empty = await createTestDatabase();
    const ownPort = String(await freePort());
    const program = start('main.js', [], {
      ...production,
      ...provider,
      ...setting,
      DATABASE_URL: empty.url,
      PORT: ownPort,
    });
    await program.printed('Tenant graph is ready');
    const tenants = await empty.query('SELECT FROM access_control.tenant');
    program.process.kill('SIGTERM');
    await program.ended;
    await empty.drop();
    expect(tenants.length > 0).toBe(isFilled);
  });

  test('a process of the distributed shape needs its internal key, and starts with it', async () => {
    const keys = path.join(dataDirectory, 'written-keys');
    const gateway = (directory: string, gatewayPort: number) =>
      start('gateway/start-gateway.js', [], {
        ...production,
        ...provider,
        PORT: String(gatewayPort),
        INTERNAL_KEYS_DIR: directory,
      });
    const without = gateway(path.join(dataDirectory, 'no-keys'), await freePort());
    expect(await without.ended).toBe(1);
    expect(without.output()).toMatch(/^The internal key .*npm run internal-keys -- --out DIR[^\n]*\n$/);

    expect((await run('operations/internal-keys.js', ['--out', keys])).code).toBe(0);
    const folder = path.join(keys, 'gateway');
    expect((await readdir(folder)).filter((file) => file.includes('private'))).toEqual([
      'gateway.private.json',
    ]);
    expect((await readdir(folder)).filter((file) => file.includes('public'))).toHaveLength(6);
    expect((await stat(path.join(folder, 'gateway.private.json'))).mode & 0o777).toBe(0o600);

    const gatewayPort = await freePort();
    const running = gateway(folder, gatewayPort);
    await running.printed('Tenant graph gateway');
    expect(running.output()).not.toContain('Bearer');
    expect((await fetch(`http://localhost:${gatewayPort}/.well-known/jwks.json`)).status).toBe(404);
    running.process.kill('SIGTERM');
    expect(await running.ended).toBe(0);
  });

  test.each([
    [{ OIDC_ISSUER: provider.OIDC_ISSUER }, 'OIDC_AUDIENCE'],
    [{ OIDC_AUDIENCE: provider.OIDC_AUDIENCE }, 'OIDC_ISSUER'],
    [{ OIDC_JWKS_URI: 'https://id.example.com/keys' }, 'OIDC_ISSUER'],
    [{ ...provider, OIDC_ISSUER: 'somebody' }, 'OIDC_ISSUER'],
  ])('the settings %j end the start with one line that names what is wrong', async (settings, name) => {
    expect(await run('gateway/start-gateway.js', [], { ...production, ...settings })).toEqual({
      code: 1,
      output: expect.stringMatching(new RegExp(`^Wrong setting: ${name}: [^\\n]+\\n$`)),
    });
  });
});
