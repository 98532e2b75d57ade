import { randomUUID } from 'node:crypto';
import { eventually } from '../testkit/eventually';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, provisionedTenant, uniqueName } from '../testkit/seed';
import { withSlowWrites } from '../testkit/slow-writes';
import { copyOf, eventsOf, type HandedEvent, handOver } from './tenant-events';

const NEW_CUSTOMER = `mutation ($tenantId: ID!) {
  createCustomer(input: { tenantId: $tenantId, email: "jo@example.com" }) { id } }`;
const RENAME = `mutation ($id: ID!, $slug: String!) { updateTenant(id: $id, input: { slug: $slug }) { slug } }`;
const DISABLE = 'mutation ($id: ID!) { disableTenant(id: $id) { id } }';
const NEW_TENANT = `mutation ($slug: String!) { createTenant(input: { slug: $slug, displayName: $slug }) { id slug } }`;

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

/** Another slug in Access Control, of which no event tells. */
const renameSilently = (id: string, slug: string) =>
  graph.database.query(
    'UPDATE access_control.tenant SET slug = $2, updated_at = clock_timestamp() WHERE id = $1',
    [id, slug],
  );

const slugsOfCustomers = (id: string) =>
  graph.database.query<{ slug: string }>(
    'SELECT DISTINCT tenant_slug AS slug FROM crm.customer WHERE tenant_id = $1',
    [id],
  );

const untilCopyIs = (id: string, copy: { slug: string; status: string }, of = graph) =>
  eventually(
    () => copyOf(of, id),
    (seen) => expect(seen).toMatchObject(copy),
  );

/** A tenant of which CRM has taken all events. */
async function knownTenant() {
  const tenant = await bareTenant(graph);
  await untilCopyIs(tenant.id, { slug: tenant.slug, status: 'ACTIVE' });
  return tenant;
}

test('CRM has a copy of a new tenant before anyone asks for it, and it follows each change', async () => {
  const { id, slug } = await provisionedTenant(graph);
  await untilCopyIs(id, { slug, status: 'ACTIVE' });
  const renamed = uniqueName('renamed');
  await graph.ask(RENAME, { id, slug: renamed });
  await untilCopyIs(id, { slug: renamed, status: 'ACTIVE' });
  await graph.ask(DISABLE, { id });
  await untilCopyIs(id, { slug: renamed, status: 'DISABLED' });
});

test('events that come again, one by one or all at once, oldest or newest first, change nothing', async () => {
  const { id } = await knownTenant();
  const slug = uniqueName('renamed');
  await graph.ask(RENAME, { id, slug: uniqueName('between') });
  await graph.ask(RENAME, { id, slug });
  await graph.ask(DISABLE, { id });
  await untilCopyIs(id, { slug, status: 'DISABLED' });
  const before = await copyOf(graph, id);
  const events = await eventsOf(graph, id);
  expect(events.map(({ type }) => type)).toEqual([
    'tenant.created',
    ...['tenant.updated', 'tenant.slug.changed', 'tenant.updated', 'tenant.slug.changed'],
    'tenant.disabled',
  ]);
  for (const event of [...events].reverse())
    expect(await handOver(graph, [event])).toEqual({ taken: 1, refusal: null });
  expect(await handOver(graph, events)).toEqual({ taken: events.length, refusal: null });
  expect(await copyOf(graph, id)).toEqual(before);
});

test('an event of a tenant whom Access Control does not know at the moment is asked about again, not refused', async () => {
  const id = randomUUID();
  const slug = uniqueName('late');
  const event: HandedEvent = {
    id: randomUUID(),
    type: 'tenant.created',
    version: '1.0',
    timestamp: new Date().toISOString(),
    tenantId: id,
    tenantSlug: slug,
    source: 'access-control',
    payload: { displayName: 'Late' },
    metadata: { userId: 'test', correlationId: 'test' },
  };
  expect(await handOver(graph, [event])).toBe('SUBGRAPH_UNAVAILABLE');
  expect(await copyOf(graph, id)).toBeNull();
  await graph.database.query(
    `INSERT INTO access_control.tenant (id, slug, display_name) VALUES ($1, $2, 'Late')`,
    [id, slug],
  );
  expect(await handOver(graph, [event])).toEqual({ taken: 1, refusal: null });
  expect(await copyOf(graph, id)).toMatchObject({ slug });
});

