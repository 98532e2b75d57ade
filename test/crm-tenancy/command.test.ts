import { Client } from 'pg';
import { startProgram } from '../testkit/child-process';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';
import { legacyCustomer, legacyLead, migratedDatabase } from './legacy-rows';
import { moveCrm } from './stage-of-crm';

jest.setTimeout(120_000);

let database: TestDatabase;
beforeAll(async () => {
  database = await migratedDatabase();
  await moveCrm(database, 'LEGACY');
});
afterAll(() => database.drop());

const PROGRAM = 'subgraphs/crm/tenant-migration/command/crm-tenancy.js';

const start = (...args: string[]) =>
  startProgram(PROGRAM, { CRM_DATABASE_URL: database.url, DATABASE_URL: database.url }, args);

async function run(...args: string[]): Promise<{ code: unknown; output: string }> {
  const program = start(...args);
  return { code: await program.ended, output: program.output() };
}

async function json(...args: string[]) {
  const { code, output } = await run(...args, '--json');
  return { code, report: JSON.parse(output) };
}

/** What the audit trail has of the operator, in the order in which it was done. */
const auditOf = (actor: string) =>
  database.query(
    `SELECT action, record_id AS "recordId", before, after FROM crm.audit_entry WHERE actor = $1
     ORDER BY occurred_at, position`,
    [actor],
  );

const stage = () => database.query('SELECT stage FROM crm_tenancy.schema_stage');

test('it explains itself, and wrong usage ends with 2 and one line', async () => {
  const { code, output } = await run('--help');
  expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('Exit codes:') });
  expect(await run('rehearse', '--help')).toEqual({
    code: 0,
    output: expect.stringContaining('Usage: npm run crm:tenancy -- rehearse'),
  });
  for (const [args, text] of [
    [['advnce'], 'There is no command "advnce"'],
    [['status', '--al'], "Unknown option '--al'"],
    [['advance', '--tenant', 'nobody'], 'CRM knows no tenant "nobody"'],
  ] as const) {
    const wrong = await run(...args);
    expect(wrong).toMatchObject({ code: 2, output: expect.stringContaining(text) });
    expect(wrong.output.trim().split('\n')).toHaveLength(1);
    expect(await json(...args)).toEqual({
      code: 2,
      report: { outcome: 'WRONG_USAGE', message: expect.stringContaining(text) },
    });
  }
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
  expect((await json('backfill', '--dry-run')).report.tables).toContainEqual(
    expect.objectContaining({ table: 'customer', withoutUuid: 3 }),
  );
  const filled = await run('backfill');
  expect(filled).toMatchObject({ code: 0, output: expect.stringContaining('Done after') });
  expect(filled.output).toMatch(/^customer +3 +3 +0 +DONE$/m);

  expect((await run('status')).output).toMatch(/^customer +3 +0 +DONE$/m);
  const before = await run('status', '--tenant', 'yolo');
  expect(before).toMatchObject({ code: 0, output: expect.stringMatching(/^yolo: LEGACY since .*, by /) });
  expect(before.output).toContain(
    'Rows: 1 with their UUID, 0 without\nBefore DUAL_WRITE:\n  every gate is open',
  );
  expect((await json('status')).report.tenants).toContainEqual(
    expect.objectContaining({ slug: 'yolo', rowsDone: 1, rowsLeft: 0 }),
  );

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
  expect(
    await database.query(
      `SELECT action, before, after FROM crm.audit_entry e JOIN crm.tenant t ON t.id = e.tenant_key
       WHERE e.actor = 'thandi' AND t.slug = 'yolo'`,
    ),
  ).toEqual([{ action: 'advanceCrmTenant', before: { phase: 'LEGACY' }, after: { phase: 'CUTOVER' } }]);
  expect((await json('enforce')).code).toBe(0);
  expect((await json('contract')).code).toBe(3);
  expect((await json('advance', '--all', '--to', 'COMPLETE')).code).toBe(0);
  expect((await json('contract')).code).toBe(0);
  expect(await json('plan')).toMatchObject({ code: 0, report: { stage: 'CONTRACTED', steps: [] } });
  expect((await json('verify')).code).toBe(0);
  expect(await run('agree')).toEqual({
    code: 0,
    output: 'Nothing can disagree: at the stage CONTRACTED no row names its tenant twice.\n',
  });

  for (const passed of ['expand', 'enforce']) {
    const { code, report } = await json(passed);
    expect({ code, what: report.what }).toEqual({ code: 3, what: expect.stringContaining('back --stage') });
  }
  expect(await stage()).toEqual([{ stage: 'CONTRACTED' }]);
  expect((await json('back', '--tenant', 'yolo', '--to', 'LEGACY')).code).toBe(3);
  expect((await json('back', '--all', '--to', 'LEGACY', '--dry-run')).code).toBe(3);
  expect(await json('back', '--stage', 'EXPANDED', '--as', 'lindiwe')).toMatchObject({
    code: 0,
    report: { from: 'CONTRACTED', to: 'EXPANDED' },
  });
  expect(await auditOf('lindiwe')).toMatchObject([
    { action: 'moveCrmSchema', before: { stage: 'CONTRACTED' }, after: { stage: 'ENFORCED' } },
    { action: 'moveCrmSchema', before: { stage: 'ENFORCED' }, after: { stage: 'EXPANDED' } },
  ]);
  expect(await json('back', '--stage', 'LEGACY')).toMatchObject({
    code: 3,
    report: { gates: [expect.objectContaining({ name: 'TENANTS_AHEAD', count: 2 })] },
  });
  expect(await json('back', '--all', '--to', 'LEGACY')).toMatchObject({
    code: 0,
    report: { tenants: [{ from: 'COMPLETE' }, { from: 'COMPLETE' }] },
  });
  expect(await json('back', '--stage', 'LEGACY')).toMatchObject({
    code: 0,
    report: { from: 'EXPANDED', to: 'LEGACY', isChanged: true },
  });
  expect(
    await database.query("SELECT after FROM crm.audit_entry WHERE action = 'takeCrmTenantBack'"),
  ).toEqual([{ after: { phase: 'LEGACY' } }, { after: { phase: 'LEGACY' } }]);
  const again = await run('back', '--stage', 'LEGACY');
  expect(again).toEqual({ code: 0, output: 'The schema is at LEGACY already.\n' });
  expect(await database.query('SELECT tenant_id FROM crm.customer ORDER BY 1')).toEqual([
    { tenant_id: 'digiwedge' },
    { tenant_id: 'digiwedge' },
    { tenant_id: 'yolo' },
  ]);
});

