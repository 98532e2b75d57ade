import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../shared/free-port';
import { type Program, printedAuthorization, startProgram } from '../../testkit/child-process';
import { type OwnServer, startOwnServer } from '../../testkit/own-server';
import { Latencies } from './latencies';
import { LiveLoad, type LoadedTenant } from './live-load';
import { LockWatch } from './lock-watch';

/**
 * `CRM_SOAK=full` for as much as an operator's night may be: a million rows, 200 tenants, 100 writes and 200 reads a second;
 * `CRM_SOAK_SHARE=0.2` for a fifth of the writes and reads, on a machine that cannot take more.
 */
const share = Number(process.env['CRM_SOAK_SHARE'] ?? 1);
const size =
  process.env['CRM_SOAK'] === 'full'
    ? {
        rows: 1_000_000,
        tenants: 200,
        writes: 100 * share,
        reads: 200 * share,
        kills: 20,
        crashes: 5,
        calmMs: 30_000,
      }
    : { rows: 50_000, tenants: 20, writes: 20, reads: 40, kills: 3, crashes: 1, calmMs: 2_000 };

/** While a database is down its callers wait; that is no measure of the move. */
const WITH_FAULTS = 'backfill, with kills and crashes';

jest.setTimeout(process.env['CRM_SOAK'] === 'full' ? 5_400_000 : 600_000);

let server: OwnServer;
const locks = new LockWatch();
let graph: Program | undefined;
let url: string;

beforeAll(async () => {
  server = await startOwnServer();
  const port = await freePort();
  url = `http://localhost:${port}`;
  const made = await command('seed/crm-legacy.js', [
    ...['--rows', String(size.rows), '--tenants', String(size.tenants), '--dirt', '0.01'],
  ]);
  expect(made).toMatchObject({ code: 0 });
  graph = startProgram('main.js', {
    ...environment(),
    PORT: String(port),
    RATE_LIMIT_READS: '0',
    RATE_LIMIT_WRITES: '0',
    RATE_LIMIT_LEADS_PER_ADDRESS: '0',
    RATE_LIMIT_LEADS_PER_TENANT: '0',
  });
  await graph.printed('Tenant graph is ready');
});
afterAll(async () => {
  await locks.stop();
  graph?.process.kill('SIGTERM');
  await graph?.ended;
  await server.stop();
});

const environment = () => ({ DATABASE_URL: server.url, DATA_DIR: server.directory });

async function command(file: string, args: string[]) {
  const program = startProgram(file, environment(), args);
  const code = await program.ended;
  return { code, output: program.output() };
}

const TENANCY = 'subgraphs/crm/tenant-migration/command/crm-tenancy.js';

