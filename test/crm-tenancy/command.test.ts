import { startProgram } from '../testkit/child-process';
import type { TestDatabase } from '../testkit/test-database';
import { fillUuids, legacyCustomer, migratedDatabase } from './legacy-rows';
import { moveCrm } from './stage-of-crm';

jest.setTimeout(120_000);

let database: TestDatabase;
beforeAll(async () => {
  database = await migratedDatabase();
  await moveCrm(database, 'LEGACY');
});
afterAll(() => database.drop());

const PROGRAM = 'subgraphs/crm/tenant-migration/command/crm-tenancy.js';

async function run(...args: string[]): Promise<{ code: unknown; output: string }> {
  const program = startProgram(PROGRAM, { CRM_DATABASE_URL: database.url, DATABASE_URL: database.url }, args);
  return { code: await program.ended, output: program.output() };
}

async function json(...args: string[]) {
  const { code, output } = await run(...args, '--json');
  return { code, report: JSON.parse(output) };
}

const stage = () => database.query('SELECT stage FROM crm_tenancy.schema_stage');

test('it explains itself, and each of its commands', async () => {
  const { code, output } = await run('--help');
  expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('Exit codes:') });
  const names = [...output.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => name);
  expect(names).toEqual(expect.arrayContaining(['status', 'plan', 'expand', 'advance', 'back', 'contract']));
  for (const name of names) {
    expect(await run(String(name), '--help')).toEqual({
      code: 0,
      output: expect.stringContaining(`Usage: npm run crm:tenancy -- ${name}`),
    });
  }
});