test('a knob is turned, listed and let go', async () => {
  const value = async (...args: string[]) => {
    const { report } = await json('knobs', ...args, '--as', 'knob turner');
    return report.knobs.find(({ name }: { name: string }) => name === 'legacyCallerWindowMinutes').value;
  };
  expect(await value('legacyCallerWindowMinutes', '5', '--dry-run')).toBe(1_440);
  expect(await value('legacyCallerWindowMinutes', '5')).toBe(5);
  expect(await value('legacyCallerWindowMinutes', '5')).toBe(5);
  expect(await value()).toBe(5);
  expect(await value('legacyCallerWindowMinutes', '--reset')).toBe(1_440);
  const turned = { action: 'turnCrmKnob', recordId: 'legacyCallerWindowMinutes' };
  expect(await auditOf('knob turner')).toEqual([
    { ...turned, before: { value: 1_440 }, after: { value: 5 } },
    { ...turned, before: { value: 5 }, after: { value: 1_440 } },
  ]);
  for (const wrong of ['1.5', '0x10', '-1', '']) {
    const { code, output } = await run('knobs', 'backfillMaxBatch', '--', wrong);
    expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining('a whole number from 1') });
  }
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
  for (const cleared of [1, 0]) {
    expect(await json('mismatches', '--tenant', 'yolo', '--clear', '--as', 'sipho')).toMatchObject({
      report: { cleared },
    });
  }
  expect(await auditOf('sipho')).toMatchObject([
    { action: 'clearCrmReadMismatches', before: { mismatches: 1 }, after: { mismatches: 0 } },
  ]);
  expect(await json('mismatches', '--tenant', 'yolo')).toMatchObject({ report: { differed: 0 } });
});

