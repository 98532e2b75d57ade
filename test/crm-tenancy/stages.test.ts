import { Client } from 'pg';
import { migratedTables } from '../../subgraphs/crm/tenant-migration/schema/migrated-tables';
import { type Stage, stages } from '../../subgraphs/crm/tenant-migration/schema/stage';
import { startGraph, type TestGraph } from '../testkit/graph';
import { breakMoveOff, moveCrm } from './stage-of-crm';

let graph: TestGraph;

beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

/** Everything that the catalogue says of CRM's tables, but for the order of their columns. */
async function catalogue(): Promise<unknown[]> {
  return graph.database.query(`
    SELECT 'column' AS kind, c.table_schema || '.' || c.table_name AS owner, c.column_name AS name,
      concat_ws(' ', c.data_type, c.is_nullable, c.column_default) AS definition
    FROM information_schema.columns c WHERE c.table_schema IN ('crm', 'crm_live')
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) || convalidated
    FROM pg_constraint WHERE connamespace = 'crm'::regnamespace AND contype <> 'n'
    UNION ALL
    SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'crm'
    UNION ALL
    SELECT 'policy', polrelid::regclass::text, polname, pg_get_expr(polqual, polrelid) FROM pg_policy
      WHERE polrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'crm'::regnamespace)
    UNION ALL
    SELECT 'security', relname, relrowsecurity::text, relforcerowsecurity::text FROM pg_class
      WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r'
    UNION ALL
    SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger
      WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'crm'::regnamespace)
    UNION ALL
    SELECT 'function', pronamespace::regnamespace::text, proname, '' FROM pg_proc
      WHERE pronamespace IN ('crm'::regnamespace, 'crm_tenancy'::regnamespace)
    ORDER BY 1, 2, 3, 4`);
}

const QUERY = `query ($id: ID!) {
  tenant(id: $id) {
    customers(first: 100) { totalCount edges { node { id tenantId tenantSlug email lifecycleStage } } }
    leads(first: 100) { edges { node { id tenantSlug email } } }
    segments { id name tenantId } journeys { id name status steps { stepNumber type } }
  }
}`;

/** Writes of every kind, as callers send them. */
async function work(tenantId: string, slug: string, run: string): Promise<void> {
  const { createCustomer } = await graph.ask(
    `mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id tenantId tenantSlug status } }`,
    { input: { tenantId, email: `${run}@example.com`, authUserId: `${slug}-${run}` } },
  );
  expect(createCustomer).toMatchObject({ tenantId, tenantSlug: slug, status: 'ACTIVE' });
  const { updateCustomer } = await graph.ask(
    `mutation ($id: ID!) { updateCustomer(id: $id, input: { firstName: "Thandi" }) { firstName tenantId } }`,
    { id: createCustomer.id },
  );
  expect(updateCustomer).toEqual({ firstName: 'Thandi', tenantId });
  const taken = { tenantId, authUserId: `${slug}-${run}` };
  expect(
    await graph.refusal(`mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }`, {
      input: taken,
    }),
  ).toBe('CONFLICT');

  const lead = { tenantSlug: slug, email: `${run}@lead.example`, consentGiven: true, idempotencyKey: run };
  const submit =
    'mutation ($input: SubmitLeadInput!) { submitLead(input: $input) { id tenantId tenantSlug } }';
  const first = await graph.anonymous.ask(submit, { input: lead });
  const second = await graph.anonymous.ask(submit, { input: lead });
  expect(second).toEqual(first);
  expect(first.submitLead).toMatchObject({ tenantId, tenantSlug: slug });
  await graph.ask(
    `mutation ($id: ID!, $customerId: ID!) { updateLead(id: $id, input: { status: CONVERTED, customerId: $customerId }) { status } }`,
    { id: first.submitLead.id, customerId: createCustomer.id },
  );
}

async function newTenant(slug: string): Promise<string> {
  const { createTenant } = await graph.ask(
    'mutation ($slug: String!) { createTenant(input: { slug: $slug, displayName: $slug }) { id } }',
    { slug },
  );
  const enable = 'mutation ($id: ID!) { enableSystem(tenantId: $id, system: CRM) { id } }';
  await graph.ask(enable, { id: createTenant.id });
  return createTenant.id;
}

const stage = async () =>
  (await graph.database.query<{ stage: Stage }>('SELECT stage FROM crm_tenancy.schema_stage'))[0]?.stage;