describe('a tenant that Access Control has no more', () => {
  const endOf = async (id: string): Promise<HandedEvent> => {
    const [created] = await eventsOf(graph, id);
    if (!created) throw new Error('A tenant has an event of its creation');
    const payload = { deprovisioningId: randomUUID() };
    return { ...created, id: randomUUID(), type: 'tenant.deprovisioning.completed', payload };
  };
  const removeSilently = (id: string) =>
    graph.database.query('DELETE FROM access_control.tenant WHERE id = $1', [id]);
  const aliasesOf = (id: string) =>
    graph.database.query('SELECT FROM crm.tenant_slug_alias WHERE tenant_id = $1', [id]);

  test('is forgotten with its former slugs, once its end is told', async () => {
    const { id } = await knownTenant();
    const slug = uniqueName('renamed');
    await graph.ask(RENAME, { id, slug });
    await untilCopyIs(id, { slug, status: 'ACTIVE' });
    await removeSilently(id);
    const [before, end] = [await eventsOf(graph, id), await endOf(id)];
    expect(await handOver(graph, before)).toBe('SUBGRAPH_UNAVAILABLE');
    expect(await copyOf(graph, id)).toMatchObject({ slug });
    const answer = { taken: before.length + 1, refusal: null };
    for (let time = 0; time < 2; time += 1) expect(await handOver(graph, [...before, end])).toEqual(answer);
    expect([await copyOf(graph, id), await aliasesOf(id)]).toEqual([null, []]);
  });

  test('holds no event up that happened long ago', async () => {
    const { id } = await knownTenant();
    await removeSilently(id);
    const timestamp = new Date(Date.now() - 11 * 60_000).toISOString();
    const events = (await eventsOf(graph, id)).map((event) => ({ ...event, timestamp }));
    expect(await handOver(graph, events)).toEqual({ taken: events.length, refusal: null });
    expect(await copyOf(graph, id)).toBeNull();
  });

  test('loses no row by that: while CRM has some, its events are refused', async () => {
    const { id, slug } = await knownTenant();
    await graph.ask(NEW_CUSTOMER, { tenantId: id });
    await removeSilently(id);
    const refusal = expect.stringContaining(`CRM has rows of tenant ${id}`);
    expect(await handOver(graph, [await endOf(id)])).toEqual({ taken: 0, refusal });
    expect(await copyOf(graph, id)).toMatchObject({ slug });
    expect(await slugsOfCustomers(id)).toEqual([{ slug }]);
  });

  test('keeps its slug from nobody who takes it before CRM has heard', async () => {
    const { id, slug } = await knownTenant();
    await removeSilently(id);
    const { createTenant } = await graph.ask(NEW_TENANT, { slug });
    await untilCopyIs(createTenant.id, { slug, status: 'ACTIVE' });
    expect(await copyOf(graph, id)).toBeNull();
  });
});

test('a rename that takes longer than a hand-over goes on by itself, once, and ends; others follow behind it', async () => {
  const [slow, quick] = [await knownTenant(), await knownTenant()];
  for (let count = 0; count < 20; count += 1) await graph.ask(NEW_CUSTOMER, { tenantId: slow.id });
  const [slowSlug, quickSlug] = [uniqueName('slow'), uniqueName('quick')];
  await renameSilently(slow.id, slowSlug);
  await renameSilently(quick.id, quickSlug);
  const [slowEvents, quickEvents] = [await eventsOf(graph, slow.id), await eventsOf(graph, quick.id)];

  await withSlowWrites(graph.database, 'crm.customer', async () => {
    expect(await handOver(graph, slowEvents, 500)).toBe('REQUEST_TIMEOUT');
    const [again, other] = await Promise.all([
      handOver(graph, slowEvents, 500),
      handOver(graph, quickEvents, 500),
    ]);
    expect([again, other]).toEqual(['REQUEST_TIMEOUT', 'REQUEST_TIMEOUT']);
    const writers = await graph.database.query(
      `SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND state = 'active' AND query LIKE '%INSERT INTO tenant AS copy%'
         AND pid <> pg_backend_pid()`,
    );
    expect(writers).toHaveLength(1);
    await eventually(
      () => handOver(graph, slowEvents, 500),
      (answer) => expect(answer).toEqual({ taken: slowEvents.length, refusal: null }),
    );
  });
  expect(await slugsOfCustomers(slow.id)).toEqual([{ slug: slowSlug }]);
  expect(await handOver(graph, quickEvents)).toEqual({ taken: quickEvents.length, refusal: null });
  expect(await copyOf(graph, quick.id)).toMatchObject({ slug: quickSlug });
});