/** Says where a long run is. */
function say(line: string): void {
  if (process.env['CRM_SOAK']) process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

/** Runs a command of the operator's, who expects it to succeed. */
async function tenancy(...args: string[]): Promise<string> {
  say(args.join(' '));
  const { code, output } = await command(TENANCY, args);
  if (code !== 0) throw new Error(`crm:tenancy ${args.join(' ')} ended with ${code}:\n${output}`);
  return output;
}

test('a CRM of the old version moves to UUIDs, back and forth again, while it is in use and things break', async () => {
  await rememberRows();
  const latencies = new Latencies();
  const during = (what: string) => {
    say(`${latencies}`);
    latencies.during(what);
  };
  const load = new LiveLoad({
    url,
    authorization: printedAuthorization(graph),
    databaseUrl: server.url,
    tenants: await loadedTenants(),
    readsPerSecond: size.reads,
    writesPerSecond: size.writes,
    latencies,
  });
  locks.start(server.url);
  load.start();
  // A process that has just begun takes its time; what it takes afterwards is what the rest is held against.
  await sleep(size.calmMs);
  during('before');
  await sleep(size.calmMs);

  during('expand');
  await tenancy('expand');
  during(WITH_FAULTS);
  await load.whileDown(backfillThroughFaults);
  during('backfill to its end');
  await backfillToItsEnd();
  during('mending');
  await mendRows();
  during('advance');
  await tenancy('verify');
  await tenancy('advance', '--canary', '--to', 'DUAL_WRITE');
  await tenancy('advance', '--all', '--to', 'DUAL_WRITE');
  await sleep(size.calmMs);
  await load.mendCallers();
  await tenancy('knobs', 'legacyCallerWindowMinutes', '0');
  await tenancy('advance', '--all', '--to', 'CUTOVER');
  await tenancy('advance', '--all', '--to', 'COMPLETE');
  during('enforce');
  await tenancy('enforce');
  during('contract');
  await tenancy('contract');
  await sleep(size.calmMs);
  during('back');
  await tenancy('back', '--stage', 'EXPANDED');
  await sleep(size.calmMs);
  during('forward again');
  await tenancy('backfill');
  await tenancy('enforce');
  await tenancy('contract');
  await sleep(size.calmMs);
  await load.stop();
  await locks.stop();

  console.log(
    `${size.rows} rows, ${load.writes} writes and ${load.reads} reads meanwhile; ${latencies}; ` +
      `${latencies.butDuring('warm-up', 'before', WITH_FAULTS)}; ` +
      `the longest wait for a lock of the move: ${locks.longest.ms.toFixed(0)} ms, of ${locks.longest.waiting} for ${locks.longest.holding}`,
  );
  if (load.failures.length > 0)
    console.log(`What the graph logged of failures:\n${loggedErrors().join('\n')}`);
  expect(load.failures).toEqual([]);
  expect(await wrongRows()).toEqual([]);
  expect(await lostWrites(load)).toEqual([]);
  expect(locks.longest.ms).toBeLessThan(600);
});

/** What the graph said of requests that it could not serve, the last lines of it. */
function loggedErrors(): string[] {
  const lines = graph?.output().split('\n') ?? [];
  return lines.filter((line) => line.includes('"level":50') && line.includes('"path"')).slice(-10);
}

/** Kills the worker and crashes PostgreSQL at random moments, and begins again each time. */
async function backfillThroughFaults(): Promise<void> {
  for (let fault = 0; fault < size.kills + size.crashes; fault += 1) {
    const worker = startProgram(TENANCY, environment(), ['backfill']);
    const ended = worker.ended;
    await Promise.race([sleep(300 + Math.random() * 1_500), ended]);
    // Crashes among the kills.
    if (fault % 4 === 2 && fault / 4 < size.crashes) await server.crash();
    worker.process.kill('SIGKILL');
    await ended;
  }
}

async function backfillToItsEnd(): Promise<void> {
  const { code, output } = await command(TENANCY, ['backfill']);
  if (code !== 0 && code !== 3) throw new Error(`backfill ended with ${code}:\n${output}`);
}

/** What an operator does about rows that nobody could place: other spellings are mapped, and what is nobody's is retired. */
async function mendRows(): Promise<void> {
  // A list has 500 texts at most.
  for (let texts = await nobodysTexts(); texts.length > 0; texts = await nobodysTexts()) {
    say(`${texts.length} texts name nobody`);
    for (const { slug, proposal } of texts) {
      if (slug === null) await tenancy('retire', '--without-slug');
      else await mendSlug(slug, proposal?.tenantId);
    }
  }
  await tenancy('quarantine', '--mend-duplicates');
  await tenancy('quarantine', '--detach-orphans');
  await tenancy('backfill');
}

async function nobodysTexts(): Promise<{ slug: string | null; proposal?: { tenantId: string } }[]> {
  const { output } = await command(TENANCY, ['quarantine', '--json']);
  const entries: { slug: string | null; reason: string; proposal?: { tenantId: string } }[] =
    JSON.parse(output).entries;
  return entries.filter(({ reason }) => ['UNKNOWN_SLUG', 'BLANK_SLUG'].includes(reason));
}

/** By the graph, as often as there are rows left. */
async function mendSlug(slug: string, tenantId?: string): Promise<void> {
  const mutation = tenantId
    ? `mutation ($slug: String!, $tenantId: ID!) { change: mapCrmSlug(slug: $slug, tenantId: $tenantId, dryRun: false) { rowsLeft } }`
    : `mutation ($slug: String!) { change: retireCrmSlug(slug: $slug, dryRun: false) { rowsLeft } }`;
  for (let rowsLeft = 1; rowsLeft > 0; ) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: printedAuthorization(graph) },
      body: JSON.stringify({ query: mutation, variables: { slug, tenantId } }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(`${slug}: ${JSON.stringify(errors)}`);
    rowsLeft = data.change.rowsLeft;
  }
}

async function loadedTenants(): Promise<LoadedTenant[]> {
  return server.query<LoadedTenant>(`
    SELECT t.id, t.slug FROM access_control.tenant t JOIN crm.customer c ON c.tenant_id = t.slug
    GROUP BY t.id, t.slug HAVING count(*) > 20 ORDER BY count(*) DESC`);
}

