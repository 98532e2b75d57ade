import { doorOf } from '../provisioning/door';
import { eventually } from '../testkit/eventually';
import { startGraph, type TestGraph } from '../testkit/graph';
import { type ProvisionedTenant, provisionedTenant, uniqueName } from '../testkit/seed';
import { fillUuids } from './legacy-rows';
import { setPhase } from './phase-of-tenant';
import { moveCrm } from './stage-of-crm';

const TENANCY = `query ($first: Int, $after: String, $phase: CrmTenancyPhase) { crmTenancy {
  stage
  phases { phase tenants }
  tenants(first: $first, after: $after, phase: $phase) { tenantId tenantSlug tenant { slug } phase since changedBy }
  ledger { clientId userAgent addressPrefix tenant { slug } uses lastUsedAt }
  mismatches { id tenant { slug } statement onlyBySlug onlyByUuid seenAt }
} }`;
const OF_THE_PLATFORM = `{ crmTenancy {
  tables { name rows done rowsFailed etaSeconds state }
  quarantine { slug reason rows proposal { slug } }
  pendingLeads { waiting oldestReceivedAt slugs { slug leads triedAt } }
} }`;
const ADVANCE = `mutation ($t: ID!, $to: CrmTenancyPhase!, $why: String) {
  advanceCrmTenant(tenantId: $t, to: $to, override: $why) {
    tenant { slug } from to isChanged gates { name count examples mend } } }`;
const BACK = `mutation ($t: ID!, $to: CrmTenancyPhase!) {
  takeCrmTenantBack(tenantId: $t, to: $to) { from to isChanged } }`;
const MAP = `mutation ($slug: String!, $t: ID!, $dryRun: Boolean! = true) {
  mapCrmSlug(slug: $slug, tenantId: $t, dryRun: $dryRun) { slug tables { name rows } rowsLeft duplicates leads } }`;
const RETIRE = `mutation ($slug: String!, $dryRun: Boolean! = true) {
  retireCrmSlug(slug: $slug, dryRun: $dryRun) { slug tables { name rows } rowsLeft } }`;
const CUSTOMERS = 'query ($t: ID!) { customers(tenantId: $t) { totalCount } }';

let graph: TestGraph;
let tenant: ProvisionedTenant;
let other: ProvisionedTenant;
beforeAll(async () => {
  graph = await startGraph();
  [tenant, other] = [await provisionedTenant(graph, 'able'), await provisionedTenant(graph, 'baker')];
  await graph.settled();
  for (const { id } of [tenant, tenant, other]) {
    await graph.ask('mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }', {
      input: { tenantId: id, email: 'jo@example.com' },
    });
  }
}, 60_000);
afterAll(() => graph.stop());

const phaseOf = async ({ slug }: ProvisionedTenant) => {
  const { crmTenancy } = await graph.ask(TENANCY, { first: 100 });
  const tenants: { tenantSlug: string; phase: string }[] = crmTenancy.tenants;
  return tenants.find(({ tenantSlug }) => tenantSlug === slug)?.phase;
};

const BOOKS = [
  'pending_lead',
  'original_value',
  'quarantined_row',
  'retired_row',
  'legacy_caller',
  'read_comparison',
  'read_mismatch',
  'slug_alias',
  'phase_change',
  'tenant_phase',
].map((name) => `crm_tenancy.${name}`);