test('unknown slugs are mapped, retired and put back, each after a dry run, and go back with the schema', async () => {
  await legacyCustomer(database, ' Yolo');
  await legacyCustomer(database, 'gone-club');
  await legacyCustomer(database, null);
  const tooEarly = await json('backfill');
  expect(tooEarly).toMatchObject({
    code: 3,
    report: { what: expect.stringContaining('crm:tenancy -- expand') },
  });
  const twice = await Promise.all([json('expand'), json('expand')]);
  expect(twice.map(({ code }) => code)).toEqual([0, 0]);
  expect(twice.map(({ report }) => report.isChanged).sort()).toEqual([false, true]);
  expect((await json('backfill')).code).toBe(0);
  const listed = await json('quarantine');
  expect(listed.code).toBe(3);
  expect(listed.report.entries).toEqual([
    expect.objectContaining({
      slug: ' Yolo',
      reason: 'UNKNOWN_SLUG',
      rows: 1,
      proposal: expect.objectContaining({ slug: 'yolo' }),
    }),
    expect.objectContaining({ slug: 'gone-club', reason: 'UNKNOWN_SLUG', rows: 1, proposal: null }),
    expect.objectContaining({ slug: null, reason: 'BLANK_SLUG', rows: 1, proposal: null }),
  ]);
  expect((await run('quarantine')).output).toContain(
    "may be yolo: npm run crm:tenancy -- map ' Yolo' yolo\n",
  );

  const one = { tables: [{ table: 'customer', rows: 1 }] };
  const asMender = (...args: string[]) => json(...args, '--as', 'mender');
  expect(await asMender('map', ' Yolo', 'yolo', '--dry-run')).toMatchObject({ code: 0, report: one });
  expect(await asMender('map', ' Yolo', 'yolo')).toMatchObject({ code: 0, report: one });
  expect(await asMender('map', ' Yolo', 'yolo')).toMatchObject({ code: 0, report: { tables: [] } });
  expect(await asMender('map', ' Yolo', '--undo')).toMatchObject({ code: 0, report: one });
  expect(await asMender('map', ' Yolo', 'yolo')).toMatchObject({ code: 0, report: one });
  expect(await json('map', ' Yolo', 'digiwedge')).toMatchObject({ code: 3, report: { code: 'CONFLICT' } });
  expect(await json('retire', 'yolo')).toMatchObject({ code: 3, report: { code: 'CONFLICT' } });
  expect(await asMender('retire', 'gone-club', '--dry-run')).toMatchObject({ code: 0, report: one });
  expect(await asMender('retire', 'gone-club')).toMatchObject({ code: 0, report: one });
  expect(await asMender('retire', '--without-slug')).toMatchObject({ code: 0, report: one });
  expect((await json('quarantine')).code).toBe(0);
  expect(await asMender('restore', 'gone-club')).toMatchObject({ code: 0, report: one });
  expect(await asMender('restore', 'gone-club')).toMatchObject({ code: 0, report: { tables: [] } });
  expect(await auditOf('mender')).toMatchObject([
    { action: 'mapCrmSlug', recordId: ' Yolo', before: null, after: one },
    { action: 'unmapCrmSlug', recordId: ' Yolo', before: one, after: null },
    { action: 'mapCrmSlug', recordId: ' Yolo', before: null, after: one },
    { action: 'retireCrmSlug', recordId: 'gone-club', before: one, after: null },
    { action: 'retireCrmSlug', recordId: '', before: { slug: null, ...one }, after: null },
    { action: 'restoreCrmSlug', recordId: 'gone-club', before: null, after: one },
  ]);

  expect((await json('back', '--stage', 'LEGACY', '--as', 'returner')).code).toBe(0);
  expect(await auditOf('returner')).toMatchObject([
    { action: 'putCrmOriginalsBack', after: one },
    { action: 'moveCrmSchema', before: { stage: 'EXPANDED' }, after: { stage: 'LEGACY' } },
  ]);
  expect(await database.query('SELECT tenant_id FROM crm.customer ORDER BY 1')).toEqual(
    [' Yolo', 'digiwedge', 'digiwedge', 'gone-club', 'yolo'].map((tenant_id) => ({ tenant_id })),
  );
});

