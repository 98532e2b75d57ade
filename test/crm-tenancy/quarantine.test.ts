import { Client } from 'pg';
import { runBackfill } from '../../subgraphs/crm/tenant-migration/backfill/run-backfill';
import { countRowsOfAll } from '../../subgraphs/crm/tenant-migration/phases/count-evidence';
import { countDuplicates, mendDuplicates } from '../../subgraphs/crm/tenant-migration/quarantine/duplicates';
import { listQuarantine, surveySlugs } from '../../subgraphs/crm/tenant-migration/quarantine/list-quarantine';
import { mapSlug } from '../../subgraphs/crm/tenant-migration/quarantine/map-slug';
import { putOriginalsBack } from '../../subgraphs/crm/tenant-migration/quarantine/original-values';
import { countOrphans, detachOrphans } from '../../subgraphs/crm/tenant-migration/quarantine/orphans';
import { restoreRetired, retireSlug } from '../../subgraphs/crm/tenant-migration/quarantine/retire-slug';
import { unmapSlug } from '../../subgraphs/crm/tenant-migration/quarantine/unmap-slug';
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
import { moveCrm } from './stage-of-crm';

let crm: LegacyCrm;
beforeEach(async () => {
  crm = await legacyCrm();
});
afterEach(() => crm.drop());

const by = 'Thandi';
const backfill = () => runBackfill(crm.owner, { report: () => undefined });
const toYolo = (slug: string, more: { dryRun?: boolean; limit?: number } = {}) =>
  crm.owner.transaction((runner) => mapSlug(runner, { slug, tenantId: YOLO_TENANT_ID, by, ...more }));

/** Rows of every table under a text that nobody knows. */
async function addUnknown(slug: string): Promise<void> {
  const customer = await addCustomer(crm, slug, { authUserId: 'user-1' });
  await addLeads(crm, 4, slug);
  await crm.database.query(`UPDATE crm.lead SET customer_id = $1 WHERE message = '1'`, [customer]);
  await addSegment(crm, slug, 'Best');
  await addJourney(crm, slug, 'Welcome');
  await addInstallation(crm, slug, 1);
}

const ALL = [
  { table: 'lead', rows: 4 },
  { table: 'customer', rows: 1 },
  { table: 'segment', rows: 1 },
  { table: 'journey_step', rows: 2 },
  { table: 'journey', rows: 1 },
  { table: 'template_pack_installation', rows: 1 },
];

test('the list tells texts with their rows, and proposes the tenant of a text that is only spelled otherwise', async () => {
  await addLeads(crm, 3, 'Yolo ');
  await addCustomer(crm, 'Yolo ');
  await addLeads(crm, 2, 'of-nobody');
  await addLeads(crm, 1, null);
  const entries = [
    {
      slug: 'Yolo ',
      reason: 'UNKNOWN_SLUG',
      rows: 4,
      detail: null,
      tables: [
        { table: 'customer', rows: 1 },
        { table: 'lead', rows: 3 },
      ],
      proposal: { tenantId: YOLO_TENANT_ID, slug: 'yolo', why: 'SPELLING' },
    },
    {
      slug: 'of-nobody',
      reason: 'UNKNOWN_SLUG',
      rows: 2,
      detail: null,
      tables: [{ table: 'lead', rows: 2 }],
      proposal: null,
    },
    {
      slug: null,
      reason: 'BLANK_SLUG',
      rows: 1,
      detail: null,
      tables: [{ table: 'lead', rows: 1 }],
      proposal: null,
    },
  ];
  expect(await surveySlugs(crm.owner)).toEqual(entries);
  expect(await listQuarantine(crm.owner)).toEqual([]);
  await crm.expand();
  await backfill();
  expect(await listQuarantine(crm.owner)).toEqual(entries);
  expect(await surveySlugs(crm.owner)).toEqual(entries);
  expect(await listQuarantine(crm.owner, { limit: 1 })).toEqual(entries.slice(0, 1));
});

