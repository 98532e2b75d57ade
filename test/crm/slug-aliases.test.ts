import { Client } from 'pg';
import pino from 'pino';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import { defaultPublicLeads } from '../../shared/public-lead-settings';
import { createAliasUses } from '../../subgraphs/crm/slug-aliases/alias-uses';
import { loadSubgraph } from '../../subgraphs/modules';
import { eventually } from '../testkit/eventually';
import { type Caller, startGraph, type TestGraph } from '../testkit/graph';
import { type ProvisionedTenant, provisionedTenant, uniqueName } from '../testkit/seed';
import { copyOf, eventsOf, handOver } from './tenant-events';

const SUBMIT = `mutation ($slug: String!) {
  submitLead(input: { tenantSlug: $slug, email: "jo@example.com" }) { id tenantId tenantSlug } }`;
const RENAME = `mutation ($id: ID!, $slug: String!) { updateTenant(id: $id, input: { slug: $slug }) { updatedAt } }`;
const ALIASES = `query ($id: ID!) { tenant(id: $id) {
  slugAliases { slug since expiresAt lastUsedAt uses } leads(first: 10) { edges { node { id } } } } }`;
const DAY_MS = 86_400_000;

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

const rename = (id: string, slug: string, of: Caller = graph) => of.ask(RENAME, { id, slug });
const leadFor = async (slug: string, of = graph) => (await of.anonymous.ask(SUBMIT, { slug })).submitLead;
const aliasesOf = async (id: string, of: Caller = graph) =>
  (await of.ask(ALIASES, { id })).tenant.slugAliases as { slug: string; uses: number }[];
const slugsOfAliases = async (id: string) => (await aliasesOf(id)).map(({ slug }) => slug);

/** Renames a tenant of whom CRM has heard, and waits until it has heard of that too. */
async function renameKnown(id: string, slug: string, of = graph): Promise<void> {
  await of.settled();
  await rename(id, slug, of);
  await of.settled();
  expect(await copyOf(of, id)).toMatchObject({ slug });
}

/** A tenant that had `oldSlug` before `slug`, of which CRM has heard. */
async function renamedTenant(): Promise<ProvisionedTenant & { oldSlug: string }> {
  const tenant = await provisionedTenant(graph);
  const slug = uniqueName('renamed');
  await renameKnown(tenant.id, slug);
  return { ...tenant, slug, oldSlug: tenant.slug };
}

/** Runs `work` while CRM can take no event. */
async function withoutEvents(work: () => Promise<void>): Promise<void> {
  const other = new Client({ connectionString: graph.database.url });
  await other.connect();
  try {
    await other.query('BEGIN');
    await other.query('LOCK TABLE crm.event_inbox IN ACCESS EXCLUSIVE MODE');
    await work();
  } finally {
    await other.end();
  }
}

async function untilAliasesAre(id: string, ...slugs: string[]): Promise<void> {
  await eventually(
    () => slugsOfAliases(id),
    (seen) => expect(seen).toEqual(slugs),
  );
}

test('a forgotten form still works: its lead is the tenant’s, and the receipt has the slug of today', async () => {
  const { id, slug, oldSlug } = await renamedTenant();
  const lead = await leadFor(oldSlug);
  expect(lead).toEqual({ id: expect.any(String), tenantId: id, tenantSlug: slug });
  const { tenant } = await graph.ask(ALIASES, { id });
  expect(tenant.leads.edges).toEqual([{ node: { id: lead.id } }]);
});

test('operators see since when a slug is an alias, until when, and whether it is still used', async () => {
  const tenant = await provisionedTenant(graph);
  const { updateTenant } = await rename(tenant.id, uniqueName('renamed'));
  const look = async () => (await graph.ask(ALIASES, { id: tenant.id })).tenant.slugAliases;
  await eventually(look, ([alias]) => {
    expect(alias).toMatchObject({ slug: tenant.slug, lastUsedAt: null, uses: 0 });
    const since = Date.parse(alias.since);
    expect(since).toBeGreaterThanOrEqual(Date.parse(updateTenant.updatedAt));
    expect(Date.parse(alias.expiresAt) - since).toBe(180 * DAY_MS);
  });
  const [fresh] = await look();

  await leadFor(tenant.slug);
  await eventually(look, ([used]) => {
    expect(used).toEqual({ ...fresh, uses: 1, lastUsedAt: expect.any(String) });
    expect(Math.abs(Date.parse(used.lastUsedAt) - Date.now())).toBeLessThan(10_000);
  });
});