const TABLES = ['lead', 'customer', 'segment', 'journey_step', 'journey', 'template_pack_installation'];

/** A row without what may say whose it is, as the digest of its text. */
const contentOf = (row: string) =>
  `md5((to_jsonb(${row}) - '{tenant_id,tenant_slug,tenant_uuid,updated_at}'::text[])::text)`;

/** How a row is found again: an installation's own key has the slug in it. */
const keyOf = (table: string, row: string, tenant: string) =>
  ({
    journey_step: `${row}.journey_id || ':' || ${row}.step_number`,
    template_pack_installation: `${tenant} || ':' || ${row}.pack_key`,
  })[table] ?? `${row}.id::text`;

/** Keeps what each row of the old version is, to be compared in the end. */
async function rememberRows(): Promise<void> {
  await server.query('CREATE SCHEMA soak');
  const rows = TABLES.map(
    (
      table,
    ) => `SELECT '${table}' AS table_name, ${keyOf(table, 'r', 'r.tenant_id')} AS key, r.tenant_id AS slug,
      ${contentOf('r')} AS content FROM crm.${table} r`,
  );
  await server.query(`CREATE TABLE soak.before AS ${rows.join(' UNION ALL ')}`);
  await server.query('ANALYZE soak.before');
}

/** The key of a row that the books tell of, as \`keyOf\` has it. */
const KEY_IN_BOOKS = `coalesce(row_key->>'id', (row_key->>'journey_id') || ':' || (row_key->>'step_number'),
  (row_key->>'tenant_id') || ':' || (row_key->>'pack_key'))`;

/** Rows of the old version that are lost, changed, or somebody else's now; those that were mended or retired are accounted for. */
async function wrongRows(): Promise<object[]> {
  // A look at everything once: by hashes, whatever is known of the tables at this moment.
  await server.query('ALTER DATABASE tenant_graph SET enable_nestloop = off');
  const wrong: object[] = [];
  for (const table of TABLES) {
    const found = await server.query<object>(`
      WITH now AS MATERIALIZED (
        SELECT ${keyOf(table, 'r', 'r.tenant_slug')} AS key, r.tenant_id, r.tenant_slug, ${contentOf('r')} AS content
        FROM crm.${table} r
      ), retired AS MATERIALIZED (
        SELECT DISTINCT ${KEY_IN_BOOKS} AS key FROM crm_tenancy.retired_row WHERE table_name = '${table}'
      ), mended AS MATERIALIZED (
        SELECT DISTINCT ${KEY_IN_BOOKS} AS key FROM crm_tenancy.original_value WHERE table_name = '${table}'
      )
      SELECT b.*, n.tenant_slug AS "slugNow", n.content AS "contentNow"
      FROM (SELECT * FROM soak.before WHERE table_name = '${table}') b
      LEFT JOIN now n ON n.key = b.key
      LEFT JOIN retired x ON x.key = b.key
      LEFT JOIN mended m ON m.key = b.key
      LEFT JOIN access_control.tenant t ON t.slug = b.slug
      WHERE x.key IS NULL AND (n.key IS NULL
        OR (t.id IS NOT NULL AND n.tenant_id <> t.id)
        OR (t.id IS NULL AND n.tenant_slug <> lower(btrim(b.slug)))
        OR (n.content <> b.content AND m.key IS NULL))
      LIMIT 5`);
    wrong.push(...found);
  }
  return wrong;
}

/** Writes that were acknowledged and are not there as they were acknowledged. */
async function lostWrites(load: LiveLoad): Promise<object[]> {
  const rows = [...load.acknowledged.values()];
  const lost: object[] = [];
  for (const table of ['customer', 'lead']) {
    const found = await server.query<object>(
      `SELECT w.*, r.tenant_id AS "tenantNow", r.first_name AS "nameNow"
       FROM jsonb_to_recordset($1::jsonb) AS w("table" text, id uuid, "tenantId" uuid, "tenantSlug" text, email text, "firstName" text)
       LEFT JOIN crm.${table} r ON r.id = w.id
       WHERE w."table" = $2 AND (r.id IS NULL OR r.tenant_id <> w."tenantId" OR r.tenant_slug <> w."tenantSlug"
         OR r.email <> w.email OR r.first_name <> w."firstName") LIMIT 5`,
      [JSON.stringify(rows), table],
    );
    lost.push(...found);
  }
  return lost;
}