/** A tenant of whom every book has something, with the text that is in most of that. */
async function tenantInBooks(): Promise<{ id: string; mark: string }> {
  const { id, slug } = await provisionedTenant(graph, 'booked');
  const mark = uniqueName('mark');
  const { createCustomer } = await graph.ask(
    'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }',
    { input: { tenantId: id, email: `${mark}@example.com` } },
  );
  await graph.database.query(
    `WITH given AS (SELECT '${id}'::uuid AS id, '${slug}' AS slug, '${mark}' AS mark,
       jsonb_build_object('id', '${createCustomer.id}') AS key
     ), a AS (INSERT INTO crm_tenancy.pending_lead (id, slug, input, received_at, expires_at, state, context)
       SELECT gen_random_uuid(), slug, to_jsonb(mark), now(), now(), 'EXPIRED', '{}' FROM given
     ), b AS (INSERT INTO crm_tenancy.original_value SELECT 'customer', key, 'auth_user_id', to_jsonb(mark) FROM given
     ), c AS (INSERT INTO crm_tenancy.quarantined_row SELECT 'customer', key, slug, 'ORPHAN', mark FROM given
     ), d AS (INSERT INTO crm_tenancy.retired_row SELECT gen_random_uuid(), 'customer', '{}', slug, to_jsonb(mark), 'me' FROM given
     ), e AS (INSERT INTO crm_tenancy.retired_row
       SELECT gen_random_uuid(), 'customer', '{}', 'of-before', jsonb_build_object('tenant_uuid', id, 'name', mark), 'me' FROM given
     ), f AS (INSERT INTO crm_tenancy.legacy_caller SELECT mark, 'curl/8', '10.0.0.0/24', id, 7, now(), now() FROM given
     ), g AS (INSERT INTO crm_tenancy.read_comparison SELECT id, now(), 1, 1 FROM given
     ), h AS (INSERT INTO crm_tenancy.read_mismatch SELECT gen_random_uuid(), id, mark, '[]', '[]' FROM given
     ), i AS (INSERT INTO crm_tenancy.slug_alias SELECT mark, id, 'me' FROM given
     ), j AS (INSERT INTO crm_tenancy.phase_change
       SELECT gen_random_uuid(), id, 'LEGACY', 'DUAL_WRITE', 'me', now(), mark, '[]' FROM given)
     INSERT INTO crm_tenancy.tenant_phase SELECT id, 'COMPLETE', mark FROM given
     ON CONFLICT (tenant_id) DO UPDATE SET changed_by = excluded.changed_by`,
  );
  return { id, mark };
}

/** How many rows of the books are of the tenant, by the text that is in them. */
const booksWith = async ({ id, mark }: { id: string; mark: string }) => {
  const counts = BOOKS.map(
    (table) => `SELECT '${table}' AS table, count(*)::int AS rows FROM ${table} b
    WHERE b::text LIKE '%${mark}%' OR b::text LIKE '%${id}%'`,
  );
  return graph.database.query<{ table: string; rows: number }>(counts.join(' UNION ALL '));
};

async function exportOf(id: string): Promise<{ table: string; row: object }[]> {
  const exported: { table: string; row: object }[] = [];
  for (let after: string | null = null; ; ) {
    const page: { rows: typeof exported; next: string | null } = await doorOf(graph, id).ask(
      'crm',
      'query ($t: ID!, $after: String) { exportFromCrm(tenantId: $t, after: $after, first: 1) { rows next } }',
      { t: id, after },
    );
    exported.push(...page.rows);
    after = page.next;
    if (after === null) return exported;
  }
}

async function remove(id: string): Promise<void> {
  for (let done = false; !done; ) {
    const answer = await doorOf(graph, id).ask(
      'crm',
      'mutation ($t: ID!) { removeFromCrm(tenantId: $t, limit: 2) { removed done } }',
      { t: id },
    );
    done = answer.done;
  }
}

async function assertBooksGoWithTheTenant(): Promise<void> {
  const [gone, kept] = [await tenantInBooks(), await tenantInBooks()];
  const keptBefore = await booksWith(kept);
  expect(keptBefore.map(({ rows }) => rows)).toEqual(
    BOOKS.map((table) => (table === 'crm_tenancy.retired_row' ? 2 : 1)),
  );
  const exported = await exportOf(gone.id);
  for (const { table, rows } of await booksWith(gone)) {
    expect({ table, rows: exported.filter((one) => one.table === table).length }).toEqual({ table, rows });
  }
  expect(JSON.stringify(exported)).not.toContain(kept.mark);
  await remove(gone.id);
  expect(await booksWith(gone)).toEqual(BOOKS.map((table) => ({ table, rows: 0 })));
  expect(await booksWith(kept)).toEqual(keptBefore);
}

const auditOf = (action: string) =>
  graph.database.query<{ actor: string; before: object; after: object }>(
    'SELECT actor, before, after FROM crm.audit_entry WHERE action = $1 ORDER BY position',
    [action],
  );

test('when the move is over, every tenant is COMPLETE and nothing waits', async () => {
  const { crmTenancy } = await graph.ask(TENANCY);
  expect(crmTenancy).toMatchObject({ stage: 'CONTRACTED', ledger: [], mismatches: [] });
  expect(new Set(crmTenancy.tenants.map(({ phase }: { phase: string }) => phase))).toEqual(
    new Set(['COMPLETE']),
  );
  expect(crmTenancy.phases).toEqual([{ phase: 'COMPLETE', tenants: crmTenancy.tenants.length }]);
  const { data } = await graph.request(OF_THE_PLATFORM);
  expect(data.crmTenancy).toMatchObject({
    quarantine: [],
    pendingLeads: { waiting: 0, oldestReceivedAt: null, slugs: [] },
  });
  expect(data.crmTenancy.tables.map(({ name }: { name: string }) => name)).toContain('customer');
  expect(await graph.refusal(BACK, { t: tenant.id, to: 'CUTOVER' })).toBe('TENANCY_GATE_CLOSED');
  expect((await graph.ask(ADVANCE, { t: tenant.id, to: 'COMPLETE' })).advanceCrmTenant.isChanged).toBe(false);
});