test('a second rename during a slow one is not lost in it', async () => {
  const { id } = await knownTenant();
  for (let count = 0; count < 5; count += 1) await graph.ask(NEW_CUSTOMER, { tenantId: id });
  const [first, second] = [uniqueName('first'), uniqueName('second')];
  await renameSilently(id, first);
  const events = await eventsOf(graph, id);
  await withSlowWrites(graph.database, 'crm.customer', async () => {
    expect(await handOver(graph, events, 300)).toBe('REQUEST_TIMEOUT');
    await renameSilently(id, second);
    expect(await handOver(graph, events)).toEqual({ taken: events.length, refusal: null });
  });
  expect(await copyOf(graph, id)).toMatchObject({ slug: second });
  expect(await slugsOfCustomers(id)).toEqual([{ slug: second }]);
});

test('what no event told, a look at Access Control makes up for: changes, former slugs, and new tenants', async () => {
  const looking = await startGraph('one process', { followIntervalMs: 200 });
  try {
    const { id, slug: oldSlug } = await bareTenant(looking);
    await untilCopyIs(id, { slug: oldSlug, status: 'ACTIVE' }, looking);
    const [slug, newSlug] = [uniqueName('silent'), uniqueName('new')];
    await looking.database.query(
      'UPDATE access_control.tenant SET slug = $2, updated_at = clock_timestamp() WHERE id = $1',
      [id, slug],
    );
    const [created] = await looking.database.query<{ id: string }>(
      `INSERT INTO access_control.tenant (id, slug, display_name) VALUES (gen_random_uuid(), $1, 'New') RETURNING id`,
      [newSlug],
    );
    await untilCopyIs(id, { slug, status: 'ACTIVE' }, looking);
    expect(
      await looking.database.query(
        `SELECT slug, expires_at > now() + interval '179 days' AS lives FROM crm.tenant_slug_alias WHERE tenant_id = $1`,
        [id],
      ),
    ).toEqual([{ slug: oldSlug, lives: true }]);
    await untilCopyIs(created?.id ?? '', { slug: newSlug, status: 'ACTIVE' }, looking);
  } finally {
    await looking.stop();
  }
});

describe('in the distributed shape', () => {
  let distributed: TestGraph;
  beforeAll(async () => {
    distributed = await startGraph('distributed');
  });
  afterAll(() => distributed.stop());

  const newTenant = async (): Promise<{ id: string; slug: string }> =>
    (await distributed.ask(NEW_TENANT, { slug: uniqueName('club') })).createTenant;

  test('CRM follows over HTTP', async () => {
    const { id, slug } = await newTenant();
    await untilCopyIs(id, { slug, status: 'ACTIVE' }, distributed);
    const renamed = uniqueName('renamed');
    await distributed.ask(RENAME, { id, slug: renamed });
    await untilCopyIs(id, { slug: renamed, status: 'ACTIVE' }, distributed);
  });

  test('CRM that was down, and Access Control that was stopped before it told of a change, miss nothing', async () => {
    const known = await newTenant();
    await untilCopyIs(known.id, { slug: known.slug, status: 'ACTIVE' }, distributed);
    await distributed.stopSubgraph('crm');
    const [renamed, unknown] = [uniqueName('renamed'), await newTenant()];
    await distributed.ask(RENAME, { id: known.id, slug: renamed });
    await distributed.stopSubgraph('access-control');
    await distributed.startSubgraph('crm');
    expect(await copyOf(distributed, known.id)).toMatchObject({ slug: known.slug });
    await distributed.startSubgraph('access-control');
    await untilCopyIs(known.id, { slug: renamed, status: 'ACTIVE' }, distributed);
    await untilCopyIs(unknown.id, { slug: unknown.slug, status: 'ACTIVE' }, distributed);
    await eventually(
      () =>
        distributed.database.query(`SELECT slug FROM crm.tenant_slug_alias WHERE tenant_id = $1`, [known.id]),
      (aliases) => expect(aliases).toEqual([{ slug: known.slug }]),
    );
  });
});
