import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { migrate } from '../../shared/database/migrator';
import { crm as crmModule } from '../../subgraphs/crm/subgraph';
import { readBackfillProgress } from '../../subgraphs/crm/tenant-migration/backfill/progress';
import { runBackfill } from '../../subgraphs/crm/tenant-migration/backfill/run-backfill';
import { setKnob } from '../../subgraphs/crm/tenant-migration/knobs/knobs';
import { mapSlug } from '../../subgraphs/crm/tenant-migration/quarantine/map-slug';
import { startProgram } from '../testkit/child-process';
import { eventually } from '../testkit/eventually';
import { startOwnServer } from '../testkit/own-server';
import {
  addLeads,
  CLUB_ID,
  type LegacyCrm,
  leadsByTenant,
  legacyCrm,
  makeLegacyCrm,
  YOLO_TENANT_ID,
} from './old-rows';

jest.setTimeout(120_000);

const PROGRAM = 'subgraphs/crm/tenant-migration/command/crm-tenancy.js';

let crm: LegacyCrm;
afterEach(() => crm.drop());

/** Batches of ten rows with a rest after each, so that a moment in the middle can be met. */
async function goSlowly(): Promise<void> {
  const knobs = { backfillMaxBatch: 10, backfillMinBatch: 10, backfillRestMs: 20 };
  for (const [name, value] of Object.entries(knobs)) await setKnob(crm.owner, { name, value, by: 'test' });
}

const DONE_LEADS = 'SELECT count(*)::int AS done FROM crm.lead WHERE tenant_uuid IS NOT NULL';

async function untilDone(rows: number): Promise<void> {
  await eventually(
    () => crm.database.query<{ done: number }>(DONE_LEADS),
    ([lead]) => expect(lead?.done).toBeGreaterThan(rows),
  );
}

test('a process that is killed in the middle of its work leaves nothing half done, and the next one goes on', async () => {
  crm = await legacyCrm();
  await addLeads(crm, 600, 'yolo');
  await addLeads(crm, 20, 'of-nobody');
  await crm.expand();
  await goSlowly();
  const environment = { CRM_DATABASE_URL: crm.database.url, DATABASE_URL: crm.database.url };
  for (const rows of [50, 150, 250, 350]) {
    const program = startProgram(PROGRAM, environment, ['backfill']);
    await untilDone(rows);
    await sleep(Math.random() * 50);
    program.process.kill('SIGKILL');
    expect(await program.ended).toBe('SIGKILL');
  }
  const [lead] = await readBackfillProgress(crm.owner);
  expect(lead).toMatchObject({ table: 'lead', state: 'RUNNING', rowsTotal: 620 });
  const [filled] = await crm.database.query<{ done: number }>(DONE_LEADS);
  const [listed] = await crm.database.query<{ rows: number }>(
    'SELECT count(*)::int AS rows FROM crm_tenancy.quarantined_row',
  );
  expect((filled?.done ?? 0) + (listed?.rows ?? 0)).toBe(lead?.rowsDone);

  const last = startProgram(PROGRAM, environment, ['backfill']);
  expect(await last.ended).toBe(0);
  expect(last.output()).toContain('lead: 620 rows, goes on behind');
  expect((await readBackfillProgress(crm.owner))[0]).toMatchObject({ state: 'DONE', rowsDone: 620 });
  expect(await leadsByTenant(crm)).toEqual([
    { slug: 'of-nobody', tenant: null, leads: 20 },
    { slug: 'yolo', tenant: YOLO_TENANT_ID, leads: 600 },
  ]);
});

test('writers of the old version and renames in the middle of it lose no row and mistake no tenant', async () => {
  crm = await legacyCrm();
  await addLeads(crm, 300, 'yolo');
  await addLeads(crm, 150, 'Yolo ');
  await addLeads(crm, 150, 'club');
  await mapSlug(crm.owner, { slug: 'Yolo ', tenantId: YOLO_TENANT_ID, by: 'test' });
  await crm.expand();
  await goSlowly();
  const client = new Client({ connectionString: crm.database.url });
  await client.connect();
  let isOver = false;
  let written = 0;
  const write = async () => {
    while (!isOver) {
      for (const slug of ['club', 'Yolo ', 'of-nobody']) await addLeads(crm, 1, slug);
      written += 1;
      await client.query(
        `UPDATE crm.lead SET status = 'CONTACTED' WHERE message = '7' AND tenant_id = 'club'`,
      );
    }
  };
  const rename = async () => {
    for (let turn = 1; !isOver; turn += 1) {
      const slug = turn % 2 === 0 ? 'yolo' : 'yolo-2';
      await crm.database.query('UPDATE crm.tenant SET slug = $2 WHERE id = $1', [YOLO_TENANT_ID, slug]);
    }
  };
  try {
    const others = [write(), rename()];
    expect(await runBackfill(crm.owner, { report: () => undefined })).toBe('DONE');
    isOver = true;
    await Promise.all(others);
  } finally {
    isOver = true;
    await client.end();
  }
  await crm.database.query(`UPDATE crm.tenant SET slug = 'yolo' WHERE id = $1`, [YOLO_TENANT_ID]);
  expect(await runBackfill(crm.owner, { report: () => undefined })).toBe('DONE');
  expect(written).toBeGreaterThan(1);
  expect(await leadsByTenant(crm)).toEqual([
    { slug: 'club', tenant: CLUB_ID, leads: 150 + written },
    { slug: 'of-nobody', tenant: null, leads: written },
    { slug: 'yolo', tenant: YOLO_TENANT_ID, leads: 450 + written },
  ]);
  expect(await crm.database.query('SELECT count(*)::int AS rows FROM crm_tenancy.quarantined_row')).toEqual([
    { rows: written },
  ]);
});

test('a run outlives crashes of PostgreSQL, and no row is lost or done twice', async () => {
  const server = await startOwnServer();
  await migrate({ name: 'crm', migrations: crmModule.migrations, location: { url: server.url } });
  crm = await makeLegacyCrm({ url: server.url, query: server.query, drop: server.stop });
  await addLeads(crm, 600, 'yolo');
  await crm.expand();
  await goSlowly();
  const environment = { CRM_DATABASE_URL: server.url, DATABASE_URL: server.url };
  const program = startProgram(PROGRAM, environment, ['backfill']);
  for (const rows of [50, 250, 400]) {
    await untilDone(rows);
    await server.crash();
  }
  expect(await program.ended).toBe(0);
  expect(program.output()).toMatch(/lead: .*; tries again in \d+ ms \(attempt 1\)/);
  expect((await readBackfillProgress(crm.owner))[0]).toMatchObject({
    state: 'DONE',
    rowsDone: 600,
    rowsFailed: 0,
  });
  expect(await leadsByTenant(crm)).toEqual([{ slug: 'yolo', tenant: YOLO_TENANT_ID, leads: 600 }]);
});
