import { Client } from 'pg';
import { eventually } from '../testkit/eventually';
import { startGraph, type TestGraph } from '../testkit/graph';
import { provisionedTenant, uniqueName } from '../testkit/seed';
import { withSlowWrites } from '../testkit/slow-writes';
import { copyOf } from './tenant-events';

const NEW_CUSTOMER = `mutation ($tenantId: ID!) {
  createCustomer(input: { tenantId: $tenantId, email: "jo@example.com" }) { id tenantSlug } }`;
const RENAME = `mutation ($id: ID!, $slug: String!) { updateTenant(id: $id, input: { slug: $slug }) { slug } }`;
const SUBMIT = `mutation ($slug: String!) {
  submitLead(input: { tenantSlug: $slug, email: "jo@example.com" }) { id tenantSlug } }`;
const SLUG_OF = 'query ($id: ID!) { customer(id: $id) { tenantSlug tenant { slug } } }';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

const newCustomer = async (tenantId: string) => (await graph.ask(NEW_CUSTOMER, { tenantId })).createCustomer;
const rename = (id: string, slug: string) => graph.ask(RENAME, { id, slug });
const slugOf = async (id: string) => (await graph.ask(SLUG_OF, { id })).customer.tenantSlug;

async function untilSlugIs(slug: string, ...customerIds: string[]): Promise<void> {
  for (const id of customerIds) {
    await eventually(
      () => slugOf(id),
      (seen) => expect(seen).toBe(slug),
    );
  }
}

async function tenantWithCustomer() {
  const tenant = await provisionedTenant(graph);
  return { ...tenant, customerId: (await newCustomer(tenant.id)).id };
}

/** A tenant of which CRM has no copy, as if it had heard of none of its events; it has taken all of them. */
async function tenantWithoutCopy() {
  const tenant = await provisionedTenant(graph);
  await graph.settled();
  await graph.database.query('DELETE FROM crm.tenant WHERE id = $1', [tenant.id]);
  return tenant;
}

test('a renamed tenant has its new slug on every row within moments, with or without a write', async () => {
  const [written, followed] = [await tenantWithCustomer(), await tenantWithCustomer()];
  const [writtenSlug, followedSlug] = [uniqueName('renamed'), uniqueName('renamed')];
  await rename(written.id, writtenSlug);
  await rename(followed.id, followedSlug);
  const { id } = await newCustomer(written.id);
  await untilSlugIs(writtenSlug, id, written.customerId);
  await untilSlugIs(followedSlug, followed.customerId);
});

test("a receipt names the tenant as Access Control does, whatever CRM's rows still say", async () => {
  const tenant = await tenantWithCustomer();
  const slug = uniqueName('renamed');
  await rename(tenant.id, slug);
  expect((await graph.ask(SUBMIT, { slug })).submitLead.tenantSlug).toBe(slug);
  expect((await graph.ask(SUBMIT, { slug: tenant.slug })).submitLead.tenantSlug).toBe(slug);
});

test("a request waits briefly for whoever holds its tenant's copy, and may be repeated", async () => {
  const { id, slug } = await tenantWithCustomer();
  const [renamedSlug, unknown] = [uniqueName('renamed'), await tenantWithoutCopy()];
  const other = new Client({ connectionString: graph.database.url });
  await other.connect();
  try {
    await other.query('BEGIN');
    await other.query('SELECT FROM crm.tenant WHERE id = $1 FOR UPDATE', [id]);
    await rename(id, renamedSlug);
    await rename(unknown.id, slug);
    for (const name of [renamedSlug, slug]) {
      const startedAt = Date.now();
      expect(await graph.refusal(SUBMIT, { slug: name })).toBe('SUBGRAPH_UNAVAILABLE');
      expect(Date.now() - startedAt).toBeLessThan(5_000);
    }
  } finally {
    await other.end();
  }
  const receipts = [await graph.ask(SUBMIT, { slug: renamedSlug }), await graph.ask(SUBMIT, { slug })];
  expect(receipts.map(({ submitLead }) => submitLead.tenantSlug)).toEqual([renamedSlug, slug]);
});

test('a slug may move on to another tenant, and two may swap theirs', async () => {
  const [one, other, unknown] = [
    await tenantWithCustomer(),
    await tenantWithCustomer(),
    await tenantWithoutCopy(),
  ];
  await rename(one.id, uniqueName('moved'));
  await rename(unknown.id, one.slug);
  expect((await newCustomer(unknown.id)).tenantSlug).toBe(one.slug);
  await rename(unknown.id, uniqueName('moved'));
  await rename(other.id, one.slug);
  await untilSlugIs(one.slug, (await newCustomer(other.id)).id, other.customerId);

  const [first, second] = [await tenantWithCustomer(), await tenantWithCustomer()];
  await rename(first.id, uniqueName('between'));
  await rename(second.id, first.slug);
  await rename(first.id, second.slug);
  const customers = await Promise.all([newCustomer(first.id), newCustomer(second.id)]);
  await untilSlugIs(second.slug, first.customerId, customers[0].id);
  await untilSlugIs(first.slug, second.customerId, customers[1].id);
});

test('writers that meet a swap of two slugs, or make copies at once, never wait for each other for ever', async () => {
  const [first, second] = [await tenantWithCustomer(), await tenantWithCustomer()];
  await withSlowWrites(graph.database, 'crm.tenant', async () => {
    await rename(first.id, uniqueName('between'));
    await rename(second.id, first.slug);
    await rename(first.id, second.slug);
    const unknown = [await tenantWithoutCopy(), await tenantWithoutCopy()];
    const tenants = [first, second, ...unknown, ...unknown];
    const customers = await Promise.all(tenants.map(({ id }) => newCustomer(id)));
    await untilSlugIs(second.slug, first.customerId, customers[0].id);
    await untilSlugIs(first.slug, second.customerId, customers[1].id);
  });
});

test('writes that meet a rename never fail, and end with the new slug', async () => {
  const { id, customerId } = await tenantWithCustomer();
  const slug = uniqueName('renamed');
  const writes = Array.from({ length: 20 }, () => newCustomer(id));
  await Promise.all([...writes, rename(id, slug)]);
  await newCustomer(id);
  await untilSlugIs(slug, customerId);
  const slugs = await graph.database.query(
    'SELECT DISTINCT tenant_slug AS slug FROM crm.customer WHERE tenant_id = $1',
    [id],
  );
  expect(slugs).toEqual([{ slug }]);
});

test('a write makes the copy of a tenant that CRM has not heard of', async () => {
  const tenant = await tenantWithoutCopy();
  await newCustomer(tenant.id);
  expect(await copyOf(graph, tenant.id)).toMatchObject({ slug: tenant.slug, status: 'ACTIVE' });
});