test('a mapping gives the tenant its rows; a dry run tells how many and changes nothing', async () => {
  await addUnknown('Yolo ');
  await crm.expand();
  await backfill();
  const before = await contentOf(crm);
  const mapped = { isNew: true, tables: ALL, duplicates: 0, rowsLeft: 0 };
  expect(await toYolo('Yolo ', { dryRun: true })).toEqual(mapped);
  expect(await contentOf(crm)).toEqual(before);
  expect(await crm.database.query('SELECT * FROM crm_tenancy.slug_alias')).toEqual([]);

  expect(await toYolo('Yolo ')).toEqual(mapped);
  const expected = before.map((entry) => {
    const { table, row } = entry as { table: string; row: object };
    return { table, row: { ...row, tenant_id: 'yolo', tenant_uuid: YOLO_TENANT_ID } };
  });
  expect(await contentOf(crm)).toEqual(expect.arrayContaining(expected));
  expect(await quarantineOf(crm)).toEqual([]);
  expect(await crm.database.query('SELECT slug, tenant_id, mapped_by FROM crm_tenancy.slug_alias')).toEqual([
    { slug: 'Yolo ', tenant_id: YOLO_TENANT_ID, mapped_by: by },
  ]);
  expect(await toYolo('Yolo ')).toEqual({ isNew: false, tables: [], duplicates: 0, rowsLeft: 0 });
});

test('a dry run tells which rows would be there twice, as the mapping does then', async () => {
  const segments = { yolo: ['Best'], 'Yolo ': ['Best', 'Own', 'Two'], YOLO: ['Two'] };
  for (const [slug, names] of Object.entries(segments)) {
    for (const name of names) await addSegment(crm, slug, name);
  }
  await addLeads(crm, 2, 'Yolo ');
  await crm.expand();
  await toYolo('YOLO');
  const mapped = {
    isNew: true,
    tables: [
      { table: 'lead', rows: 2 },
      { table: 'segment', rows: 1 },
    ],
    duplicates: 2,
    rowsLeft: 0,
  };
  expect(await toYolo('Yolo ', { dryRun: true })).toEqual(mapped);
  expect(await quarantineOf(crm)).toEqual([]);
  expect(await toYolo('Yolo ')).toEqual(mapped);
  const ofItself = { isNew: false, tables: [{ table: 'segment', rows: 1 }], duplicates: 0, rowsLeft: 0 };
  expect(await toYolo('yolo', { dryRun: true })).toEqual(ofItself);
});

test('a mapping of many rows is done in bounded calls, and is taken back in such', async () => {
  await addLeads(crm, 25, 'Yolo ');
  await crm.expand();
  await backfill();
  const before = await contentOf(crm);
  const unmap = () => crm.owner.transaction((runner) => unmapSlug(runner, { slug: 'Yolo ', limit: 10 }));
  expect(await toYolo('Yolo ', { limit: 10 })).toMatchObject({ tables: [{ rows: 10 }], rowsLeft: 15 });
  expect(await toYolo('Yolo ', { limit: 10 })).toMatchObject({ tables: [{ rows: 10 }], rowsLeft: 5 });
  expect(await toYolo('Yolo ', { limit: 10 })).toMatchObject({ tables: [{ rows: 5 }], rowsLeft: 0 });
  expect(await leadsByTenant(crm)).toEqual([{ slug: 'yolo', tenant: YOLO_TENANT_ID, leads: 25 }]);

  expect(await unmap()).toEqual({
    tables: [{ table: 'lead', rows: 10 }],
    rowsLeft: 15,
    wasMapped: true,
    tenantId: YOLO_TENANT_ID,
  });
  expect(await unmap()).toMatchObject({ rowsLeft: 5, wasMapped: false });
  expect(await unmap()).toMatchObject({ rowsLeft: 0 });
  expect(await contentOf(crm)).toEqual(before);
  expect(await quarantineOf(crm)).toEqual([
    { table: 'lead', slug: 'Yolo ', reason: 'UNKNOWN_SLUG', rows: 25 },
  ]);
  await expect(unmap()).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a text is mapped to one tenant, and to one that there is', async () => {
  await crm.expand();
  const map = (slug: string, tenantId: string) => mapSlug(crm.owner, { slug, tenantId, by });
  await expect(map('club', YOLO_TENANT_ID)).rejects.toMatchObject({ code: 'CONFLICT' });
  await map('Yolo ', YOLO_TENANT_ID);
  await expect(map('Yolo ', CLUB_ID)).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(map('other', 'c0ffee00-0000-4000-8000-000000000000')).rejects.toMatchObject({
    code: 'TENANT_NOT_FOUND',
  });
  await expect(retireSlug(crm.owner, { slug: 'Yolo ', by })).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await crm.database.query('SELECT slug FROM crm_tenancy.slug_alias')).toEqual([{ slug: 'Yolo ' }]);
});

