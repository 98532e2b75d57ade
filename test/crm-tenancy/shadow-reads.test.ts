import { Client } from 'pg';
import { eventually } from '../testkit/eventually';
import { startGraph, type TestGraph } from '../testkit/graph';
import { type ProvisionedTenant, provisionedTenant } from '../testkit/seed';
import { moveCrm } from './stage-of-crm';

const CUSTOMERS = `query ($t: ID!) { customers(tenantId: $t) { totalCount edges { node { id email } } } }`;

let graph: TestGraph;
let tenant: ProvisionedTenant;
let other: ProvisionedTenant;
let customerIds: string[];
beforeAll(async () => {
  graph = await startGraph();
  [tenant, other] = [await provisionedTenant(graph), await provisionedTenant(graph)];
  await graph.settled();
  customerIds = [];
  for (const email of ['jo@example.com', 'bo@example.com']) {
    const { createCustomer } = await graph.ask(
      'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }',
      { input: { tenantId: tenant.id, email } },
    );
    customerIds.push(createCustomer.id);
  }
  await moveCrm(graph.database, 'LEGACY');
  await moveCrm(graph.database, 'EXPANDED');
  await setShare(1);
  await graph.ask('mutation ($t: ID!) { advanceCrmTenant(tenantId: $t, to: DUAL_WRITE) { to } }', {
    t: tenant.id,
  });
  // All but the second customer have been backfilled.
  await graph.database.query('UPDATE crm.customer SET tenant_uuid = $1 WHERE id = $2', [
    tenant.id,
    customerIds[0],
  ]);
}, 60_000);
afterAll(() => graph.stop());

const setShare = (share: number) =>
  graph.database.query(
    `INSERT INTO crm_tenancy.setting (name, value, changed_by) VALUES ('shadowReadShare', $1, 'test')
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    [JSON.stringify(share)],
  );

async function comparisons(of: ProvisionedTenant): Promise<{ compared: number; differed: number }> {
  const [sums] = await graph.database.query<{ compared: number; differed: number }>(
    `SELECT coalesce(sum(compared), 0)::int AS compared, coalesce(sum(differed), 0)::int AS differed
     FROM crm_tenancy.read_comparison WHERE tenant_id = $1`,
    [of.id],
  );
  return sums ?? { compared: 0, differed: 0 };
}

/** Reads until a read was compared that began after this call. */
async function readUntilCompared(): Promise<void> {
  const before = await comparisons(tenant);
  await eventually(
    async () => {
      await graph.ask(CUSTOMERS, { t: tenant.id });
      return comparisons(tenant);
    },
    ({ compared }) => expect(compared).toBeGreaterThan(before.compared + 4),
  );
}

test('what one way alone reads is kept, by its id and without what it says', async () => {
  await eventually(
    async () => {
      const { customers } = await graph.ask(CUSTOMERS, { t: tenant.id });
      expect(customers.totalCount).toBe(2);
      return graph.database.query<{ statement: string; only_by_slug: object[]; only_by_uuid: object[] }>(
        'SELECT statement, only_by_slug, only_by_uuid FROM crm_tenancy.read_mismatch WHERE tenant_id = $1',
        [tenant.id],
      );
    },
    (mismatches) => {
      const lists = mismatches.filter(({ statement }) => statement.includes('c.email'));
      expect(lists[0]?.only_by_slug).toContainEqual({ id: customerIds[1], differs: null });
      expect(lists[0]?.only_by_uuid).not.toContainEqual(expect.objectContaining({ id: customerIds[1] }));
      expect(JSON.stringify(mismatches)).not.toContain('@example.com');
    },
  );
  const { compared, differed } = await comparisons(tenant);
  expect(compared).toBeGreaterThanOrEqual(differed);
  expect(differed).toBeGreaterThan(0);
});

test('when rows agree, reads agree, and nothing is kept', async () => {
  await graph.database.query('UPDATE crm.customer SET tenant_uuid = $1 WHERE tenant_id = $2', [
    tenant.id,
    tenant.slug,
  ]);
  await readUntilCompared();
  const { differed } = await comparisons(tenant);
  await readUntilCompared();
  expect((await comparisons(tenant)).differed).toBe(differed);
});

test('a customer who is changed all the while makes no difference', async () => {
  const { differed } = await comparisons(tenant);
  let isOver = false;
  const change = async () => {
    for (let number = 0; !isOver; number += 1) {
      const values = [`jo.${number}@example.com`, customerIds[0]];
      await graph.database.query('UPDATE crm.customer SET email = $1 WHERE id = $2', values);
    }
  };
  const changing = [change(), change()];
  try {
    for (let times = 0; times < 10; times += 1) await readUntilCompared();
  } finally {
    isOver = true;
    await Promise.all(changing);
  }
  expect((await comparisons(tenant)).differed).toBe(differed);
});

test('only tenants in DUAL_WRITE are looked at, and twenty differences of an hour are kept', async () => {
  await graph.ask(CUSTOMERS, { t: other.id });
  await readUntilCompared();
  expect(await comparisons(other)).toEqual({ compared: 0, differed: 0 });
  const [kept] = await graph.database.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM crm_tenancy.read_mismatch',
  );
  expect(kept?.count).toBeLessThanOrEqual(20);
});

test('a look that cannot be written down neither breaks nor slows the read', async () => {
  const blocker = new Client({ connectionString: graph.database.url });
  await blocker.connect();
  try {
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE crm_tenancy.read_comparison IN ACCESS EXCLUSIVE MODE');
    const startedAt = Date.now();
    for (let times = 0; times < 200; times += 1) {
      const { customers } = await graph.ask(CUSTOMERS, { t: tenant.id });
      expect(customers.totalCount).toBe(2);
    }
    // One look waits for two seconds; two hundred reads that waited for theirs would take minutes.
    expect(Date.now() - startedAt).toBeLessThan(30_000);
  } finally {
    await blocker.end();
  }
  await readUntilCompared();
});

test('with a share of 0 nothing is looked at', async () => {
  await setShare(0);
  await eventually(
    async () => {
      const before = await comparisons(tenant);
      for (let times = 0; times < 5; times += 1) await graph.ask(CUSTOMERS, { t: tenant.id });
      await new Promise((resolve) => setTimeout(resolve, 500));
      return (await comparisons(tenant)).compared - before.compared;
    },
    (compared) => expect(compared).toBe(0),
  );
});