test('neighbours do not see them, nor does anyone without a token', async () => {
  const { id, oldSlug } = await renamedTenant();
  const viewer = (...tenants: string[]) => graph.as({ roles: ['CRM_VIEWER'], tenants });
  const asViewer = await viewer(id).ask(ALIASES, { id });
  expect(asViewer.tenant.slugAliases).toMatchObject([{ slug: oldSlug }]);
  const neighbour = await provisionedTenant(graph);
  expect((await viewer(neighbour.id).request(ALIASES, { id })).data.tenant).toBeNull();
  const { data, errors } = await graph.anonymous.request(ALIASES, { id });
  expect([data?.tenant ?? null, errors?.[0]?.extensions.code]).toEqual([null, 'UNAUTHENTICATED']);
});

test('every slug that a tenant had is its alias, also one that CRM never saw', async () => {
  const tenant = await provisionedTenant(graph);
  const [between, slug] = [uniqueName('between'), uniqueName('renamed')];
  await graph.settled();
  await withoutEvents(async () => {
    await rename(tenant.id, between);
    await rename(tenant.id, slug);
  });
  await untilAliasesAre(tenant.id, between, tenant.slug);
  for (const old of [between, tenant.slug]) {
    expect(await leadFor(old)).toMatchObject({ tenantId: tenant.id, tenantSlug: slug });
  }
  await renameKnown(tenant.id, between);
  await untilAliasesAre(tenant.id, slug, tenant.slug);
});

test('until CRM hears of a rename, its own copy leads to the tenant', async () => {
  const tenant = await provisionedTenant(graph);
  await graph.settled();
  const slug = uniqueName('renamed');
  await withoutEvents(async () => {
    await rename(tenant.id, slug);
    expect(await slugsOfAliases(tenant.id)).toEqual([]);
    expect(await copyOf(graph, tenant.id)).toMatchObject({ slug: tenant.slug });
    expect(await leadFor(tenant.slug)).toMatchObject({ tenantId: tenant.id, tenantSlug: slug });
  });
});

test('leads that arrive all through a rename are all taken', async () => {
  const tenant = await provisionedTenant(graph);
  await graph.settled();
  const takers: string[] = [];
  let isOver = false;
  const sendLeads = async () => {
    while (!isOver) takers.push((await leadFor(tenant.slug)).tenantId);
  };
  const sending = Promise.all([sendLeads(), sendLeads(), sendLeads()]);
  const slug = uniqueName('renamed');
  await rename(tenant.id, slug);
  await untilAliasesAre(tenant.id, tenant.slug);
  await eventually(
    () => copyOf(graph, tenant.id),
    (copy) => expect(copy).toMatchObject({ slug }),
  );
  isOver = true;
  await sending;
  expect(takers.length).toBeGreaterThan(3);
  expect([...new Set(takers)]).toEqual([tenant.id]);
});