test('a text whose tenant is gone can be mapped anew', async () => {
  await crm.expand();
  await crm.database.query(
    "INSERT INTO crm_tenancy.slug_alias (slug, tenant_id, mapped_by, uses) VALUES ('green', gen_random_uuid(), 'old', 7)",
  );
  await addLeads(crm, 2, 'green');
  expect(await toYolo('green')).toMatchObject({ tables: [{ table: 'lead', rows: 2 }], rowsLeft: 0 });
  expect(
    await crm.database.query('SELECT tenant_id, mapped_by, uses::int FROM crm_tenancy.slug_alias'),
  ).toEqual([{ tenant_id: YOLO_TENANT_ID, mapped_by: by, uses: 0 }]);
});

test('taking a mapping back takes nothing from another tenant that has the slug by now', async () => {
  await addInstallation(crm, 'YOLO', 1);
  await addInstallation(crm, 'club', 3);
  await crm.expand();
  await backfill();
  await toYolo('YOLO');
  await crm.database.query("UPDATE crm.tenant SET slug = 'yolo-golf' WHERE slug = 'yolo'");
  await crm.database.query("UPDATE crm.tenant SET slug = 'yolo' WHERE slug = 'club'");
  const before = await contentOf(crm);
  await crm.owner.transaction((runner) => unmapSlug(runner, { slug: 'YOLO' }));
  expect(await contentOf(crm)).toEqual(before);
});

test('a mapped text that becomes a tenant’s slug means that tenant alone', async () => {
  await crm.expand();
  await toYolo('green');
  await toYolo('blue');
  await addLeads(crm, 2, 'blue');
  const rename = (id: string, slug: string) =>
    crm.database.query('UPDATE crm.tenant SET slug = $2 WHERE id = $1', [id, slug]);
  const aliases = () => crm.database.query('SELECT slug FROM crm_tenancy.slug_alias ORDER BY 1');
  await rename(YOLO_TENANT_ID, 'blue');
  expect(await aliases()).toEqual([{ slug: 'green' }]);
  expect(await crm.database.query('SELECT count(*)::int AS rows FROM crm_live.lead')).toEqual([{ rows: 2 }]);
  await rename(CLUB_ID, 'green');
  expect(await aliases()).toEqual([]);
  await addLeads(crm, 1, 'green');
  expect(await leadsByTenant(crm)).toEqual([
    { slug: 'blue', tenant: YOLO_TENANT_ID, leads: 2 },
    { slug: 'green', tenant: CLUB_ID, leads: 1 },
  ]);
  expect(
    await crm.database.query(
      'SELECT tenant_id AS tenant, count(*)::int AS leads FROM crm_live.lead GROUP BY 1 ORDER BY 2',
    ),
  ).toEqual([
    { tenant: CLUB_ID, leads: 1 },
    { tenant: YOLO_TENANT_ID, leads: 2 },
  ]);
});

test('a writer of the old version who meets a rename waits for it, and its row goes with the tenant', async () => {
  await crm.expand();
  const renaming = new Client({ connectionString: crm.database.url });
  await renaming.connect();
  await renaming.query('BEGIN');
  await renaming.query("UPDATE crm.tenant SET slug = 'yolo-golf' WHERE slug = 'yolo'");
  const written = addLeads(crm, 1, 'yolo');
  await eventually(
    () =>
      crm.database.query(
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'crm.lead'",
      ),
    (waiting) => expect(waiting).toHaveLength(1),
  );
  await renaming.query('COMMIT');
  await renaming.end();
  await written;
  expect(await leadsByTenant(crm)).toEqual([{ slug: 'yolo-golf', tenant: YOLO_TENANT_ID, leads: 1 }]);
});

