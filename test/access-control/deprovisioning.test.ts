import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Client } from 'pg';
import type { Sql } from 'sql-template-tag';
import type { Transaction } from '../../shared/database/database';
import { forgetWhatRunsSetUp } from '../../subgraphs/access-control/provisioning/forget-what-runs-set-up';
import { type TenantWithData, tenantWithData } from '../isolation/attack/tenant-with-data';
import { eventually } from '../testkit/eventually';
import { startGraph, type TestGraph } from '../testkit/graph';
import { endOfRun, provisionedTenant, uniqueName } from '../testkit/seed';

const FIELDS = `id tenantId tenantSlug status requestedBy dueAt startedAt finishedAt exportFile exportSha256 error
  holdings { system rows }`;
const DEPROVISION = `mutation ($id: ID!, $dryRun: Boolean) { deprovisionTenant(id: $id, dryRun: $dryRun) { ${FIELDS} } }`;
const CANCEL = `mutation ($id: ID!) { cancelDeprovisioning(tenantId: $id) { ${FIELDS} } }`;
const PROVISION = `mutation ($input: ProvisionTenantInput!) { provisionTenant(input: $input) { id status } }`;
const LIST = `query ($id: ID) { tenantDeprovisionings(tenantId: $id) { totalCount edges { node { ${FIELDS} } } } }`;
const TENANT = `query ($id: ID!) { tenant(id: $id) { slug displayName status registry { sclTenantCode teeTimeClubIds
  messagingTenantId crmEnabled } clubs { clubCode } sclTenant { code clubs { name } } segments { name }
  journeys { name } contacts { totalCount } customers { totalCount } leads { totalCount } } }`;

let graph: TestGraph;
let exports: string;
const start = async (settings: { graceDays: number; perDay: number }) => {
  exports = await mkdtemp(path.join(tmpdir(), 'tenant-graph-exports-'));
  graph = await startGraph('one process', { deprovisioning: { ...settings, exportDirectory: exports } });
};
afterEach(async () => {
  await graph.stop();
  await rm(exports, { recursive: true });
});

const deprovision = async (id: string, dryRun = false) =>
  (await graph.ask(DEPROVISION, { id, dryRun })).deprovisionTenant;
const newest = async (id: string) => (await graph.ask(LIST, { id })).tenantDeprovisionings.edges[0]?.node;
const tenantOf = async (id: string) => (await graph.ask(TENANT, { id })).tenant;