test('orphans and duplicates are mended, each after a dry run', async () => {
  expect((await json('expand')).code).toBe(0);
  const customerId = await legacyCustomer(database, 'digiwedge', { authUserId: 'twin' });
  const leadId = await legacyLead(database, 'yolo', { customerId });
  await legacyCustomer(database, 'DIGIWEDGE', { authUserId: 'twin' });
  await json('map', 'DIGIWEDGE', 'digiwedge');
  expect((await json('backfill')).code).toBe(0);
  const { report } = await json('quarantine');
  expect(report.entries.map(({ reason }: { reason: string }) => reason)).toEqual([
    'UNKNOWN_SLUG',
    'DUPLICATE',
  ]);
  expect(report.gates).toMatchObject([
    { name: 'ORPHANS', count: 1 },
    { name: 'DUPLICATES', count: 1 },
  ]);
  for (const [option, table] of [
    ['--detach-orphans', 'lead'],
    ['--mend-duplicates', 'customer'],
  ] as const) {
    const changed = { code: 0, report: { tables: [{ table, rows: 1 }] } };
    expect(await json('quarantine', option, '--dry-run')).toMatchObject(changed);
    expect(await json('quarantine', option, '--as', 'tidier')).toMatchObject(changed);
  }
  expect(await auditOf('tidier')).toMatchObject([
    { action: 'detachCrmOrphans', after: { tables: [{ table: 'lead', rows: 1 }] } },
    { action: 'mendCrmDuplicates', after: { tables: [{ table: 'customer', rows: 1 }] } },
  ]);
  expect(await database.query('SELECT customer_id FROM crm.lead WHERE id = $1', [leadId])).toEqual([
    { customer_id: null },
  ]);
});

test('rows that would be there twice are named, with what mends them', async () => {
  await legacyCustomer(database, 'yolo', { authUserId: 'same' });
  const second = await legacyCustomer(database, 'YOLO', { authUserId: 'same' });
  await json('map', 'YOLO', 'yolo');
  await database.query(
    `UPDATE crm.customer SET tenant_uuid = (SELECT id FROM crm.tenant WHERE slug = 'yolo') WHERE id = $1`,
    [second],
  );
  for (const args of [['agree', '--dry-run'], ['agree']]) {
    const { code, output } = await run(...args);
    expect(code).toBe(3);
    expect(output).toMatch(
      /^Refused: rows would be there twice\n {2}DUPLICATES 1, .*Mend: npm run crm:tenancy -- quarantine --mend-duplicates$/m,
    );
  }
  expect((await json('quarantine', '--mend-duplicates')).code).toBe(0);
  const third = await legacyCustomer(database, 'YOLO');
  await database.query(
    `ALTER TABLE crm.customer DISABLE TRIGGER USER;
     UPDATE crm.customer SET tenant_id = 'YOLO' WHERE id = '${third}';
     ALTER TABLE crm.customer ENABLE TRIGGER USER`,
  );
  expect((await json('agree', '--as', 'judge')).code).toBe(0);
  expect(await auditOf('judge')).toMatchObject([
    { action: 'agreeCrmRows', after: { tables: [{ table: 'customer', rows: 1 }], keep: null } },
  ]);
});

test('what the login may not do is told in one line', async () => {
  const right = (verb: string) => `${verb} SELECT ON crm_tenancy.schema_stage`;
  await database.query(`${right('REVOKE')} FROM crm_owner`);
  const told = 'This login may not do it (permission denied for table schema_stage).';
  expect(await run('status')).toEqual({ code: 1, output: expect.stringMatching(/^This login.*\n$/) });
  expect(await json('status')).toMatchObject({
    code: 1,
    report: { code: 'NOT_ALLOWED', message: expect.stringContaining(told) },
  });
  await database.query(`${right('GRANT')} TO crm_owner`);
  expect((await run('status')).code).toBe(0);
});

test('a backfill rests while it is paused, and one that is ended says so', async () => {
  await legacyCustomer(database, 'yolo');
  expect(await json('pause', '--as', 'thandi')).toMatchObject({
    code: 0,
    report: { paused: { by: 'thandi' } },
  });
  const resting = start('backfill');
  await resting.printed('paused by thandi');
  resting.process.kill('SIGINT');
  expect(await resting.ended).toBe(4);
  expect(resting.output()).toContain('Repeat the command to go on.');
  expect(await json('resume', '--as', 'thandi')).toMatchObject({ code: 0, report: { paused: null } });
  expect((await auditOf('thandi')).slice(-2)).toMatchObject([
    { action: 'pauseCrmBackfill' },
    { action: 'resumeCrmBackfill' },
  ]);
  expect((await json('backfill')).code).toBe(0);
});