test('what is retired is gone from the tables and comes back as it was', async () => {
  await addUnknown('of-nobody');
  await addLeads(crm, 2, 'yolo');
  await crm.expand();
  await backfill();
  const [before, listed] = [await contentOf(crm), await quarantineOf(crm)];
  const retire = (dryRun?: boolean) =>
    crm.owner.transaction((runner) => retireSlug(runner, { slug: 'of-nobody', by, dryRun }));
  const restore = (dryRun?: boolean) =>
    crm.owner.transaction((runner) => restoreRetired(runner, { slug: 'of-nobody', dryRun }));

  expect(await retire(true)).toEqual({ tables: ALL, rowsLeft: 0 });
  expect(await contentOf(crm)).toEqual(before);
  expect((await retire()).rowsLeft).toBe(0);
  expect(await contentOf(crm)).toHaveLength(2);
  expect(await quarantineOf(crm)).toEqual([]);
  expect(await retire()).toEqual({ tables: [], rowsLeft: 0 });

  expect((await restore(true)).tables).toEqual(expect.arrayContaining(ALL));
  expect(await contentOf(crm)).toHaveLength(2);
  expect(await restore()).toMatchObject({ rowsLeft: 0 });
  expect(await contentOf(crm)).toEqual(before);
  expect(await quarantineOf(crm)).toEqual(listed);
  expect(await crm.database.query('SELECT * FROM crm_tenancy.retired_row')).toEqual([]);
});

test('what was retired comes back also to a tenant that it was mapped to, past its cut-over', async () => {
  await addLeads(crm, 3, 'of-nobody');
  await crm.expand();
  await retireSlug(crm.owner, { slug: 'of-nobody', by });
  await toYolo('of-nobody');
  await crm.database.query("UPDATE crm_tenancy.tenant_phase SET phase = 'CUTOVER'");
  expect(
    await crm.owner.transaction((runner) => restoreRetired(runner, { slug: 'of-nobody' })),
  ).toMatchObject({
    rowsLeft: 0,
  });
  expect(await leadsByTenant(crm)).toEqual([{ slug: 'yolo', tenant: YOLO_TENANT_ID, leads: 3 }]);
});

test('what was retired of a tenant comes back under its slug of today, whoever has the former one', async () => {
  await addInstallation(crm, 'yolo', 1);
  await addInstallation(crm, 'YOLO', 3);
  await addJourney(crm, 'club', 'Welcome', 'yolo');
  await crm.expand();
  await toYolo('YOLO');
  await backfill();
  await mendDuplicates(crm.owner, { by });
  await detachOrphans(crm.owner, { by });
  await crm.database.query('DELETE FROM crm.template_pack_installation');
  const rename = (id: string, slug: string) =>
    crm.database.query('UPDATE crm.tenant SET slug = $2 WHERE id = $1', [id, slug]);
  await rename(YOLO_TENANT_ID, 'yolo-golf');
  await rename(CLUB_ID, 'yolo');
  expect(await crm.owner.transaction((runner) => restoreRetired(runner, { slug: 'yolo' }))).toMatchObject({
    rowsLeft: 0,
  });
  expect(
    await crm.database.query(
      `SELECT DISTINCT s.tenant_id AS step, i.tenant_id AS pack, s.tenant_uuid = i.tenant_uuid AS "isOne"
       FROM crm.journey_step s CROSS JOIN crm.template_pack_installation i`,
    ),
  ).toEqual([{ step: 'yolo-golf', pack: 'yolo-golf', isOne: true }]);
});