/** Rows in which a key of the tenant stands, by table; trails and streams are to stay. */
async function rowsOf(tenant: TenantWithData): Promise<Record<string, number>> {
  const tables = await graph.database.query<{ name: string }>(
    `SELECT schemaname || '.' || tablename AS name FROM pg_tables
     WHERE schemaname = ANY ($1) AND tablename <> ALL ($2)`,
    [
      ['access_control', 'crm', 'teetime', 'scl', 'messaging'],
      [
        'migration',
        'audit_entry',
        'outbox_event',
        'event_cursor',
        'event_inbox',
        'tenant_deprovisioning',
        'provisioning_run',
      ],
    ],
  );
  const patterns = [tenant.keys.tenantId, tenant.keys.sclTenantCode, tenant.keys.messagingTenantId].map(
    (key) => `%${key}%`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await graph.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${name} t WHERE t::text ILIKE ANY ($1)`,
      [patterns],
    );
    if (row?.count) counts[name] = row.count;
  }
  return counts;
}

/** That a tenant was provisioned is still known, but not what with; nothing of it can be gone on with. */
async function expectRunsWithoutContents(tenantId: string): Promise<void> {
  const { provisioningRuns } = await graph.ask(
    `query ($t: ID!) { provisioningRuns(tenantId: $t) {
      edges { node { id status tenant { id } steps { status } } } } }`,
    { t: tenantId },
  );
  const [{ node: run }] = provisioningRuns.edges;
  expect(run).toMatchObject({ status: 'COMPLETED', tenant: null });
  expect(run.steps).toHaveLength(6);
  const kept = await graph.database.query(
    'SELECT set_up FROM access_control.provisioning_run WHERE tenant_id = $1 AND set_up IS NOT NULL',
    [tenantId],
  );
  expect(kept).toEqual([]);
  const cancel = 'mutation ($id: ID!) { cancelProvisioning(runId: $id) { id } }';
  expect(await graph.refusal(cancel, { id: run.id })).toBe('CONFLICT');
}

describe('without a grace period', () => {
  beforeEach(() => start({ graceDays: 0, perDay: 1 }));

  test('everything of a tenant is exported, then removed in every system, and nothing of anybody else', async () => {
    const [leaving, staying] = [
      await tenantWithData(graph, 'leaving'),
      await tenantWithData(graph, 'staying'),
    ];
    const [before, others] = [await rowsOf(leaving), await tenantOf(staying.keys.tenantId)];
    expect(Object.keys(before)).toEqual(
      expect.arrayContaining([
        'crm.customer',
        'crm.lead',
        'teetime.club',
        'scl.scl_tenant',
        'messaging.contact',
      ]),
    );

    const planned = await deprovision(leaving.keys.tenantId, true);
    expect(planned).toMatchObject({ id: null, status: 'PLANNED', tenantSlug: leaving.keys.slug });
    expect(await rowsOf(leaving)).toEqual(before);
    expect((await tenantOf(leaving.keys.tenantId)).status).toBe('ACTIVE');

    expect(await deprovision(leaving.keys.tenantId)).toMatchObject({
      status: 'SCHEDULED',
      requestedBy: 'operator',
    });
    await eventually(
      () => newest(leaving.keys.tenantId),
      (removal) => expect(removal).toMatchObject({ status: 'COMPLETED', error: null }),
    );
    expect(await rowsOf(leaving)).toEqual({});
    expect(await tenantOf(leaving.keys.tenantId)).toBeNull();
    await expectRunsWithoutContents(leaving.keys.tenantId);
    expect(await tenantOf(staying.keys.tenantId)).toEqual(others);

    const { exportFile, exportSha256 } = await newest(leaving.keys.tenantId);
    const bytes = await readFile(path.join(exports, exportFile));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(exportSha256);
    const lines = gunzipSync(bytes)
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const exported = new Set(lines.map(({ table }) => table));
    expect([...exported]).toEqual(expect.arrayContaining(Object.keys(before)));
    expect(JSON.stringify(lines)).not.toContain(staying.keys.tenantId);
    const planTotal = planned.holdings.reduce((sum: number, { rows }: { rows: number }) => sum + rows, 0);
    expect(lines.filter(({ table }) => !table.startsWith('access_control.'))).toHaveLength(planTotal);
    expect(await readdir(exports)).toEqual([exportFile]);
  });

  test('what the tenant had under an earlier key goes too, unless it was there before or is another tenant’s', async () => {
    const [leaving, slug] = [await provisionedTenant(graph, 'moved'), uniqueName('taken')];
    const firstScl = leaving.sclTenantCode;
    const firstMessaging = leaving.messagingTenantId;
    const contact = `mutation ($in: CreateContactInput!) { createContact(input: $in) { id } }`;
    const contactsOf = async (id: string) =>
      (await graph.ask('query ($id: String!) { contacts(messagingTenantId: $id) { totalCount } }', { id }))
        .contacts.totalCount;
    const old = await provisionedTenant(graph, 'old');
    const rekey = async (keys: { scl: string; messaging: string }) => {
      const { provisionTenant } = await graph.ask(PROVISION, {
        input: {
          tenant: { id: leaving.id },
          scl: { code: keys.scl },
          messaging: { tenantId: keys.messaging },
        },
      });
      await endOfRun(graph, provisionTenant);
    };
    // Made by another system's own way, and adopted by a run for a while.
    await graph.ask('mutation ($in: CreateSclTenantInput!) { createSclTenant(input: $in) { id } }', {
      in: { code: `${slug}-adopted`, name: 'adopted' },
    });
    await rekey({ scl: `${slug}-adopted`, messaging: `${slug}-given` });
    await rekey({ scl: `${slug}-last`, messaging: `${slug}-last` });
    // As one that was on its way while its key was replaced.
    await graph.ask(contact, { in: { messagingTenantId: `${slug}-last`, email: 'a@example.com' } });
    await graph.database.query(
      'UPDATE messaging.contact SET messaging_tenant_id = $1 WHERE messaging_tenant_id = $2',
      [firstMessaging, `${slug}-last`],
    );
    const { provisionTenant: given } = await graph.ask(PROVISION, {
      input: { tenant: { id: old.id }, messaging: { tenantId: `${slug}-given` } },
    });
    await endOfRun(graph, given);
    await graph.ask(contact, { in: { messagingTenantId: `${slug}-given`, email: 'b@example.com' } });

    const planned = await deprovision(leaving.id, true);
    expect(planned.holdings).toEqual(
      expect.arrayContaining([
        { system: 'MESSAGING', rows: 3 },
        { system: 'SCL', rows: 2 },
      ]),
    );
    await deprovision(leaving.id);
    await eventually(
      () => newest(leaving.id),
      ({ status }) => expect(status).toBe('COMPLETED'),
    );
    expect(await contactsOf(firstMessaging)).toBe(0);
    expect(await contactsOf(`${slug}-given`)).toBe(1);
    const { first, adopted } = await graph.ask(
      `query ($first: String, $adopted: String) {
        first: sclTenant(code: $first) { id } adopted: sclTenant(code: $adopted) { id } }`,
      { first: firstScl, adopted: `${slug}-adopted` },
    );
    expect(first).toBeNull();
    expect(adopted).not.toBeNull();
  });

  test('a removal waits for a run that may still set something up', async () => {
    const tenant = await provisionedTenant(graph);
    await graph.database.query(
      `UPDATE access_control.provisioning_step s SET busy_until = now() + interval '1 hour'
       FROM access_control.provisioning_run r WHERE r.id = s.run_id AND r.tenant_id = $1 AND s.position = 2`,
      [tenant.id],
    );
    await deprovision(tenant.id);
    await eventually(
      () => newest(tenant.id),
      (removal) => expect(removal).toMatchObject({ status: 'SCHEDULED', error: expect.any(String) }),
    );
    await graph.database.query('UPDATE access_control.provisioning_step SET busy_until = NULL');
    await eventually(
      () => newest(tenant.id),
      (removal) => expect(removal).toMatchObject({ status: 'COMPLETED', error: null }),
    );
  });

  test('of a run that had not ended neither the run nor a step is left under way', async () => {
    const { id } = await provisionedTenant(graph);
    const ofTenant =
      'WHERE run_id IN (SELECT r.id FROM access_control.provisioning_run r WHERE r.tenant_id = $1)';
    await graph.database.query(
      "UPDATE access_control.provisioning_run SET status = 'RUNNING', finished_at = NULL WHERE tenant_id = $1",
      [id],
    );
    await graph.database.query(
      `UPDATE access_control.provisioning_step
       SET status = CASE position WHEN 3 THEN 'RUNNING' ELSE 'PENDING' END, finished_at = NULL,
         error_code = 'SUBGRAPH_UNAVAILABLE', retry_at = now() + interval '1 hour' ${ofTenant} AND position > 2`,
      [id],
    );
    const rows = <Row>({ text, values }: Sql) => graph.database.query<Row>(text, values);
    await forgetWhatRunsSetUp({ rows } as Transaction, id);
    const [run] = await graph.database.query(
      'SELECT status FROM access_control.provisioning_run WHERE tenant_id = $1',
      [id],
    );
    const steps = await graph.database.query(
      `SELECT status, finished_at IS NOT NULL AS ended, retry_at FROM access_control.provisioning_step ${ofTenant}
       ORDER BY position`,
      [id],
    );
    expect(run).toEqual({ status: 'FAILED' });
    const done = { status: 'COMPLETED', ended: true, retry_at: null };
    const never = { status: 'PENDING', ended: false, retry_at: null };
    const failed = { status: 'FAILED', ended: true, retry_at: null };
    expect(steps).toEqual([done, done, failed, never, never, never]);
  });

  test('no more tenants are removed within a day than the cap says', async () => {
    const [first, second] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    await deprovision(first.id);
    await eventually(
      () => newest(first.id),
      ({ status }) => expect(status).toBe('COMPLETED'),
    );
    await deprovision(second.id);
    await eventually(
      () =>
        graph.database.query(
          "SELECT FROM access_control_jobs.job WHERE name = 'deprovisioning' AND start_after > now()",
        ),
      (waiting) => expect(waiting).toHaveLength(1),
    );
    expect(await newest(second.id)).toMatchObject({ status: 'SCHEDULED', exportFile: null });
    expect((await tenantOf(second.id)).status).toBe('DISABLED');
  });

  test('a tenant is not removed while its export cannot be written, and is once it can', async () => {
    const tenant = await provisionedTenant(graph);
    await rm(exports, { recursive: true });
    await writeFile(exports, 'no folder');
    await deprovision(tenant.id);
    await eventually(
      () => newest(tenant.id),
      (removal) =>
        expect(removal).toMatchObject({
          status: 'REMOVING',
          exportFile: null,
          error: 'access-control: the folder of exports cannot be written (EEXIST)',
        }),
    );
    expect((await tenantOf(tenant.id)).registry.sclTenantCode).toBe(tenant.sclTenantCode);
    await rm(exports);
    // The next try is a minute away.
    await graph.database.query(
      "UPDATE access_control_jobs.job SET start_after = now() WHERE name = 'deprovisioning'",
    );
    await eventually(
      () => newest(tenant.id),
      (removal) => expect(removal).toMatchObject({ status: 'COMPLETED', error: null }),
    );
  });

  test('an export that somebody else has made meanwhile, who removes by now, is not replaced', async () => {
    const tenant = await provisionedTenant(graph);
    const reader = new Client({ connectionString: graph.database.url });
    await reader.connect();
    await reader.query('BEGIN');
    await reader.query('LOCK TABLE messaging.contact IN ACCESS EXCLUSIVE MODE');
    await graph.ask('mutation ($id: ID!) { deprovisionTenant(id: $id) { id } }', { id: tenant.id });
    await eventually(
      () => readdir(exports),
      (files) => expect(files).toHaveLength(1),
    );
    await graph.database.query(
      "UPDATE access_control.tenant_deprovisioning SET export_file = 'whole', export_sha256 = 'of it'",
    );
    await reader.query('COMMIT');
    await reader.end();
    const whole = { exportFile: 'whole', exportSha256: 'of it' };
    await eventually(
      () => newest(tenant.id),
      (removal) => expect(removal).toMatchObject({ status: 'COMPLETED', ...whole }),
    );
    expect(await readdir(exports)).toEqual([]);
  });

  test('the platform’s own tenants stay, and so does a tenant that nobody knows', async () => {
    const digiwedge = 'fd3c07a1-8038-5e37-beb6-537fda68d644';
    expect(await graph.refusal(DEPROVISION, { id: digiwedge })).toBe('BAD_USER_INPUT');
    expect(await graph.refusal(DEPROVISION, { id: '00000000-0000-4000-8000-000000000000' })).toBe(
      'TENANT_NOT_FOUND',
    );
    const owner = graph.as({ roles: ['TENANT_OWNER'], tenants: [digiwedge] });
    expect(await owner.refusal(DEPROVISION, { id: digiwedge })).toBe('FORBIDDEN');
  });
});

describe('within the grace period', () => {
  beforeEach(() => start({ graceDays: 30, perDay: 5 }));

  test('the tenant is disabled and waits, asking again changes nothing, and calling off brings all back unchanged', async () => {
    const tenant = await tenantWithData(graph, 'waiting');
    const { tenantId } = tenant.keys;
    const before = await tenantOf(tenantId);
    const scheduled = await Promise.all([deprovision(tenantId), deprovision(tenantId)]);
    expect(scheduled[0].id).toBe(scheduled[1].id);
    const days = (Date.parse(scheduled[0].dueAt) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(30);
    expect((await tenantOf(tenantId)).status).toBe('DISABLED');
    await graph.settled();

    const cancelled = await Promise.all([1, 2].map(() => graph.ask(CANCEL, { id: tenantId })));
    expect(cancelled.map(({ cancelDeprovisioning: { id, status } }) => ({ id, status }))).toEqual([
      { id: scheduled[0].id, status: 'CANCELLED' },
      { id: scheduled[0].id, status: 'CANCELLED' },
    ]);
    expect(await tenantOf(tenantId)).toEqual(before);
    // What waits for the end of the grace period finds nothing to do.
    await graph.database.query(
      "UPDATE access_control_jobs.job SET start_after = now() WHERE name = 'deprovisioning'",
    );
    await eventually(
      () => graph.database.query("SELECT FROM access_control_jobs.job WHERE name = 'deprovisioning'"),
      (jobs) => expect(jobs).toEqual([]),
    );
    expect(await tenantOf(tenantId)).toEqual(before);
    expect(await readdir(exports)).toEqual([]);
  });

  test('a tenant that was disabled before stays so when its removal is called off', async () => {
    const { id } = await provisionedTenant(graph);
    await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { status } }', { id });
    await deprovision(id);
    await graph.ask(CANCEL, { id });
    expect((await tenantOf(id)).status).toBe('DISABLED');
  });

  test('a tenant is not opened again under its removal, but by calling that off', async () => {
    const enable = 'mutation ($id: ID!) { enableTenant(id: $id) { status } }';
    const { id } = await provisionedTenant(graph);
    await deprovision(id);
    expect(await graph.refusal(enable, { id })).toBe('CONFLICT');
    expect((await tenantOf(id)).status).toBe('DISABLED');
    await graph.database.query("UPDATE access_control.tenant_deprovisioning SET status = 'REMOVING'");
    expect(await graph.refusal(enable, { id })).toBe('CONFLICT');
    await graph.database.query("UPDATE access_control.tenant_deprovisioning SET status = 'SCHEDULED'");
    await graph.ask(CANCEL, { id });
    await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { status } }', { id });
    expect((await graph.ask(enable, { id })).enableTenant.status).toBe('ACTIVE');
  });

  test('the run that set a tenant up is neither retried nor taken back under its removal', async () => {
    const { id } = await provisionedTenant(graph);
    const { provisioningRuns } = await graph.ask(
      'query ($t: ID!) { provisioningRuns(tenantId: $t) { edges { node { id } } } }',
      { t: id },
    );
    const run = { id: provisioningRuns.edges[0].node.id };
    await deprovision(id);
    const cancel = 'mutation ($id: ID!) { cancelProvisioning(runId: $id) { status } }';
    expect(await graph.refusal(cancel, run)).toBe('CONFLICT');
    await graph.database.query("UPDATE access_control.provisioning_run SET status = 'FAILED'");
    const retry = 'mutation ($id: ID!) { retryProvisioning(runId: $id) { status } }';
    expect(await graph.refusal(retry, run)).toBe('CONFLICT');
    await graph.ask(CANCEL, { id });
    await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { status } }', { id });
    expect(await graph.refusal(retry, run)).toBe('TENANT_DISABLED');
    expect((await tenantOf(id)).status).toBe('DISABLED');
  });

  test('calling off what nobody asked for is refused', async () => {
    const { id } = await provisionedTenant(graph);
    const { errors } = await graph.request(CANCEL, { id });
    expect(errors?.[0]).toMatchObject({
      message: 'tenantId: nobody has asked for a removal of this tenant',
      extensions: { code: 'NOT_FOUND', fields: [{ path: 'tenantId' }] },
    });
  });
});