describe.each([
  { way: ['ENFORCED', 'CONTRACTED'], before: 'index ', at: 'CONTRACTED' },
  { way: ['CONTRACTED', 'ENFORCED'], before: 'index ', at: 'CONTRACTED' },
  { way: ['CONTRACTED', 'ENFORCED'], before: 'constraint ', at: 'ENFORCED' },
  { way: ['ENFORCED', 'EXPANDED'], before: 'index ', at: 'EXPANDED' },
  { way: ['EXPANDED', 'ENFORCED'], before: 'constraint ', at: 'EXPANDED' },
  { way: ['EXPANDED', 'ENFORCED'], before: 'index ', at: 'EXPANDED' },
  { way: ['EXPANDED', 'ENFORCED'], before: 'the keys that these take the place of go', at: 'EXPANDED' },
  { way: ['LEGACY', 'EXPANDED'], before: 'index ', at: 'LEGACY' },
  { way: ['LEGACY', 'EXPANDED'], before: 'CRM gets its tenants', at: 'LEGACY' },
] as { way: [Stage, Stage]; before: string; at: Stage }[])(
  'a move from $way that is broken off before "$before"',
  ({ way: [from, to], before, at }) => {
    const settled = new Map<Stage, unknown[]>();
    beforeAll(async () => {
      for (const each of [from, to]) {
        await moveCrm(graph.database, each);
        settled.set(each, await catalogue());
      }
    });
    beforeEach(async () => {
      await moveCrm(graph.database, from);
      await breakMoveOff(graph.database, to, before);
    });
    afterAll(() => moveCrm(graph.database, 'CONTRACTED'));

    test(`leaves the schema at ${at}, and is finished by repeating it`, async () => {
      expect(await stage()).toBe(at);
      await moveCrm(graph.database, to);
      expect(await catalogue()).toEqual(settled.get(to));
    });

    test('leaves nothing behind where it is gone back from', async () => {
      await moveCrm(graph.database, from);
      expect(await catalogue()).toEqual(settled.get(from));
    });
  },
);

/** Begins a move, and tells when it has met a lock and when it ends. */
function moveUntilItWaits(to: Stage): { waits: Promise<void>; ends: Promise<string[]> } {
  let ends: Promise<string[]> = Promise.resolve([]);
  const waits = new Promise<void>((resolve, reject) => {
    ends = moveCrm(graph.database, to, {
      onLine: (line) => line.includes('a lock was not free in time') && resolve(),
    });
    ends.catch(reject);
  });
  return { waits, ends };
}

test('of two that move the schema at once one goes on, and the other is told', async () => {
  await moveCrm(graph.database, 'ENFORCED');
  const holder = new Client({ connectionString: graph.database.url });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE crm.customer IN ACCESS SHARE MODE');
  const begun = (['CONTRACTED', 'EXPANDED'] as const).map((to) => moveUntilItWaits(to));
  await Promise.all(begun.map(({ waits }) => waits));
  await holder.end();
  const moves = await Promise.allSettled(begun.map(({ ends }) => ends));
  const refused = moves.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(1);
  expect(refused).toMatchObject([{ reason: { code: 'TENANCY_STAGE_WRONG' } }]);
  await moveCrm(graph.database, 'CONTRACTED');
});

test('every stage back and forth again serves reads and writes, and ends in the very same schema', async () => {
  const contracted = await catalogue();
  // A second try has tenants of its own.
  const fairways = `fairways-${Date.now()}`;
  const bunkers = `bunkers-${Date.now()}`;
  const tenantId = await newTenant(fairways);
  const other = await newTenant(bunkers);
  await graph.ask('mutation ($id: ID!) { installTemplatePack(tenantId: $id, pack: CLUB) { pack } }', {
    id: tenantId,
  });
  await work(other, bunkers, 'before');

  const path: Stage[] = [...stages.toReversed(), ...stages];
  const seen = new Map<Stage, unknown[]>();
  for (const [index, stage] of path.entries()) {
    const before = await graph.ask(QUERY, { id: tenantId });
    const said = await moveCrm(graph.database, stage);
    expect(await graph.ask(QUERY, { id: tenantId })).toEqual(before);
    if (stage === 'EXPANDED' && index > stages.length) {
      // Whoever reads by UUID finds the indexes built.
      expect(said.filter((line) => line.startsWith('index '))).toHaveLength(11);
      expect(said.at(-1)).toBe('CRM gets its tenants, and rows may name them by UUID');
      for (const { name } of migratedTables) {
        await graph.database.query(`UPDATE crm.${name} r SET tenant_uuid = n.tenant_id
          FROM crm_tenancy.row_names() n WHERE n.name = r.tenant_id`);
      }
    }
    await work(tenantId, fairways, `run-${index}`);
    const catalogueNow = await catalogue();
    expect(catalogueNow).toEqual(seen.get(stage) ?? catalogueNow);
    seen.set(stage, catalogueNow);
  }
  expect(await catalogue()).toEqual(contracted);
  const { tenant } = await graph.ask(QUERY, { id: tenantId });
  expect(tenant.customers.totalCount).toBe(path.length);
  expect(tenant.segments.length).toBeGreaterThan(0);
  const { tenant: untouched } = await graph.ask(QUERY, { id: other });
  expect(untouched.customers.totalCount).toBe(1);
});