test('taking a mapping back that was broken off takes nothing from another tenant either', async () => {
  await addLeads(crm, 25, 'YOLO');
  await crm.expand();
  await toYolo('YOLO');
  await crm.database.query("UPDATE crm.lead SET tenant_id = 'club', tenant_uuid = $1 WHERE message = '7'", [
    CLUB_ID,
  ]);
  const unmap = () => crm.owner.transaction((runner) => unmapSlug(runner, { slug: 'YOLO', limit: 20 }));
  expect(await unmap()).toMatchObject({ rowsLeft: 4, tenantId: YOLO_TENANT_ID });
  expect(await unmap()).toMatchObject({ rowsLeft: 0, tenantId: null });
  expect(await leadsByTenant(crm)).toEqual([
    { slug: 'YOLO', tenant: null, leads: 24 },
    { slug: 'club', tenant: CLUB_ID, leads: 1 },
  ]);
  expect(await crm.database.query('SELECT column_name, value FROM crm_tenancy.original_value')).toEqual([
    { column_name: 'tenant_id of another', value: 'YOLO' },
  ]);
});

test('rows that are gone or have a tenant by now do not count as waiting, whatever the list says', async () => {
  await addLeads(crm, 2, 'of-nobody');
  await crm.expand();
  await backfill();
  const waiting = async () =>
    (await countRowsOfAll(crm.owner)).find(({ name }) => name === 'QUARANTINED_ROWS')?.count;
  expect(await waiting()).toBe(2);
  await crm.database.query("DELETE FROM crm.lead WHERE message = '1'");
  expect(await waiting()).toBe(1);
  await crm.database.query("UPDATE crm.lead SET tenant_id = 'yolo', tenant_uuid = NULL");
  expect(await waiting()).toBe(0);
});

test('an orphan that is none any more does not wait, whatever the list says', async () => {
  const customer = await addCustomer(crm, 'club');
  await addLeads(crm, 2, 'yolo');
  await crm.database.query('UPDATE crm.lead SET customer_id = $1', [customer]);
  await crm.expand();
  await backfill();
  const listed = async () => ({
    entries: (await listQuarantine(crm.owner)).map(({ reason, rows }) => ({ reason, rows })),
    counts: (await countRowsOfAll(crm.owner)).filter(({ name }) => /ORPHANS|QUARANTINED/.test(name)),
  });
  expect(await listed()).toMatchObject({
    entries: [{ reason: 'ORPHAN', rows: 2 }],
    counts: [{ count: 2 }, { count: 2 }],
  });
  await crm.database.query("UPDATE crm.lead SET customer_id = NULL WHERE message = '1'");
  expect(await listed()).toMatchObject({
    entries: [{ reason: 'ORPHAN', rows: 1 }],
    counts: [{ count: 1 }, { count: 1 }],
  });
  await crm.database.query('UPDATE crm.customer SET tenant_id = $1, tenant_uuid = $2', [
    'yolo',
    YOLO_TENANT_ID,
  ]);
  expect(await listed()).toMatchObject({ entries: [], counts: [{ count: 0 }, { count: 0 }] });
});

test('rows without any text are retired by that, shared segments excepted', async () => {
  await addLeads(crm, 2, null);
  await addLeads(crm, 1, '');
  await addSegment(crm, null, 'Members', { isSystem: true });
  await crm.expand();
  expect(await retireSlug(crm.owner, { slug: null, by })).toEqual({
    tables: [{ table: 'lead', rows: 2 }],
    rowsLeft: 0,
  });
  expect(await contentOf(crm)).toHaveLength(2);
  await restoreRetired(crm.owner, { slug: null });
  expect(await leadsByTenant(crm)).toContainEqual({ slug: null, tenant: null, leads: 2 });
});

test('the steps of a retired journey are kept, whomever they name', async () => {
  await addJourney(crm, 'of-nobody', 'Welcome', 'yolo');
  await crm.expand();
  await backfill();
  const before = await contentOf(crm);
  const tables = [
    { table: 'journey', rows: 1 },
    { table: 'journey_step', rows: 2 },
  ];
  const byName = (a: { table: string }, b: { table: string }) => a.table.localeCompare(b.table);
  for (const dryRun of [true, false]) {
    const retired = await retireSlug(crm.owner, { slug: 'of-nobody', by, dryRun });
    expect(retired.tables.sort(byName)).toEqual(tables);
  }
  expect(await contentOf(crm)).toEqual([]);
  await restoreRetired(crm.owner, { slug: 'of-nobody' });
  expect(await contentOf(crm)).toEqual(before);
});

