import { Client } from 'pg';
import {
  backfillKnobs,
  pauseBackfill,
  resumeBackfill,
} from '../../subgraphs/crm/tenant-migration/backfill/knobs';
import { readBackfillProgress } from '../../subgraphs/crm/tenant-migration/backfill/progress';
import { runBackfill } from '../../subgraphs/crm/tenant-migration/backfill/run-backfill';
import { setKnob } from '../../subgraphs/crm/tenant-migration/knobs/knobs';
import { countRows, progressByTenant } from '../../subgraphs/crm/tenant-migration/phases/count-rows';
import { mapSlug } from '../../subgraphs/crm/tenant-migration/quarantine/map-slug';
import { eventually } from '../testkit/eventually';
import {
  addCustomer,
  addInstallation,
  addJourney,
  addLeads,
  addSegment,
  CLUB_ID,
  contentOf,
  type LegacyCrm,
  leadsByTenant,
  legacyCrm,
  quarantineOf,
  YOLO_TENANT_ID,
} from './old-rows';

let crm: LegacyCrm;
let lines: string[];
beforeEach(async () => {
  crm = await legacyCrm();
  lines = [];
});
afterEach(() => crm.drop());

const report = (line: string) => lines.push(line);
/** Batches so small that a few rows make many. */
const small = { backfillMinBatch: 10, backfillMaxBatch: 10 };
const run = (options: Partial<Parameters<typeof runBackfill>[1]> = {}) =>
  runBackfill(crm.owner, { report, ...options });
const DONE_LEADS = 'SELECT count(*)::int AS done FROM crm.lead WHERE tenant_uuid IS NOT NULL';
const progressOf = async (table: string) =>
  (await readBackfillProgress(crm.owner)).find((progress) => progress.table === table);

test('every row of every table gets the UUID of the tenant that its slug names', async () => {
  await addLeads(crm, 250, 'yolo');
  await addLeads(crm, 120, 'club');
  await addCustomer(crm, 'yolo');
  await addSegment(crm, 'club', 'Best');
  await addJourney(crm, 'yolo', 'Welcome');
  await addInstallation(crm, 'club', 1);
  await crm.expand();
  const before = await contentOf(crm);

  expect(await run({ knobs: small })).toBe('DONE');

  const idOf: Record<string, string> = { yolo: YOLO_TENANT_ID, club: CLUB_ID };
  const withUuid = before.map((entry) => {
    const { table, row } = entry as { table: string; row: { tenant_id: string } };
    return { table, row: { ...row, tenant_uuid: idOf[row.tenant_id] } };
  });
  expect(await contentOf(crm)).toEqual(expect.arrayContaining(withUuid));
  expect(await contentOf(crm)).toHaveLength(before.length);
  expect(await quarantineOf(crm)).toEqual([]);
  expect(await progressOf('lead')).toMatchObject({
    state: 'DONE',
    rowsTotal: 370,
    rowsDone: 370,
    rowsLeft: 0,
    rowsFailed: 0,
    eta: null,
  });
  expect(progressByTenant(await countRows(crm.owner))).toEqual(
    expect.arrayContaining([{ tenantId: YOLO_TENANT_ID, slug: 'yolo', rowsDone: 254, rowsLeft: 0 }]),
  );
});

test('a run that is broken off goes on where it was, and no row is done twice', async () => {
  await addLeads(crm, 300, 'yolo');
  await crm.expand();
  const stop = new AbortController();
  const broken = run({ knobs: { ...small, backfillRestMs: 5 }, signal: stop.signal });
  await eventually(
    () => progressOf('lead'),
    (lead) => expect(lead?.rowsDone).toBeGreaterThan(50),
  );
  stop.abort();
  expect(await broken).toBe('INTERRUPTED');
  const halfway = await progressOf('lead');
  expect(halfway).toMatchObject({ state: 'STOPPED', holdReason: 'the run was interrupted; run it again' });
  expect(halfway?.rowsDone).toBeLessThan(300);
  expect(halfway?.eta?.seconds).toBeGreaterThan(0);
  const done = halfway?.rowsDone ?? 0;
  expect(await leadsByTenant(crm)).toEqual([
    { slug: 'yolo', tenant: YOLO_TENANT_ID, leads: done },
    { slug: 'yolo', tenant: null, leads: 300 - done },
  ]);

  expect(await run({ knobs: small })).toBe('DONE');
  expect(lines).toContain(`lead: 300 rows, goes on behind ${done}`);
  expect(await progressOf('lead')).toMatchObject({ rowsDone: 300, rowsTotal: 300 });
  expect(await leadsByTenant(crm)).toEqual([{ slug: 'yolo', tenant: YOLO_TENANT_ID, leads: 300 }]);
});

