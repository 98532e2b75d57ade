import { setTimeout as sleep } from 'node:timers/promises';
import { startGraph, type TestGraph } from '../testkit/graph';
import { provisionedTenant, uniqueName } from '../testkit/seed';
import { withSlowWrites } from '../testkit/slow-writes';

const NEW_CUSTOMER = `mutation ($tenantId: ID!) {
  createCustomer(input: { tenantId: $tenantId, email: "jo@example.com" }) { id tenantSlug } }`;
const RENAME = `mutation ($id: ID!, $slug: String!) { updateTenant(id: $id, input: { slug: $slug }) { slug } }`;
const SLUG_OF = 'query ($id: ID!) { customer(id: $id) { tenantSlug tenant { slug } } }';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph('one process', { followIntervalMs: 300 });
});
afterAll(() => graph.stop());

const newCustomer = async (tenantId: string) => (await graph.ask(NEW_CUSTOMER, { tenantId })).createCustomer;
const rename = (id: string, slug: string) => graph.ask(RENAME, { id, slug });
const slugOf = async (id: string) => (await graph.ask(SLUG_OF, { id })).customer.tenantSlug;

async function tenantWithCustomer() {
  const tenant = await provisionedTenant(graph);
  return { ...tenant, customerId: (await newCustomer(tenant.id)).id };
}

test('a renamed tenant has its new slug on every row with the next write, and within seconds without one', async () => {
  const [written, followed] = [await tenantWithCustomer(), await tenantWithCustomer()];
  const [writtenSlug, followedSlug] = [uniqueName('renamed'), uniqueName('renamed')];
  await rename(written.id, writtenSlug);
  await rename(followed.id, followedSlug);
  expect((await newCustomer(written.id)).tenantSlug).toBe(writtenSlug);
  expect(await slugOf(written.customerId)).toBe(writtenSlug);

  const deadline = Date.now() + 15_000;
  while ((await slugOf(followed.customerId)) !== followedSlug && Date.now() < deadline) await sleep(250);
  expect(await slugOf(followed.customerId)).toBe(followedSlug);
});

test('a slug may move on to another tenant, and two may swap theirs', async () => {
  const [one, other] = [await tenantWithCustomer(), await tenantWithCustomer()];
  await rename(one.id, uniqueName('moved'));
  await rename(other.id, one.slug);
  expect((await newCustomer(other.id)).tenantSlug).toBe(one.slug);

  const [first, second] = [await tenantWithCustomer(), await tenantWithCustomer()];
  await rename(first.id, uniqueName('between'));
  await rename(second.id, first.slug);
  await rename(first.id, second.slug);
  const customers = await Promise.all([newCustomer(first.id), newCustomer(second.id)]);
  expect(customers.map(({ tenantSlug }) => tenantSlug)).toEqual([second.slug, first.slug]);
  expect(await slugOf(first.customerId)).toBe(second.slug);
  expect(await slugOf(second.customerId)).toBe(first.slug);
});

test('writers that both find two slugs swapped never wait for each other for ever', async () => {
  const [first, second] = [await tenantWithCustomer(), await tenantWithCustomer()];
  await withSlowWrites(graph.database, 'crm.tenant', async () => {
    await rename(first.id, uniqueName('between'));
    await rename(second.id, first.slug);
    await rename(first.id, second.slug);
    const customers = await Promise.all([newCustomer(first.id), newCustomer(second.id)]);
    expect(customers.map(({ tenantSlug }) => tenantSlug)).toEqual([second.slug, first.slug]);
  });
});

test('writes that meet a rename never fail, and end with the new slug', async () => {
  const { id, customerId } = await tenantWithCustomer();
  const slug = uniqueName('renamed');
  const writes = Array.from({ length: 20 }, () => newCustomer(id));
  await Promise.all([...writes, rename(id, slug)]);
  await newCustomer(id);
  expect(await slugOf(customerId)).toBe(slug);
  const slugs = await graph.database.query(
    'SELECT DISTINCT tenant_slug AS slug FROM crm.customer WHERE tenant_id = $1',
    [id],
  );
  expect(slugs).toEqual([{ slug }]);
});

test('CRM copies a tenant when it first writes for it, and no tenant before', async () => {
  const tenant = await provisionedTenant(graph);
  const copies = () => graph.database.query('SELECT slug, status FROM crm.tenant WHERE id = $1', [tenant.id]);
  expect(await copies()).toEqual([]);
  await newCustomer(tenant.id);
  expect(await copies()).toEqual([{ slug: tenant.slug, status: 'ACTIVE' }]);
});