test('one that is there again meanwhile stays, and so does what was retired', async () => {
  await addInstallation(crm, 'of-nobody', 1);
  await crm.expand();
  await retireSlug(crm.owner, { slug: 'of-nobody', by });
  await addInstallation(crm, 'of-nobody', 2);
  expect(await restoreRetired(crm.owner, { slug: 'of-nobody' })).toEqual({ tables: [], rowsLeft: 1 });
  expect(await crm.database.query('SELECT version FROM crm.template_pack_installation')).toEqual([
    { version: 2 },
  ]);
});

test('orphans are detached, and what they belonged to is kept beside', async () => {
  const customer = await addCustomer(crm, 'club');
  await addLeads(crm, 3, 'yolo');
  await crm.database.query(`UPDATE crm.lead SET customer_id = $1 WHERE message = '1'`, [customer]);
  await addJourney(crm, 'yolo', 'Welcome', 'club');
  await crm.expand();
  await backfill();
  const before = await contentOf(crm);
  const orphans = [
    { table: 'lead', rows: 1 },
    { table: 'journey_step', rows: 2 },
  ];
  expect(await detachOrphans(crm.owner, { by, dryRun: true })).toEqual({ tables: orphans, rowsLeft: 0 });
  expect(await contentOf(crm)).toEqual(before);

  const detach = () => crm.owner.transaction((runner) => detachOrphans(runner, { by }));
  expect(await detach()).toEqual({ tables: orphans, rowsLeft: 0 });
  expect(await countOrphans(crm.owner)).toEqual([]);
  expect(await quarantineOf(crm)).toEqual([]);
  expect(await crm.database.query('SELECT customer_id FROM crm.lead WHERE customer_id IS NOT NULL')).toEqual(
    [],
  );

  await crm.owner.transaction((runner) => putOriginalsBack(runner));
  await crm.owner.transaction((runner) => restoreRetired(runner, { slug: 'club' }));
  expect(await contentOf(crm)).toEqual(before);
});

test('what would be there twice under one tenant is told, mended, and put back', async () => {
  for (const slug of ['yolo', 'Yolo ', 'YOLO']) {
    await addSegment(crm, slug, 'Best');
    await addSegment(crm, slug, 'At Risk', { isSystem: true });
    await addJourney(crm, slug, 'Welcome');
    await addCustomer(crm, slug, { authUserId: 'user-1' });
    await addInstallation(crm, slug, slug === 'YOLO' ? 3 : 1);
    await addLeads(crm, 2, slug);
  }
  await crm.database.query(`UPDATE crm.lead SET idempotency_key = 'key-1' WHERE message = '1'`);
  const legacy = await contentOf(crm);
  await crm.expand();
  await toYolo('Yolo ');
  await toYolo('YOLO');
  await backfill();
  expect(await countDuplicates(crm.owner)).toEqual(
    expect.arrayContaining([
      { table: 'lead', rows: 2 },
      { table: 'customer', rows: 2 },
      { table: 'segment', rows: 4 },
      { table: 'journey', rows: 2 },
      { table: 'template_pack_installation', rows: 2 },
    ]),
  );
  expect(await quarantineOf(crm)).toContainEqual({
    table: 'segment',
    slug: 'Yolo ',
    reason: 'DUPLICATE',
    rows: 2,
  });
  const before = await contentOf(crm);
  expect(await mendDuplicates(crm.owner, { by, dryRun: true })).toMatchObject({ rowsLeft: 0 });
  expect(await contentOf(crm)).toEqual(before);

  expect(await crm.owner.transaction((runner) => mendDuplicates(runner, { by }))).toMatchObject({
    rowsLeft: 0,
  });
  expect(await countDuplicates(crm.owner)).toEqual([]);
  expect(await quarantineOf(crm)).toEqual([]);
  const names = (table: string) =>
    crm.database.query(
      `SELECT name FROM crm.${table} WHERE tenant_uuid = '${YOLO_TENANT_ID}' ORDER BY created_at, name`,
    );
  expect(await names('journey')).toEqual([
    { name: 'Welcome' },
    { name: 'Welcome (2)' },
    { name: 'Welcome (3)' },
  ]);
  expect(await crm.database.query('SELECT version FROM crm.template_pack_installation')).toEqual([
    { version: 3 },
  ]);
  expect(
    await crm.database.query('SELECT count(*)::int FROM crm.customer WHERE auth_user_id IS NOT NULL'),
  ).toEqual([{ count: 1 }]);
  const rows = await crm.database.query<{ rows: number }>(
    'SELECT count(*)::int AS rows FROM crm_tenancy.retired_row',
  );
  expect((await contentOf(crm)).length + (rows[0]?.rows ?? 0)).toBe(legacy.length);
  await moveCrm(crm.database, 'ENFORCED');
  await moveCrm(crm.database, 'EXPANDED');

  const putBack = () => crm.owner.transaction((runner) => putOriginalsBack(runner));
  expect(await putBack()).toMatchObject({ rowsLeft: 0 });
  for (const slug of ['yolo', 'Yolo ', 'YOLO']) await restoreRetired(crm.owner, { slug });
  await moveCrm(crm.database, 'LEGACY');
  expect(await contentOf(crm)).toEqual(legacy);
});