describe('while rows move', () => {
  beforeAll(async () => {
    await moveCrm(graph.database, 'LEGACY');
    await moveCrm(graph.database, 'EXPANDED');
  });

  test('tenants are read page by page, by phase, and each with its gates', async () => {
    const slugs: string[] = [];
    for (let page: { tenantSlug: string }[] | undefined; page?.length !== 0; ) {
      const { crmTenancy } = await graph.ask(TENANCY, { first: 1, after: slugs.at(-1), phase: 'LEGACY' });
      page = crmTenancy.tenants as { tenantSlug: string }[];
      slugs.push(...page.map(({ tenantSlug }) => tenantSlug));
    }
    expect(slugs).toEqual([...slugs].sort());
    expect(slugs).toEqual(expect.arrayContaining([tenant.slug, other.slug]));
    const { crmTenancy } = await graph.ask(`{ crmTenancy {
      stage tables { name rows done etaSeconds }
      tenants { tenant { slug } phase gates { name count examples } }
      ledger { uses } mismatches { statement }
    } }`);
    expect(crmTenancy.tenants[0].gates).toContainEqual({ name: 'STAGE', count: 0, examples: [] });
    expect(await graph.refusal(TENANCY, { first: 101 })).toBe('BAD_USER_INPUT');
    expect(await graph.refusal(TENANCY, { after: 'No Slug' })).toBe('BAD_USER_INPUT');
  });

  test('a tenant’s administrator sees that tenant alone, and changes nothing', async () => {
    await graph.ask(CUSTOMERS, { t: tenant.slug });
    await graph.ask(CUSTOMERS, { t: other.slug });
    await eventually(
      async () => (await graph.ask(TENANCY)).crmTenancy.ledger,
      (ledger) =>
        expect(ledger.map((caller: { tenant: { slug: string } }) => caller.tenant.slug).sort()).toEqual([
          tenant.slug,
          other.slug,
        ]),
    );
    const admin = graph.as({ roles: ['CRM_ADMIN'], tenants: [tenant.id] });
    const { crmTenancy } = await admin.ask(TENANCY);
    expect(crmTenancy.phases).toEqual([{ phase: 'LEGACY', tenants: 1 }]);
    expect(crmTenancy.tenants).toMatchObject([
      { tenant: { slug: tenant.slug }, tenantId: tenant.id, phase: 'LEGACY' },
    ]);
    expect(crmTenancy.ledger).toEqual([
      {
        clientId: 'operator',
        userAgent: 'node',
        addressPrefix: '127.0.0.0/24',
        tenant: { slug: tenant.slug },
        uses: 1,
        lastUsedAt: expect.any(String),
      },
    ]);
    const { data, errors } = await admin.request(OF_THE_PLATFORM);
    expect(data.crmTenancy).toEqual({ tables: null, quarantine: null, pendingLeads: null });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
    const own = { t: tenant.id, to: 'DUAL_WRITE', slug: 'x' };
    for (const mutation of [ADVANCE, BACK, MAP, RETIRE, 'mutation { pauseCrmBackfill { stage } }']) {
      expect(await admin.refusal(mutation, own)).toBe('FORBIDDEN');
    }
    const viewer = graph.as({ roles: ['CRM_VIEWER'], tenants: [tenant.id] });
    expect(await viewer.refusal(TENANCY)).toBe('FORBIDDEN');
    expect(await graph.anonymous.refusal(TENANCY)).toBe('UNAUTHENTICATED');
    expect(await phaseOf(tenant)).toBe('LEGACY');
  });

  test('a tenant goes forward when its gates are open; the refusal names those that are not', async () => {
    const { advanceCrmTenant } = await graph.ask(ADVANCE, { t: tenant.id, to: 'DUAL_WRITE' });
    expect(advanceCrmTenant).toMatchObject({ from: 'LEGACY', to: 'DUAL_WRITE', isChanged: true });
    const again = await graph.ask(ADVANCE, { t: tenant.id, to: 'DUAL_WRITE' });
    expect(again.advanceCrmTenant.isChanged).toBe(false);

    const { errors } = await graph.request(ADVANCE, { t: tenant.id, to: 'CUTOVER' });
    expect(errors?.[0]).toMatchObject({
      extensions: {
        code: 'TENANCY_GATE_CLOSED',
        fields: expect.arrayContaining([expect.objectContaining({ constraint: 'ROWS_WITHOUT_UUID' })]),
      },
    });
    expect(await phaseOf(tenant)).toBe('DUAL_WRITE');
    expect(await auditOf('advanceCrmTenant')).toEqual([
      { actor: 'operator', before: { phase: 'LEGACY' }, after: { phase: 'DUAL_WRITE' } },
    ]);
  });

  test('with a reason the gates are passed; the reason is kept, and the way back is open', async () => {
    const why = 'rows of nobody, looked at by Thandi';
    await graph.ask(ADVANCE, { t: tenant.id, to: 'CUTOVER', why });
    expect(await phaseOf(tenant)).toBe('CUTOVER');
    expect((await auditOf('advanceCrmTenant')).at(-1)).toEqual({
      actor: 'operator',
      before: { phase: 'DUAL_WRITE' },
      after: { phase: 'CUTOVER', override: why },
    });
    const { takeCrmTenantBack } = await graph.ask(BACK, { t: tenant.id, to: 'LEGACY' });
    expect(takeCrmTenantBack).toEqual({ from: 'CUTOVER', to: 'LEGACY', isChanged: true });
    expect(await auditOf('takeCrmTenantBack')).toHaveLength(1);
    expect(await graph.refusal(ADVANCE, { t: 'no-uuid', to: 'CUTOVER' })).toBe('BAD_USER_INPUT');
    expect(await graph.refusal(ADVANCE, { t: tenant.id, to: 'CUTOVER', why: 'x'.repeat(501) })).toBe(
      'BAD_USER_INPUT',
    );
  });

  test('a text of rows is mapped to its tenant, and leads that wait for it are replayed', async () => {
    const slug = uniqueName('able-old');
    await graph.database.query(
      'UPDATE crm.customer SET tenant_id = $1, tenant_uuid = NULL WHERE tenant_id = $2',
      [slug, other.slug],
    );
    const lead = await graph.anonymous.ask(
      `mutation ($slug: String!) { submitLead(input: { tenantSlug: $slug, email: "jo@example.com" }) { id status } }`,
      { slug },
    );
    expect(lead.submitLead.status).toBe('PENDING');
    const waiting = await graph.ask(OF_THE_PLATFORM);
    expect(waiting.crmTenancy.pendingLeads).toMatchObject({ waiting: 1, slugs: [{ slug, leads: 1 }] });

    const dry = await graph.ask(MAP, { slug, t: other.id });
    expect(dry.mapCrmSlug).toMatchObject({ tables: [{ name: 'customer', rows: 1 }] });
    expect((await graph.ask(CUSTOMERS, { t: other.id })).customers.totalCount).toBe(0);
    const done = await graph.ask(MAP, { slug, t: other.id, dryRun: false });
    expect(done.mapCrmSlug).toMatchObject({ slug, rowsLeft: 0, duplicates: 0 });
    expect((await graph.ask(CUSTOMERS, { t: other.id })).customers.totalCount).toBe(1);
    await eventually(
      () => graph.ask('query ($id: ID!) { lead(id: $id) { tenantId } }', { id: lead.submitLead.id }),
      (answer) => expect(answer.lead).toEqual({ tenantId: other.id }),
    );
    expect(await auditOf('mapCrmSlug')).toMatchObject([{ actor: 'operator', after: { slug } }]);
    expect(await graph.refusal(MAP, { slug, t: tenant.id, dryRun: false })).toBe('CONFLICT');
  });

  test('the rows of a text that names nobody are taken out', async () => {
    const slug = uniqueName('gone');
    await graph.database.query(
      'UPDATE crm.customer SET tenant_id = $1, tenant_uuid = NULL WHERE tenant_id = $2',
      [slug, tenant.slug],
    );
    const dry = await graph.ask(RETIRE, { slug });
    expect(dry.retireCrmSlug.tables).toEqual([{ name: 'customer', rows: 2 }]);
    const done = await graph.ask(RETIRE, { slug, dryRun: false });
    expect(done.retireCrmSlug).toEqual({ slug, tables: [{ name: 'customer', rows: 2 }], rowsLeft: 0 });
    expect(
      await graph.database.query('SELECT retired_by FROM crm_tenancy.retired_row WHERE slug = $1', [slug]),
    ).toEqual([{ retired_by: 'operator' }, { retired_by: 'operator' }]);
    await graph.ask(RETIRE, { slug, dryRun: false });
    expect(await auditOf('retireCrmSlug')).toEqual([
      { actor: 'operator', before: { slug, tables: [{ table: 'customer', rows: 2 }] }, after: null },
    ]);
    expect(await graph.refusal(RETIRE, { slug: tenant.slug, dryRun: false })).toBe('CONFLICT');
  });

  test('the backfill is paused and resumed', async () => {
    const pause = () =>
      graph.database.query("SELECT value, changed_by FROM crm_tenancy.setting WHERE changed_by = 'operator'");
    await graph.ask('mutation { pauseCrmBackfill { stage } }');
    expect(await pause()).toEqual([{ value: true, changed_by: 'operator' }]);
    await graph.ask('mutation { pauseCrmBackfill { stage } }');
    await graph.ask('mutation { resumeCrmBackfill { stage } }');
    expect(await pause()).toEqual([{ value: false, changed_by: 'operator' }]);
    const paused = { before: { isPaused: false }, after: { isPaused: true } };
    expect(await auditOf('pauseCrmBackfill')).toEqual([{ actor: 'operator', ...paused }]);
    expect(await auditOf('resumeCrmBackfill')).toHaveLength(1);
  });

  test('what the books hold of a tenant is given out and removed with it', assertBooksGoWithTheTenant);

  test('rows that the backfill has not given to the tenant yet are given out and removed with it', async () => {
    const leaving = await provisionedTenant(graph, 'leaving');
    await setPhase(graph, leaving.id, 'DUAL_WRITE');
    const text = leaving.slug.toUpperCase();
    await graph.database.query(
      `WITH lead AS (
         INSERT INTO crm.lead (id, tenant_id, email, consent_given, input_digest, created_by, updated_by)
         SELECT gen_random_uuid(), slug, 'jo@example.com', false, '', 'old', 'old'
         FROM unnest(ARRAY[$1, $1, $1, 'of-nobody']) slug RETURNING id, tenant_id
       ) INSERT INTO crm_tenancy.quarantined_row SELECT 'lead', jsonb_build_object('id', id), tenant_id, 'UNKNOWN_SLUG' FROM lead`,
      [text],
    );
    await graph.database.query(
      "INSERT INTO crm_tenancy.slug_alias (slug, tenant_id, mapped_by) VALUES ($1, $2, 'test')",
      [text, leaving.id],
    );
    const tablesOf = async () =>
      (await exportOf(leaving.id))
        .map(({ table }) => table)
        .filter((table) => /lead|quarantined/.test(table));
    expect(await tablesOf()).toEqual([
      ...Array(3).fill('crm_tenancy.quarantined_row'),
      ...Array(3).fill('crm.lead'),
    ]);
    await remove(leaving.id);
    expect(await tablesOf()).toEqual([]);
    expect(
      await graph.database.query('SELECT tenant_id FROM crm.lead WHERE tenant_id IN ($1, $2)', [
        text,
        'of-nobody',
      ]),
    ).toEqual([{ tenant_id: 'of-nobody' }]);
    await graph.database.query("DELETE FROM crm.lead WHERE tenant_id = 'of-nobody'");
    await graph.database.query('DELETE FROM crm_tenancy.quarantined_row');
  });

  test('a lead that was told to wait is not lost when the schema is contracted, and can still be mapped', async () => {
    const slug = uniqueName('late');
    const { submitLead } = await graph.anonymous.ask(
      `mutation ($slug: String!) { submitLead(input: { tenantSlug: $slug, email: "jo@example.com" }) { id status } }`,
      { slug },
    );
    expect(submitLead.status).toBe('PENDING');
    await fillUuids(graph.database);
    await moveCrm(graph.database, 'CONTRACTED');
    await graph.database.query(
      'UPDATE crm_tenancy.pending_lead SET attempts = 0, tried_at = NULL WHERE slug = $1',
      [slug],
    );
    await eventually(
      () =>
        graph.database.query(
          'SELECT state, tried_at IS NOT NULL AS tried FROM crm_tenancy.pending_lead WHERE slug = $1',
          [slug],
        ),
      (rows) => expect(rows).toEqual([{ state: 'PENDING', tried: true }]),
    );
    const done = await graph.ask(MAP, { slug, t: other.id, dryRun: false });
    expect(done.mapCrmSlug).toMatchObject({ slug, tables: [], leads: 1 });
    await eventually(
      () => graph.ask('query ($id: ID!) { lead(id: $id) { tenantId } }', { id: submitLead.id }),
      (answer) => expect(answer.lead).toEqual({ tenantId: other.id }),
    );
  });
});

test('when the move is over, what the books still hold of a tenant goes with it too', async () => {
  await moveCrm(graph.database, 'CONTRACTED');
  await assertBooksGoWithTheTenant();
});