describe('a slug that another tenant takes', () => {
  test('is that tenant’s at once, and the alias ends', async () => {
    const { id, oldSlug } = await renamedTenant();
    await leadFor(oldSlug);
    const taker = await provisionedTenant(graph);
    await graph.settled();
    await withoutEvents(async () => {
      await rename(taker.id, oldSlug);
      expect(await leadFor(oldSlug)).toMatchObject({ tenantId: taker.id, tenantSlug: oldSlug });
    });
    await untilAliasesAre(id);
    const newer = uniqueName('newer');
    await renameKnown(taker.id, newer);
    expect(await leadFor(oldSlug)).toMatchObject({ tenantId: taker.id, tenantSlug: newer });
    await eventually(
      () => aliasesOf(taker.id),
      (aliases) =>
        expect(aliases.map(({ slug, uses }) => [slug, uses])).toEqual([
          [oldSlug, expect.any(Number)],
          [taker.slug, 0],
        ]),
    );
  });

  test('is that tenant’s from its creation, also when CRM hears of the tenant before it later', async () => {
    const { id, oldSlug } = await renamedTenant();
    const { createTenant } = await graph.ask(
      'mutation ($slug: String!) { createTenant(input: { slug: $slug, displayName: "New" }) { id } }',
      { slug: oldSlug },
    );
    await untilAliasesAre(id);
    expect(await graph.refusal(SUBMIT, { slug: oldSlug })).toBe('LEAD_NOT_ACCEPTED');
    expect(await copyOf(graph, createTenant.id)).toMatchObject({ slug: oldSlug });
    await graph.database.query('DELETE FROM crm.event_inbox WHERE tenant_id = $1', [id]);
    await handOver(graph, await eventsOf(graph, id));
    expect(await slugsOfAliases(id)).toEqual([]);
  });

  test('is that tenant’s alias later, in whatever order CRM hears of the two', async () => {
    const [first, second] = [await renamedTenant(), await provisionedTenant(graph)];
    await renameKnown(second.id, first.oldSlug);
    await renameKnown(second.id, uniqueName('newer'));
    const events = { first: await eventsOf(graph, first.id), second: await eventsOf(graph, second.id) };
    for (const order of [
      [...events.first, ...events.second],
      [...events.second, ...events.first],
      [...events.second, ...events.first].reverse(),
    ]) {
      await graph.database.query('DELETE FROM crm.tenant_slug_alias');
      await graph.database.query('DELETE FROM crm.event_inbox');
      for (const event of order) await handOver(graph, [event]);
      expect(await leadFor(first.oldSlug)).toMatchObject({ tenantId: second.id });
      expect(await slugsOfAliases(first.id)).toEqual([]);
      expect(await slugsOfAliases(second.id)).toEqual([first.oldSlug, second.slug]);
    }
  });

  test('leads to it also where CRM’s copy of the tenant before it is behind', async () => {
    const [first, second] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    await graph.settled();
    const copies = await graph.database.query<Record<string, unknown>>(
      'SELECT id, slug, updated_at FROM crm.tenant WHERE id = $1',
      [first.id],
    );
    await renameKnown(first.id, uniqueName('renamed'));
    await renameKnown(second.id, first.slug);
    await renameKnown(second.id, uniqueName('newer'));
    await untilAliasesAre(second.id, first.slug, second.slug);
    await graph.database.query('UPDATE crm.tenant SET slug = $2, updated_at = $3 WHERE id = $1', [
      copies[0]?.['id'],
      copies[0]?.['slug'],
      copies[0]?.['updated_at'],
    ]);
    expect(await leadFor(first.slug)).toMatchObject({ tenantId: second.id });
    await handOver(graph, await eventsOf(graph, first.id));
    expect(await leadFor(first.slug)).toMatchObject({ tenantId: second.id });
    expect(await slugsOfAliases(first.id)).toEqual([]);
  });
});

test('two tenants that swap slugs catch none of each other’s leads, at no moment', async () => {
  const [one, other] = [await provisionedTenant(graph), await provisionedTenant(graph)];
  await graph.settled();
  const between = uniqueName('between');
  const owners = async (...slugs: string[]) =>
    Promise.all(slugs.map(async (slug) => (await leadFor(slug)).tenantId));
  await rename(one.id, between);
  expect(await owners(one.slug, other.slug)).toEqual([one.id, other.id]);
  await rename(other.id, one.slug);
  expect(await owners(one.slug, other.slug, between)).toEqual([other.id, other.id, one.id]);
  await rename(one.id, other.slug);
  expect(await owners(one.slug, other.slug, between)).toEqual([other.id, one.id, one.id]);
  await untilAliasesAre(one.id, between);
  await untilAliasesAre(other.id);
  expect(await owners(one.slug, other.slug, between)).toEqual([other.id, one.id, one.id]);
});

test('an event that comes again does not bring an alias back', async () => {
  const { id, oldSlug } = await renamedTenant();
  await untilAliasesAre(id, oldSlug);
  await graph.database.query('DELETE FROM crm.tenant_slug_alias WHERE slug = $1', [oldSlug]);
  const events = await eventsOf(graph, id);
  expect(await handOver(graph, events)).toEqual({ taken: events.length, refusal: null });
  expect(await slugsOfAliases(id)).toEqual([]);
  expect(await graph.refusal(SUBMIT, { slug: oldSlug })).toBe('LEAD_NOT_ACCEPTED');
});

