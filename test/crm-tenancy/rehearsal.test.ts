import { Client } from 'pg';
import { makeLegacy } from '../../subgraphs/crm/tenant-migration/legacy/make-legacy';
import { openOwner } from '../../subgraphs/crm/tenant-migration/schema/owner';
import { startProgram } from '../testkit/child-process';
import type { TestDatabase } from '../testkit/test-database';
import { crmTenant, migratedDatabase } from './legacy-rows';

jest.setTimeout(180_000);

const STEPS = [
  'as it is',
  'expand',
  'backfill',
  'every tenant to DUAL_WRITE',
  'every tenant to CUTOVER',
  'enforce',
  'every tenant to COMPLETE',
  'contract',
];

let database: TestDatabase;
beforeAll(async () => {
  database = await migratedDatabase();
  const slugs = ['pines', 'oaks', 'yolo'];
  for (const slug of slugs) await crmTenant(database, slug);
  const owner = await openOwner({ url: database.url }, { lockTimeoutMs: 500 });
  await makeLegacy(owner, { rows: 2_000, slugs, dirt: 0.02, seed: 7 }, () => undefined);
  await owner.close();
});
afterAll(() => database.drop());

const contents = () =>
  database.query(`
    SELECT (SELECT md5(string_agg(l::text, '' ORDER BY id)) FROM crm.lead l) AS leads,
           (SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM crm.customer c) AS customers,
           (SELECT count(*) FROM crm_tenancy.quarantined_row) AS quarantined,
           (SELECT stage FROM crm_tenancy.schema_stage) AS stage`);
const copies = () => database.query(`SELECT datname FROM pg_database WHERE datname LIKE '%rehearsal%'`);

function rehearse(...args: string[]) {
  const environment = { DATABASE_URL: database.url, CRM_DATABASE_URL: database.url };
  const command = 'subgraphs/crm/tenant-migration/command/crm-tenancy.js';
  return startProgram(command, environment, ['rehearse', ...args]);
}

test('a copy as a whole goes all the way under a load, and the original stays what it is', async () => {
  const before = await contents();
  const program = rehearse('--json', '--rate', '60');
  expect(await program.ended).toBe(3);
  const report = JSON.parse(program.output());
  expect(report).toMatchObject({ outcome: 'REFUSED', isWholeCopy: true });
  expect(report.steps.map(({ step }: { step: string }) => step)).toEqual(STEPS);
  for (const { load, seconds } of report.steps) {
    expect(seconds).toBeGreaterThan(0);
    expect(load.reasons).toEqual([]);
  }
  const [, , backfill, , , enforce] = report.steps;
  expect(backfill.load.requests).toBeGreaterThan(0);
  expect(enforce.refusals.map(({ name }: { name: string }) => name)).toContain('QUARANTINED_ROWS');
  expect(await contents()).toEqual(before);
  expect(await copies()).toEqual([]);
});

test('while somebody is connected the rows are copied; whoever ends it leaves no copy behind', async () => {
  const before = await contents();
  const other = new Client({ connectionString: database.url });
  await other.connect();
  try {
    const program = rehearse('--rate', '60');
    await program.printed('somebody is connected; copying the rows of CRM');
    await program.printed('crm.lead: ');
    await program.printed('rehearsing: backfill');
    expect(await copies()).toHaveLength(1);
    program.process.kill('SIGTERM');
    expect(await program.ended).toBe(4);
    expect(program.output()).toContain('expand');
  } finally {
    await other.end();
  }
  expect(await contents()).toEqual(before);
  expect(await copies()).toEqual([]);
});

test('whoever reads it no more ends it, and no copy is left behind', async () => {
  const program = rehearse('--rate', '60');
  await program.printed('rehearsing: expand');
  program.process.stdout?.destroy();
  program.process.stderr?.destroy();
  expect(await program.ended).toBe(4);
  expect(await copies()).toEqual([]);
});

test('what a killed rehearsal left behind goes with the next one, what another works on does not, and a failure leaves nothing', async () => {
  const name = decodeURIComponent(new URL(database.url).pathname.slice(1));
  await database.query(`CREATE DATABASE ${name}_rehearsal_dead`);
  await database.query(`CREATE DATABASE ${name}_rehearsal_alive`);
  const rehearsal = new Client({
    connectionString: Object.assign(new URL(database.url), { pathname: '/postgres' }).href,
    application_name: `${name}_rehearsal_alive`,
  });
  await rehearsal.connect();
  await database.query(`ALTER TABLE crm.lead ADD COLUMN tenant_uuid text`);
  const program = rehearse('--rate', '60');
  expect(await program.ended).toBe(1);
  expect(program.output()).toContain(`removing ${name}_rehearsal_dead`);
  await database.query('ALTER TABLE crm.lead DROP COLUMN tenant_uuid');
  expect(await copies()).toEqual([{ datname: `${name}_rehearsal_alive` }]);
  await rehearsal.end();
  await database.query(`DROP DATABASE ${name}_rehearsal_alive`);
});