test('a move of the schema that waits for a lock ends by Ctrl-C, and says where the schema is', async () => {
  await database.query('DELETE FROM crm.lead; DELETE FROM crm.customer');
  await moveCrm(database, 'ENFORCED');
  await database.query("UPDATE crm_tenancy.tenant_phase SET phase = 'COMPLETE'");
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query("SET application_name = 'the clerk'; BEGIN; LOCK TABLE crm.lead IN ACCESS SHARE MODE");
  try {
    const program = start('contract');
    await program.printed('held by pid');
    expect(program.output()).toMatch(/held by pid \d+ \(the clerk of \w+, open for \d+ s\); trying again in/);
    program.process.kill('SIGINT');
    expect(await program.ended).toBe(4);
    expect(program.output()).toContain('Stopped on the way to CONTRACTED; the schema is at ENFORCED.');
  } finally {
    await holder.end();
  }
  expect((await json('contract')).code).toBe(0);
});

test('a command that a table is locked against says by whom, and changes nothing', async () => {
  await moveCrm(database, 'EXPANDED');
  await database.query("UPDATE crm_tenancy.tenant_phase SET phase = 'DUAL_WRITE'");
  const holder = new Client({ connectionString: database.url, application_name: 'the clerk' });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE crm.customer IN ACCESS EXCLUSIVE MODE');
  const back = ['back', '--tenant', 'yolo', '--to', 'LEGACY'];
  try {
    expect(await json(...back)).toEqual({
      code: 1,
      report: {
        outcome: 'FAILED',
        code: 'LOCK_NOT_AVAILABLE',
        message: expect.stringMatching(/pid \d+ \(the clerk of \w+, open for \d+ s\)\. Then repeat/),
      },
    });
  } finally {
    await holder.end();
  }
  expect(await json(...back)).toMatchObject({ code: 0, report: { tenants: [{ isChanged: true }] } });
});

test('a dry run foretells what the tenant’s phase and a reason make of it', async () => {
  await moveCrm(database, 'EXPANDED');
  await database.query("UPDATE crm_tenancy.tenant_phase SET phase = 'LEGACY'");
  const both = async (...args: string[]) => {
    const dry = await json(...args, '--dry-run');
    const real = await json(...args);
    expect(real.code).toBe(dry.code);
    return real;
  };
  expect(await both('back', '--tenant', 'yolo', '--to', 'CUTOVER')).toMatchObject({
    code: 3,
    report: { outcome: 'REFUSED', code: 'CONFLICT', gates: [] },
  });
  await database.query("UPDATE crm_tenancy.tenant_phase SET phase = 'CUTOVER'");
  expect(await both('advance', '--tenant', 'yolo', '--to', 'DUAL_WRITE')).toMatchObject({ code: 3 });
  await database.query("UPDATE crm_tenancy.tenant_phase SET phase = 'LEGACY'");
  const why = ['--override', 'the canary'];
  expect(await both('advance', '--tenant', 'yolo', '--to', 'CUTOVER', ...why)).toMatchObject({ code: 0 });
  await moveCrm(database, 'CONTRACTED');
  expect(await both('backfill')).toMatchObject({ code: 3, report: { code: 'TENANCY_STAGE_WRONG' } });
});

test('the schema goes back in a copy, which has not what its original’s owner was granted on the database', async () => {
  const copy = await createTestDatabase();
  try {
    const addresses = { CRM_DATABASE_URL: copy.url, DATABASE_URL: copy.url };
    const back = startProgram(PROGRAM, addresses, ['back', '--stage', 'ENFORCED']);
    expect({ code: await back.ended, output: back.output() }).toMatchObject({ code: 0 });
    expect(await copy.query('SELECT stage FROM crm_tenancy.schema_stage')).toEqual([{ stage: 'ENFORCED' }]);
  } finally {
    await copy.drop();
  }
});