test('a run outlives connections that are ended under its statements', async () => {
  await addLeads(crm, 300, 'yolo');
  await crm.expand();
  const running = run({ knobs: { ...small, backfillRestMs: 5 } });
  for (const rows of [30, 150]) {
    await eventually(
      () => crm.database.query<{ done: number }>(DONE_LEADS),
      ([lead]) => expect(lead?.done).toBeGreaterThan(rows),
    );
    await crm.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'tenant-graph crm tenancy'`,
    );
  }
  expect(await running).toBe('DONE');
  expect(await progressOf('lead')).toMatchObject({ rowsDone: 300, rowsFailed: 0 });
  expect(await leadsByTenant(crm)).toEqual([{ slug: 'yolo', tenant: YOLO_TENANT_ID, leads: 300 }]);
});

test('two runs at once share the rows', async () => {
  await addLeads(crm, 400, 'yolo');
  await crm.expand();
  expect(await Promise.all([run({ knobs: small }), run({ knobs: small })])).toEqual(['DONE', 'DONE']);
  expect(await progressOf('lead')).toMatchObject({ state: 'DONE', rowsDone: 400 });
  expect(await leadsByTenant(crm)).toEqual([{ slug: 'yolo', tenant: YOLO_TENANT_ID, leads: 400 }]);
});

test('a row that PostgreSQL refuses goes on the quarantine list alone, and is tried again by the next run', async () => {
  await addLeads(crm, 200, 'yolo');
  await crm.expand();
  await crm.database.query(`ALTER TABLE crm.lead ADD CONSTRAINT not_77 CHECK (message <> '77') NOT VALID`);

  expect(await run({ knobs: { backfillMinBatch: 100, backfillMaxBatch: 100 } })).toBe('DONE');
  expect(await progressOf('lead')).toMatchObject({ rowsDone: 200, rowsFailed: 1 });
  expect(
    await crm.database.query(
      `SELECT l.message, q.reason, q.slug, q.detail FROM crm_tenancy.quarantined_row q
       JOIN crm.lead l ON l.id = (q.row_key->>'id')::uuid`,
    ),
  ).toEqual([
    {
      message: '77',
      reason: 'FAILED',
      slug: 'yolo',
      detail: expect.stringContaining('violates check constraint "not_77"'),
    },
  ]);
  expect(await leadsByTenant(crm)).toEqual([
    { slug: 'yolo', tenant: YOLO_TENANT_ID, leads: 199 },
    { slug: 'yolo', tenant: null, leads: 1 },
  ]);

  await crm.database.query('ALTER TABLE crm.lead DROP CONSTRAINT not_77');
  expect(await run()).toBe('DONE');
  expect(await quarantineOf(crm)).toEqual([]);
  expect(await leadsByTenant(crm)).toEqual([{ slug: 'yolo', tenant: YOLO_TENANT_ID, leads: 200 }]);
});

test('it stops, and says so, when more than half of a batch fails', async () => {
  await addLeads(crm, 200, 'yolo');
  await addCustomer(crm, 'yolo');
  await crm.expand();
  await crm.database.query(`ALTER TABLE crm.lead ADD CONSTRAINT nothing CHECK (message = '') NOT VALID`);
  expect(await run({ knobs: { backfillMinBatch: 40, backfillMaxBatch: 40 } })).toBe('STOPPED');
  const why = '21 of the last 21 rows failed; see the quarantine list';
  expect(await progressOf('lead')).toMatchObject({
    state: 'STOPPED',
    holdReason: why,
    rowsDone: 21,
    rowsFailed: 21,
  });
  expect(lines).toContain(`lead: stops, ${why}`);
  expect(await progressOf('customer')).toMatchObject({ state: 'DONE', rowsDone: 1 });
});

test('it pauses before its next batch and goes on when it may, with the knobs of that moment', async () => {
  await addLeads(crm, 300, 'yolo');
  await crm.expand();
  await setKnob(crm.owner, { name: 'backfillMinBatch', value: 10, by: 'test' });
  await setKnob(crm.owner, { name: 'backfillMaxBatch', value: 10, by: 'test' });
  await pauseBackfill(crm.owner, { by: 'Thandi' });
  const running = run();
  await eventually(
    () => progressOf('lead'),
    (lead) =>
      expect(lead).toMatchObject({ state: 'PAUSED', holdReason: 'paused by Thandi', isWorkedOn: true }),
  );
  expect(await progressOf('lead')).toMatchObject({ rowsDone: 0 });
  await setKnob(crm.owner, { name: 'backfillMaxBatch', value: 200, by: 'test' });
  await setKnob(crm.owner, { name: 'backfillMinBatch', value: 200, by: 'test' });
  await resumeBackfill(crm.owner, { by: 'Thandi' });
  expect(await running).toBe('DONE');
  expect(await progressOf('lead')).toMatchObject({ rowsDone: 300, batchSize: 200 });
  expect(lines).toEqual(expect.arrayContaining(['lead: waits, paused by Thandi', 'lead: goes on']));
});

test('a knob takes no value beyond its range, and no other name', async () => {
  const set = (name: string, value: number) => setKnob(crm.owner, { name, value, by: 'test' });
  await expect(set('backfillMaxBatch', backfillKnobs.backfillMaxBatch.max + 1)).rejects.toThrow(
    'from 1 to 20000',
  );
  await expect(set('backfillPaused', 1)).rejects.toThrow('must be one of');
  expect(await crm.database.query('SELECT * FROM crm_tenancy.setting')).toEqual([]);
});

test('it holds while requests wait for locks, and while a batch itself gets none it tries again', async () => {
  await addLeads(crm, 50, 'yolo');
  await crm.expand();
  const holder = new Client({ connectionString: crm.database.url });
  const waiter = new Client({ connectionString: crm.database.url, application_name: 'tenant-graph crm' });
  await Promise.all([holder.connect(), waiter.connect()]);
  try {
    await holder.query('BEGIN');
    await holder.query(`SELECT FROM crm.lead WHERE message = '1' FOR UPDATE`);
    const waiting = waiter.query(`UPDATE crm.lead SET message = 'x' WHERE message = '1'`);
    const running = run({ knobs: { ...small, backfillMaxLockWaits: 0 } });
    await eventually(
      () => progressOf('lead'),
      (lead) =>
        expect(lead).toMatchObject({
          state: 'HELD',
          holdReason: 'requests that wait for a lock: 1 (limit 0)',
        }),
    );
    await setKnob(crm.owner, { name: 'backfillMaxLockWaits', value: 5, by: 'test' });
    await holder.query('COMMIT');
    await waiting;
    expect(await running).toBe('DONE');
  } finally {
    await Promise.all([holder.end(), waiter.end()]);
  }
  expect(await leadsByTenant(crm)).toEqual([{ slug: 'yolo', tenant: YOLO_TENANT_ID, leads: 50 }]);
});

test('a lock that is not free in time is tried again, and no row is lost by it', async () => {
  await addLeads(crm, 50, 'yolo');
  await crm.expand();
  const holder = new Client({ connectionString: crm.database.url });
  await holder.connect();
  try {
    await holder.query('BEGIN');
    await holder.query(`SELECT FROM crm.lead WHERE message = '1' FOR UPDATE`);
    const running = run({ knobs: small });
    await eventually(
      () => lines.join('\n'),
      (said) => expect(said).toMatch(/lead: canceling statement due to lock timeout; tries again in \d+ ms/),
    );
    await holder.query('COMMIT');
    expect(await running).toBe('DONE');
  } finally {
    await holder.end();
  }
  expect(await progressOf('lead')).toMatchObject({ rowsDone: 50, rowsFailed: 0 });
});

test('rows whose text names nobody wait on the quarantine list, and nothing is guessed', async () => {
  await addLeads(crm, 5, 'yolo');
  await addLeads(crm, 7, 'Yolo ');
  await addLeads(crm, 3, '');
  await addLeads(crm, 2, null);
  await addLeads(crm, 1, YOLO_TENANT_ID);
  await addCustomer(crm, 'of-nobody');
  await crm.expand();
  expect(await run()).toBe('DONE');
  expect(await quarantineOf(crm)).toEqual([
    { table: 'customer', slug: 'of-nobody', reason: 'UNKNOWN_SLUG', rows: 1 },
    { table: 'lead', slug: '', reason: 'BLANK_SLUG', rows: 3 },
    { table: 'lead', slug: YOLO_TENANT_ID, reason: 'UNKNOWN_SLUG', rows: 1 },
    { table: 'lead', slug: 'Yolo ', reason: 'UNKNOWN_SLUG', rows: 7 },
    { table: 'lead', slug: null, reason: 'BLANK_SLUG', rows: 2 },
  ]);
  expect(await leadsByTenant(crm)).toContainEqual({ slug: 'Yolo ', tenant: null, leads: 7 });
});

test('rows of unknown tenants that come in behind the cursor are found too', async () => {
  await addLeads(crm, 100, 'yolo');
  await crm.expand();
  expect(await run({ knobs: small })).toBe('DONE');
  await crm.database.query(`UPDATE crm_tenancy.backfill SET state = 'RUNNING' WHERE table_name = 'lead'`);
  await addLeads(crm, 25, 'of-nobody');
  expect(await run({ knobs: small })).toBe('DONE');
  expect(await quarantineOf(crm)).toEqual([
    { table: 'lead', slug: 'of-nobody', reason: 'UNKNOWN_SLUG', rows: 25 },
  ]);
});

test('what was mapped before gets the tenant’s slug in today’s spelling, and its own text is kept', async () => {
  await addLeads(crm, 25, 'Yolo ');
  await addInstallation(crm, 'Yolo ', 1);
  await mapSlug(crm.owner, { slug: 'Yolo ', tenantId: YOLO_TENANT_ID, by: 'test' });
  await crm.expand();
  expect(await run({ knobs: small })).toBe('DONE');
  // As a writer of the old version does it: the trigger fills the UUID in, and spells the slug as it is today.
  await addLeads(crm, 1, 'Yolo ');
  expect(await run({ knobs: small })).toBe('DONE');
  expect(await leadsByTenant(crm)).toEqual([{ slug: 'yolo', tenant: YOLO_TENANT_ID, leads: 26 }]);
  expect(
    await crm.database.query(
      `SELECT table_name AS table, column_name AS column, value, count(*)::int AS rows
       FROM crm_tenancy.original_value GROUP BY 1, 2, 3 ORDER BY 1`,
    ),
  ).toEqual([
    { table: 'lead', column: 'tenant_id', value: 'Yolo ', rows: 25 },
    { table: 'template_pack_installation', column: 'tenant_id', value: 'Yolo ', rows: 1 },
  ]);
  expect(
    await crm.database.query('SELECT tenant_id, tenant_uuid FROM crm.template_pack_installation'),
  ).toEqual([{ tenant_id: 'yolo', tenant_uuid: YOLO_TENANT_ID }]);
});

test('segments that all tenants shared become each tenant’s own, and Yolo’s are those of its own pack', async () => {
  await addSegment(crm, null, 'At Risk', { isSystem: true });
  await addSegment(crm, '', 'Members', { isSystem: true });
  await addSegment(crm, 'club', 'Members');
  await addLeads(crm, 1, 'yolo');
  await crm.expand();
  const segments = () =>
    crm.database.query<{ slug: string; name: string }>(
      `SELECT tenant_id AS slug, name, is_system AS "isSystem", pack_key AS pack FROM crm.segment ORDER BY 1, 2`,
    );

  expect(await run()).toBe('DONE');
  const first = await segments();
  expect(first.filter(({ slug }) => slug === 'club')).toEqual([
    { slug: 'club', name: 'At Risk', isSystem: true, pack: 'CLUB' },
    { slug: 'club', name: 'Members', isSystem: false, pack: null },
  ]);
  const ofYolo = first.filter(({ slug }) => slug === 'yolo');
  expect(ofYolo.map(({ name }) => name)).toContain('Prospect');
  expect(ofYolo).toEqual(
    ofYolo.map(({ name }) => ({ slug: 'yolo', name, isSystem: true, pack: 'YOLO_B2B' })),
  );
  expect(first).toHaveLength(2 + ofYolo.length);
  expect(
    await crm.database.query(`SELECT content->>'name' AS name FROM crm_tenancy.retired_row ORDER BY 1`),
  ).toEqual([{ name: 'At Risk' }, { name: 'Members' }]);

  expect(await run()).toBe('DONE');
  expect(await segments()).toEqual(first);
});

test('rows of a parent of another tenant are noted', async () => {
  const customer = await addCustomer(crm, 'club');
  await addLeads(crm, 3, 'yolo');
  await crm.database.query(`UPDATE crm.lead SET customer_id = $1 WHERE message = '1'`, [customer]);
  await crm.database.query(`UPDATE crm.lead SET customer_id = gen_random_uuid() WHERE message = '2'`);
  await addJourney(crm, 'yolo', 'Welcome', 'club');
  await crm.expand();
  expect(await run()).toBe('DONE');
  expect(await quarantineOf(crm)).toEqual([
    { table: 'journey_step', slug: 'club', reason: 'ORPHAN', rows: 2 },
    { table: 'lead', slug: 'yolo', reason: 'ORPHAN', rows: 2 },
  ]);
});

test('it runs in the stage EXPANDED alone', async () => {
  await expect(run()).rejects.toThrow("CRM's schema is in the stage LEGACY");
});

test('a batch that takes too long is ended and split, and no row fails by it', async () => {
  await addLeads(crm, 40, 'yolo');
  await crm.expand();
  await crm.database.query(`
    CREATE FUNCTION crm.slowly() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END $$;
    CREATE TRIGGER slowly BEFORE UPDATE ON crm.lead FOR EACH ROW EXECUTE FUNCTION crm.slowly()`);
  expect(await run({ knobs: { backfillTargetMs: 100, backfillMinBatch: 1 } })).toBe('DONE');
  expect(lines.join('\n')).toContain(
    'a batch of 200 rows failed and is split: canceling statement due to statement timeout',
  );
  expect(await progressOf('lead')).toMatchObject({ state: 'DONE', rowsDone: 40, rowsFailed: 0 });
  expect(await leadsByTenant(crm)).toEqual([{ slug: 'yolo', tenant: YOLO_TENANT_ID, leads: 40 }]);
});