test('a row whose slug names another tenant takes nothing from one that is its tenant for certain', async () => {
  await crm.expand();
  const certain = await addCustomer(crm, 'yolo', { authUserId: 'user-1' });
  const doubtful = await addCustomer(crm, 'club', { authUserId: 'user-1' });
  await crm.database.query(
    `UPDATE crm.customer SET tenant_uuid = $1, created_at = '2020-01-01' WHERE id = $2`,
    [YOLO_TENANT_ID, doubtful],
  );
  await backfill();
  expect(await mendDuplicates(crm.owner, { by })).toMatchObject({ rowsLeft: 0 });
  expect(await crm.database.query('SELECT id FROM crm.customer WHERE auth_user_id IS NOT NULL')).toEqual([
    { id: certain },
  ]);
});

test('a name that somebody gave since stays, also where it begins as the one that was given for a duplicate', async () => {
  await crm.expand();
  for (const slug of ['yolo', 'Yolo ']) await addJourney(crm, slug, 'Welcome');
  await toYolo('Yolo ');
  await mendDuplicates(crm.owner, { by });
  await crm.database.query(`UPDATE crm.journey SET name = 'Welcome (second)' WHERE name = 'Welcome (2)'`);
  await crm.owner.transaction((runner) => putOriginalsBack(runner));
  expect(await crm.database.query('SELECT name FROM crm.journey ORDER BY name')).toEqual([
    { name: 'Welcome' },
    { name: 'Welcome (second)' },
  ]);
});

test('a customer who is known by the login alone keeps it, and is left', async () => {
  for (const slug of ['yolo', 'Yolo ']) await addCustomer(crm, slug, { authUserId: 'user-1', email: null });
  await crm.expand();
  await toYolo('Yolo ');
  expect(await mendDuplicates(crm.owner, { by })).toEqual({ tables: [], rowsLeft: 1 });
  expect(await quarantineOf(crm)).toEqual([
    { table: 'customer', slug: 'Yolo ', reason: 'DUPLICATE', rows: 1 },
  ]);
});

test('none of it is for another stage', async () => {
  const calls = [
    () => retireSlug(crm.owner, { slug: 'x', by }),
    () => restoreRetired(crm.owner, { slug: 'x' }),
    () => detachOrphans(crm.owner, { by }),
    () => mendDuplicates(crm.owner, { by }),
    () => putOriginalsBack(crm.owner),
  ];
  for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'TENANCY_STAGE_WRONG' });
  await moveCrm(crm.database, 'ENFORCED');
  for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'TENANCY_STAGE_WRONG' });
  expect(await surveySlugs(crm.owner)).toEqual([]);
});
