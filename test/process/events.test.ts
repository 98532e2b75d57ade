import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openLocalIssuer } from '../../gateway/identity/local-issuer';
import { freePort } from '../../shared/free-port';
import { type Program, startProgram } from '../testkit/child-process';
import { eventually } from '../testkit/eventually';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';
import { startWebhookReceiver, type WebhookReceiver } from '../testkit/webhook-receiver';

jest.setTimeout(90_000);

let directory: string;
let database: TestDatabase;
let port: string;
let graph: Program;
let there: WebhookReceiver;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-events-'));
  database = await createTestDatabase();
  port = String(await freePort());
  there = await startWebhookReceiver();
  graph = startProgram('main.js', {
    DATABASE_URL: database.url,
    DATA_DIR: directory,
    PORT: port,
    DEMO_DATA: 'false',
    WEBHOOK_ALLOW_PRIVATE: 'true',
  });
  await graph.printed('Tenant graph is ready');
});
afterAll(async () => {
  graph.process.kill('SIGTERM');
  await graph.ended;
  await there.stop();
  await database.drop();
  await rm(directory, { recursive: true });
});

async function run(args: string[], environment: Record<string, string> = {}) {
  const settings = { DATA_DIR: directory, PORT: port, ...environment };
  const program = startProgram('operations/events.js', settings, args);
  return { code: await program.ended, output: program.output() };
}

async function ask(query: string, variables: object) {
  const issuer = await openLocalIssuer(directory);
  const token = await issuer.issue({ roles: ['PLATFORM_ADMIN'], sub: 'test' }, 60);
  const response = await fetch(`http://localhost:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  expect(errors).toBeUndefined();
  return data;
}

/** A tenant with a webhook for which its first event was given up. */
async function deadLetter(slug: string) {
  const { tenant } = await ask(
    'mutation ($slug: String!) { tenant: createTenant(input: { slug: $slug, displayName: $slug }) { id } }',
    { slug },
  );
  const { made } = await ask(
    `mutation ($input: CreateWebhookSubscriptionInput!) {
      made: createWebhookSubscription(input: $input) { subscription { id } } }`,
    { input: { tenantId: tenant.id, url: there.url } },
  );
  const consumer = `webhook:${made.subscription.id}`;
  const [row] = await database.query<{ id: string }>(
    `INSERT INTO access_control.event_dead_letter (id, consumer, tenant_key, position, attempts, error)
     VALUES (gen_random_uuid(), $1, $2, 1, 10, 'answered 500') RETURNING id`,
    [consumer, tenant.id],
  );
  return {
    consumer,
    tenantId: tenant.id as string,
    id: row?.id ?? '',
    webhook: made.subscription.id as string,
  };
}

const lettersLeft = () => database.query('SELECT id FROM access_control.event_dead_letter ORDER BY died_at');

test('who hears of events is listed, and what was given up is listed and replayed', async () => {
  const [one, other] = [await deadLetter('first-club'), await deadLetter('second-club')];
  const consumers = await run(['consumers']);
  expect(consumers.code).toBe(0);
  expect(consumers.output).toMatch(/^crm\.tenants {2}(has heard everything|\d+ tenants behind)/);
  expect(consumers.output).toMatch(new RegExp(`\n${one.consumer} {2}has heard everything; 1 dead letters\n`));

  const listed = await run(['dead-letters']);
  expect(listed.code).toBe(0);
  expect(listed.output.trim().split('\n')).toEqual([
    expect.stringMatching(
      new RegExp(
        `^${other.id} .* ${other.consumer}  tenant.created of second-club: answered 500 \\(10 attempts\\)$`,
      ),
    ),
    expect.stringContaining(one.id),
  ]);
  const asJson = await run(['dead-letters', '--tenant', one.tenantId, '--json']);
  expect(JSON.parse(asJson.output)).toMatchObject([{ id: one.id, event: { tenantSlug: 'first-club' } }]);

  expect(await run(['dead-letters', '--replay', one.id])).toEqual({
    code: 0,
    output: `${one.id}  is handed over again\n`,
  });
  await eventually(lettersLeft, (left) => expect(left).toEqual([{ id: other.id }]));
  const all = await run(['dead-letters', '--all', '--consumer', other.consumer, '--json']);
  expect(JSON.parse(all.output)).toEqual([{ id: other.id, outcome: 'ASKED' }]);
  await eventually(lettersLeft, (left) => expect(left).toEqual([]));
  expect(there.received.map(({ body }) => body.data.tenantId)).toEqual([one.tenantId, other.tenantId]);
  expect((await run(['dead-letters'])).output).toBe('There are no dead letters.\n');
});

test('what cannot be replayed is said, with another exit code', async () => {
  const { id, webhook } = await deadLetter('gone-club');
  await ask('mutation ($id: ID!) { deleteWebhookSubscription(id: $id) { id } }', { id: webhook });
  expect(await run(['dead-letters', '--replay', id, '--replay', webhook])).toEqual({
    code: 1,
    output: `${id}  no consumer has its name now\n${webhook}  there is no such dead letter\n`,
  });
  const refused = await run(['dead-letters', '--replay', 'x']);
  expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('BAD_USER_INPUT') });
});

test.each<[string[], string]>([
  [[], 'See --help'],
  [['letters'], 'See --help'],
  [['dead-letters', 'more'], 'See --help'],
  [['dead-letters', '--all'], '--consumer'],
  [['dead-letters', '--all', '--replay', 'x'], 'no other choice'],
  [['consumers', '--wrong'], '--wrong'],
  [['consumers', '--url', 'graph'], '--url'],
  [['consumers', '--url', 'http://localhost:9'], 'No graph answers'],
])('%j is told apart from a refusal of the graph', async (args, hint) => {
  expect(await run(args)).toEqual({ code: 2, output: expect.stringContaining(hint) });
});

test('a token without the scopes is refused, and help is help', async () => {
  const issuer = await openLocalIssuer(directory);
  const token = await issuer.issue({ roles: ['TENANT_OWNER'], tenants: [], sub: 'owner' }, 60);
  expect(await run(['consumers'], { TENANT_GRAPH_TOKEN: token })).toMatchObject({
    code: 1,
    output: expect.stringContaining('FORBIDDEN'),
  });
  expect(await run(['--help'])).toMatchObject({
    code: 0,
    output: expect.stringContaining('Usage: npm run events'),
  });
});