test.each([
  [['advnce'], 'There is no command "advnce"'],
  [['status', '--al'], "Unknown option '--al'"],
  [['status', 'yolo'], 'Unexpected argument'],
  [['advance', '--to', 'CUTOVER'], 'Say whom'],
  [['advance', '--all'], 'Say where'],
  [['advance', '--all', '--to', 'THERE'], 'There is no phase "THERE"'],
  [['advance', '--tenant', 'nobody'], 'CRM knows no tenant "nobody"'],
  [['advance', '--all', '--to', 'COMPLETE', '--override', ' '], 'Say why'],
  [['back', '--stage', 'LEGACY', '--to', 'LEGACY'], 'Say where'],
  [['agree', '--keep', 'both'], '--keep is one of'],
  [['knobs', 'speed', '3'], 'There is no knob "speed"'],
  [['knobs', 'legacyCallerWindowMinutes', 'soon'], 'must be a number from 0'],
])('%j is wrong usage: one line, and 2', async (args, text) => {
  const { code, output } = await run(...args);
  expect(output).toContain(text);
  expect(output.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(2);
});

test('from slugs to UUIDs and back, as an operator goes', async () => {
  expect(await json('expand')).toMatchObject({ code: 3, report: { outcome: 'REFUSED' } });
  expect(await json('expand', '--anyway', '--dry-run')).toMatchObject({
    code: 0,
    report: { outcome: 'DRY_RUN', from: 'LEGACY', to: 'EXPANDED' },
  });
  expect(await stage()).toEqual([{ stage: 'LEGACY' }]);
  await legacyCustomer(database, 'yolo');
  await legacyCustomer(database, 'digiwedge');
  await legacyCustomer(database, 'digiwedge');
  expect(await json('expand', '--anyway')).toMatchObject({
    code: 0,
    report: { outcome: 'DONE', isChanged: true },
  });
  expect(await json('expand')).toMatchObject({ code: 0, report: { isChanged: false } });
  expect(await json('status')).toMatchObject({
    code: 0,
    report: {
      stage: 'EXPANDED',
      phases: { LEGACY: 2, DUAL_WRITE: 0 },
      tables: expect.arrayContaining([
        { table: 'customer', rows: 3, withoutUuid: 3, disagreeing: 0, withoutTenant: 0 },
      ]),
    },
  });
  const plan = await json('plan');
  expect(plan.report.steps[0]).toEqual({
    command: 'npm run crm:tenancy -- backfill',
    why: '3 rows have no UUID yet.',
  });
  expect(await json('verify')).toMatchObject({ code: 3, report: { outcome: 'REFUSED' } });

  const refused = await run('advance', '--tenant', 'yolo', '--to', 'CUTOVER');
  expect(refused.code).toBe(3);
  expect(refused.output).toContain("ROWS_WITHOUT_UUID 1, such as 1 rows of crm.customer by 'yolo'");
  expect(refused.output).toContain('Mend: npm run crm:tenancy -- backfill');
  await fillUuids(database);

  expect(await json('advance', '--canary', '--to', 'CUTOVER', '--as', 'thandi')).toMatchObject({
    code: 0,
    report: { slug: 'yolo', outcome: 'ADVANCED' },
  });
  expect(await json('enforce')).toMatchObject({
    code: 3,
    report: {
      gates: expect.arrayContaining([expect.objectContaining({ name: 'TENANTS_BEHIND', count: 1 })]),
    },
  });
  expect(await json('advance', '--all', '--to', 'CUTOVER', '--dry-run')).toMatchObject({
    code: 0,
    report: { tenants: [{ slug: 'digiwedge', outcome: 'WOULD_ADVANCE' }] },
  });
  expect(await json('advance', '--all', '--to', 'CUTOVER')).toMatchObject({
    code: 0,
    report: { tenants: [{ slug: 'digiwedge', outcome: 'ADVANCED' }] },
  });
  expect(await database.query('SELECT DISTINCT changed_by FROM crm_tenancy.tenant_phase ORDER BY 1')).toEqual(
    expect.arrayContaining([{ changed_by: 'thandi' }]),
  );
  expect((await json('enforce')).code).toBe(0);
  expect((await json('verify')).code).toBe(0);
  expect((await json('contract')).code).toBe(3);
  expect((await json('advance', '--all', '--to', 'COMPLETE')).code).toBe(0);
  expect((await json('contract')).code).toBe(0);
  expect(await json('plan')).toMatchObject({ code: 0, report: { stage: 'CONTRACTED', steps: [] } });
  expect((await json('verify')).code).toBe(0);

  expect((await json('back', '--tenant', 'yolo', '--to', 'LEGACY')).code).toBe(3);
  expect(await json('back', '--stage', 'EXPANDED')).toMatchObject({
    code: 0,
    report: { from: 'CONTRACTED', to: 'EXPANDED' },
  });
  expect(await json('back', '--stage', 'LEGACY')).toMatchObject({
    code: 3,
    report: { gates: [expect.objectContaining({ name: 'TENANTS_AHEAD', count: 2 })] },
  });
  expect(await json('back', '--all', '--to', 'LEGACY')).toMatchObject({
    code: 0,
    report: { tenants: [{ from: 'COMPLETE' }, { from: 'COMPLETE' }] },
  });
  expect((await json('back', '--stage', 'LEGACY')).code).toBe(0);
  expect(await database.query('SELECT tenant_id FROM crm.customer ORDER BY 1')).toEqual([
    { tenant_id: 'digiwedge' },
    { tenant_id: 'digiwedge' },
    { tenant_id: 'yolo' },
  ]);
});

test('a knob is turned, listed and let go', async () => {
  const value = async (...args: string[]) => {
    const { report } = await json('knobs', ...args);
    return report.knobs.find(({ name }: { name: string }) => name === 'legacyCallerWindowMinutes').value;
  };
  expect(await value('legacyCallerWindowMinutes', '5', '--dry-run')).toBe(1_440);
  expect(await value('legacyCallerWindowMinutes', '5')).toBe(5);
  expect(await value()).toBe(5);
  expect(await value('legacyCallerWindowMinutes', '--reset')).toBe(1_440);
});

test('who sent slugs, and which reads differed', async () => {
  await database.query(
    `INSERT INTO crm_tenancy.legacy_caller
     SELECT 'forms', 'curl/8', '10.0.0.0/24', id, 7, now(), now() FROM crm_live.tenant WHERE slug = 'yolo'`,
  );
  await database.query(
    `INSERT INTO crm_tenancy.read_mismatch (id, tenant_id, statement, only_by_slug, only_by_uuid)
     SELECT gen_random_uuid(), id, 'SELECT 1', '[{"id": 1}]', '[]' FROM crm_live.tenant WHERE slug = 'yolo'`,
  );
  expect(await json('ledger', '--tenant', 'yolo')).toMatchObject({
    code: 0,
    report: { callers: [{ tenant: 'yolo', clientId: 'forms', uses: 7 }] },
  });
  expect(await json('ledger', '--tenant', 'digiwedge')).toMatchObject({ report: { callers: [] } });
  expect(await json('mismatches', '--tenant', 'yolo')).toMatchObject({
    code: 0,
    report: { differed: 1, mismatches: [{ statement: 'SELECT 1', onlyBySlug: [{ id: 1 }], onlyByUuid: [] }] },
  });
  expect(await json('mismatches', '--tenant', 'yolo', '--clear')).toMatchObject({ report: { cleared: 1 } });
  expect(await json('mismatches', '--tenant', 'yolo')).toMatchObject({ report: { differed: 0 } });
});