describe('nothing but LEAD_NOT_ACCEPTED is learned from', () => {
  const answerTo = (slug: string) => graph.anonymous.request(SUBMIT, { slug });
  const answerToNobody = () => answerTo('nobody-has-this');

  test('an alias that has expired, which uses did not put off', async () => {
    const { id, oldSlug } = await renamedTenant();
    await untilAliasesAre(id, oldSlug);
    const soon = new Date(Date.now() + 1_000);
    await graph.database.query('UPDATE crm.tenant_slug_alias SET expires_at = $2 WHERE slug = $1', [
      oldSlug,
      soon,
    ]);
    expect(await leadFor(oldSlug)).toMatchObject({ tenantId: id });
    await eventually(
      () => answerTo(oldSlug),
      (answer) => expect(answer.errors).toBeDefined(),
    );
    expect(Date.now()).toBeGreaterThanOrEqual(soon.getTime());
    expect(await answerTo(oldSlug)).toEqual(await answerToNobody());
    expect(await slugsOfAliases(id)).toEqual([]);
    await renamedTenant();
    expect(
      await graph.database.query('SELECT FROM crm.tenant_slug_alias WHERE slug = $1', [oldSlug]),
    ).toEqual([]);
  });

  test('an alias of a tenant that is disabled, or has no CRM', async () => {
    const [disabled, without] = [await renamedTenant(), await renamedTenant()];
    await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id: disabled.id });
    await graph.ask('mutation ($id: ID!) { disableSystem(tenantId: $id, system: CRM) { id } }', {
      id: without.id,
    });
    const nobody = await answerToNobody();
    for (const { id, oldSlug } of [disabled, without]) {
      expect(await answerTo(oldSlug)).toEqual(nobody);
      expect(await graph.database.query('SELECT FROM crm.lead WHERE tenant_id = $1', [id])).toEqual([]);
    }
    expect(await slugsOfAliases(without.id)).toEqual([]);
  });
});

test('with no days for aliases a slug is gone with its rename', async () => {
  const strict = await startGraph('one process', {
    publicLeads: { ...defaultPublicLeads, slugAliasDays: 0 },
  });
  try {
    const { id, slug } = await provisionedTenant(strict);
    const renamed = uniqueName('renamed');
    await rename(id, renamed, strict);
    expect(await strict.refusal(SUBMIT, { slug })).toBe('LEAD_NOT_ACCEPTED');
    await renameKnown(id, uniqueName('again'), strict);
    expect(await strict.refusal(SUBMIT, { slug: renamed })).toBe('LEAD_NOT_ACCEPTED');
    expect(await strict.database.query('SELECT FROM crm.tenant_slug_alias')).toEqual([]);
  } finally {
    await strict.stop();
  }
});

test('uses of an alias are counted one by one, and written the first time and then in batches', async () => {
  const { id, oldSlug } = await renamedTenant();
  await untilAliasesAre(id, oldSlug);
  const logger = pino({ level: 'silent' });
  let writes = 0;
  const database = await openSubgraphDatabase(await loadSubgraph('crm'), {
    location: { url: graph.database.url },
    poolSize: 2,
    logger,
    onStatement: (text) => {
      if (text.includes('UPDATE crm.tenant_slug_alias')) writes += 1;
    },
  });
  try {
    const uses = createAliasUses({ database, logger, everyMs: 500 });
    const use = (times: number) => {
      for (let time = 0; time < times; time += 1) uses.count({ slug: oldSlug, tenantId: id });
    };
    const untilCounted = (count: number) =>
      eventually(
        () => aliasesOf(id),
        (aliases) => expect(aliases).toMatchObject([{ slug: oldSlug, uses: count }]),
      );
    use(50);
    await untilCounted(1);
    expect(writes).toBe(1);
    await untilCounted(50);
    expect(writes).toBe(2);
    use(7);
    await uses.stop();
    await untilCounted(57);
    expect(writes).toBe(3);
  } finally {
    await database.close();
  }
});

test('in the distributed shape an alias outlives a restart of every process', async () => {
  const distributed = await startGraph('distributed');
  try {
    const { id, slug } = await provisionedTenant(distributed);
    const renamed = uniqueName('renamed');
    await renameKnown(id, renamed, distributed);
    for (const name of ['crm', 'access-control'] as const) await distributed.stopSubgraph(name);
    for (const name of ['crm', 'access-control'] as const) await distributed.startSubgraph(name);
    expect(await leadFor(slug, distributed)).toMatchObject({ tenantId: id, tenantSlug: renamed });
    await distributed.stopSubgraph('access-control');
    const { data } = await distributed.request(SUBMIT, { slug });
    expect(data?.submitLead?.tenantId).not.toBe(id);
    await distributed.startSubgraph('access-control');
    expect(await leadFor(slug, distributed)).toMatchObject({ tenantId: id });
    await distributed.stopSubgraph('crm');
    await distributed.startSubgraph('crm');
    expect(await aliasesOf(id, distributed)).toMatchObject([{ slug, uses: 2 }]);
  } finally {
    await distributed.stop();
  }
});
