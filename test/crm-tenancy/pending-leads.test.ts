import { runBackfill } from '../../subgraphs/crm/tenant-migration/backfill/run-backfill';
import { mapSlug } from '../../subgraphs/crm/tenant-migration/quarantine/map-slug';
import { restoreRetired, retireSlug } from '../../subgraphs/crm/tenant-migration/quarantine/retire-slug';
import { unmapSlug } from '../../subgraphs/crm/tenant-migration/quarantine/unmap-slug';
import { type Owner, openOwner } from '../../subgraphs/crm/tenant-migration/schema/owner';
import { eventually } from '../testkit/eventually';
import { type Caller, startGraph, type TestGraph } from '../testkit/graph';
import { provisionedTenant, uniqueName } from '../testkit/seed';
import { moveCrm } from './stage-of-crm';

const SUBMIT = `mutation ($input: SubmitLeadInput!) { submitLead(input: $input) {
  id tenantId tenantSlug status receivedAt } }`;
const LEAD = `query ($id: ID!) { lead(id: $id) {
  id tenantId tenantSlug email consentGiven consentAt consentAddress formVersion createdAt } }`;
const NOBODY = '00000000-0000-0000-0000-000000000000';

const submit = (caller: Caller, input: object) =>
  caller.request(SUBMIT, { input: { email: 'jo@example.com', ...input } });
const codeOf = ({ errors }: Awaited<ReturnType<typeof submit>>) => errors?.[0]?.extensions.code;

interface Kept {
  id: string;
  state: string;
  lead_id: string | null;
  refusal: string | null;
  input: object;
  context: object;
}

const keptFor = (graph: TestGraph, slug: string) =>
  graph.database.query<Kept>(
    'SELECT id, state, lead_id, refusal, input, context FROM crm_tenancy.pending_lead WHERE slug = $1 ORDER BY id',
    [slug],
  );

async function untilStateIs(graph: TestGraph, slug: string, state: string): Promise<Kept | undefined> {
  await eventually(
    () => keptFor(graph, slug),
    (kept) => expect([...new Set(kept.map((one) => one.state))]).toEqual([state]),
  );
  return (await keptFor(graph, slug))[0];
}

/** A tenant with CRM that comes to have the slug. */
async function tenantWith(graph: TestGraph, slug: string): Promise<string> {
  const { createTenant } = await graph.ask(
    'mutation ($slug: String!) { createTenant(input: { slug: $slug, displayName: $slug }) { id } }',
    { slug },
  );
  await graph.ask('mutation ($id: ID!) { enableSystem(tenantId: $id, system: CRM) { id } }', {
    id: createTenant.id,
  });
  return createTenant.id;
}

describe('while rows move to UUIDs', () => {
  let graph: TestGraph;
  beforeAll(async () => {
    graph = await startGraph();
    expect(codeOf(await submit(graph.anonymous, { tenantSlug: 'nobody-has-this' }))).toBe(
      'LEAD_NOT_ACCEPTED',
    );
    expect(await keptFor(graph, 'nobody-has-this')).toEqual([]);
    await moveCrm(graph.database, 'LEGACY');
  }, 60_000);
  afterAll(() => graph.stop());

  const full = (slug: string) => ({
    tenantSlug: slug,
    consentGiven: true,
    formVersion: 'contact-3',
    idempotencyKey: `key-${slug}`,
    message: 'half a \ud800 pair',
  });

  test('a lead for a slug that nobody has is kept, and becomes the tenant’s as it was received', async () => {
    const slug = uniqueName('late');
    const { data, errors } = await submit(graph.anonymous, full(slug));
    expect(errors).toBeUndefined();
    const receipt = data.submitLead;
    expect(receipt).toMatchObject({ tenantId: NOBODY, tenantSlug: slug, status: 'PENDING' });
    expect((await graph.ask(LEAD, { id: receipt.id })).lead).toBeNull();
    expect((await submit(graph.anonymous, full(slug))).data.submitLead).toEqual(receipt);
    expect(codeOf(await submit(graph.anonymous, { ...full(slug), company: 'Other' }))).toBe(
      'IDEMPOTENCY_CONFLICT',
    );

    const tenantId = await tenantWith(graph, slug);
    const ended = await untilStateIs(graph, slug, 'REPLAYED');
    expect(ended).toMatchObject({ id: receipt.id, lead_id: receipt.id, context: {} });
    expect(JSON.stringify(ended)).not.toContain('example.com');
    const { lead } = await graph.ask(LEAD, { id: receipt.id });
    expect(lead).toEqual({
      id: receipt.id,
      tenantId,
      tenantSlug: slug,
      email: 'jo@example.com',
      consentGiven: true,
      consentAt: receipt.receivedAt,
      consentAddress: '127.0.0.1',
      formVersion: 'contact-3',
      createdAt: receipt.receivedAt,
    });
    const [entry] = await graph.database.query(
      "SELECT actor, host(address::inet) AS address FROM crm.audit_entry WHERE action = 'submitLead' AND record_id = $1",
      [receipt.id],
    );
    expect(entry).toEqual({ actor: 'anonymous', address: '127.0.0.1' });
    expect((await submit(graph.anonymous, full(slug))).data.submitLead).toEqual({
      ...receipt,
      tenantId,
      status: 'RECEIVED',
    });
  });

  test('a form that still sends the slug as tenantId is kept too', async () => {
    const slug = uniqueName('old');
    const { data } = await submit(graph.anonymous, { tenantId: slug });
    expect(data.submitLead).toMatchObject({ tenantId: NOBODY, tenantSlug: slug, status: 'PENDING' });
  });

  test('fifty equal leads at once are one, before and while it becomes the tenant’s', async () => {
    const slug = uniqueName('many');
    const send = () => Promise.all(Array.from({ length: 50 }, () => submit(graph.anonymous, full(slug))));
    const pending = await send();
    expect(pending[0]?.data.submitLead.status).toBe('PENDING');
    for (const answer of pending) expect(answer).toEqual(pending[0]);
    const tenantId = await tenantWith(graph, slug);
    const received = await send();
    expect(received.map(({ data }) => data.submitLead.id)).toEqual(
      pending.map(({ data }) => data.submitLead.id),
    );
    await untilStateIs(graph, slug, 'REPLAYED');
    const leads = await graph.ask('query ($t: ID!) { leads(tenantId: $t) { totalCount } }', { t: tenantId });
    expect(leads.leads.totalCount).toBe(1);
  });

  test('a slug that an operator maps leads to the tenant', async () => {
    const slug = uniqueName('misspelt');
    const tenant = await provisionedTenant(graph);
    const { data } = await submit(graph.anonymous, { tenantSlug: slug });
    await graph.database.query(
      "INSERT INTO crm_tenancy.slug_alias (slug, tenant_id, mapped_by) VALUES ($1, $2, 'test')",
      [slug, tenant.id],
    );
    await untilStateIs(graph, slug, 'REPLAYED');
    const { lead } = await graph.ask(LEAD, { id: data.submitLead.id });
    expect(lead).toMatchObject({ tenantId: tenant.id, tenantSlug: tenant.slug });
    const next = await submit(graph.anonymous, { tenantSlug: slug });
    expect(next.data.submitLead).toMatchObject({ tenantId: tenant.id, status: 'RECEIVED' });
  });

  test.each(['No Slug', '', 'x'.repeat(64)])(
    'what can be no slug is refused at once: %j',
    async (tenantSlug) => {
      const answer = await submit(graph.anonymous, { tenantSlug });
      expect(codeOf(answer)).toMatch(/LEAD_NOT_ACCEPTED|BAD_USER_INPUT/);
      expect(await keptFor(graph, tenantSlug)).toEqual([]);
    },
  );

  test('a machine’s lead is not kept', async () => {
    const slug = uniqueName('bot');
    expect(codeOf(await submit(graph.anonymous, { tenantSlug: slug, website: 'x' }))).toBe(
      'LEAD_NOT_ACCEPTED',
    );
    expect(await keptFor(graph, slug)).toEqual([]);
  });

  test('a lead for a tenant that takes none is refused when that is known', async () => {
    const slug = uniqueName('shut');
    await submit(graph.anonymous, full(slug));
    await graph.ask(
      'mutation ($slug: String!) { createTenant(input: { slug: $slug, displayName: $slug }) { id } }',
      {
        slug,
      },
    );
    const ended = await untilStateIs(graph, slug, 'REFUSED');
    expect(ended).toMatchObject({ refusal: 'LEAD_NOT_ACCEPTED', lead_id: null, context: {} });
    expect(codeOf(await submit(graph.anonymous, full(slug)))).toBe('LEAD_NOT_ACCEPTED');
  });

  test('one that waited too long ends, and what it said is forgotten', async () => {
    const slug = uniqueName('stale');
    await submit(graph.anonymous, full(slug));
    await graph.database.query('UPDATE crm_tenancy.pending_lead SET expires_at = now() WHERE slug = $1', [
      slug,
    ]);
    const ended = await untilStateIs(graph, slug, 'EXPIRED');
    expect(JSON.stringify(ended)).not.toContain('example.com');
    const again = await submit(graph.anonymous, full(slug));
    expect(again.data.submitLead.status).toBe('PENDING');
    expect(again.data.submitLead.id).not.toBe(ended?.id);
  });

  test('as many wait for one slug, and in all, as the settings say; more are refused', async () => {
    const set = (name: string, value: number) =>
      graph.database.query(
        `INSERT INTO crm_tenancy.setting (name, value, changed_by) VALUES ($1, $2, 'test')
         ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
        [name, JSON.stringify(value)],
      );
    await set('pendingLeadsPerSlug', 3);
    const slug = uniqueName('flood');
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => submit(graph.anonymous, { tenantSlug: slug, company: `C ${n}` })),
    );
    const full = answers.filter((answer) => codeOf(answer) === 'PENDING_LEADS_FULL');
    expect([full.length, full[0]?.status, (await keptFor(graph, slug)).length]).toEqual([7, 503, 3]);
    await set('pendingLeads', 1);
    expect(codeOf(await submit(graph.anonymous, { tenantSlug: uniqueName('other') }))).toBe(
      'PENDING_LEADS_FULL',
    );
  });
});

describe('a slug that was mapped to the wrong tenant', () => {
  let graph: TestGraph;
  let owner: Owner;
  let wrong: { id: string; slug: string };
  let right: { id: string; slug: string };
  beforeAll(async () => {
    graph = await startGraph();
    [wrong, right] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    await graph.settled();
    await moveCrm(graph.database, 'LEGACY');
    owner = await openOwner({ url: graph.database.url }, { lockTimeoutMs: 500 });
  }, 60_000);
  afterAll(async () => {
    await owner.close();
    await graph.stop();
  });

  const map = (slug: string, { id }: { id: string }) =>
    owner.transaction((runner) => mapSlug(runner, { slug, tenantId: id, by: 'test' }));
  const unmap = (slug: string, dryRun = false) =>
    owner.transaction((runner) => unmapSlug(runner, { slug, dryRun }));
  const send = async (slug: string) => {
    const lead = { tenantSlug: slug, idempotencyKey: slug, company: slug };
    return (await submit(graph.anonymous, lead)).data.submitLead;
  };
  const rowsOf = (slug: string) =>
    graph.database.query('SELECT id, tenant_id AS slug FROM crm.lead WHERE company = $1', [slug]);
  const ONE_LEAD = [{ table: 'lead', rows: 1 }];

  async function givenToTheWrongOne(slug: string): Promise<string> {
    const { id } = await send(slug);
    await map(slug, wrong);
    await untilStateIs(graph, slug, 'REPLAYED');
    expect(await send(slug)).toMatchObject({ id, tenantId: wrong.id, status: 'RECEIVED' });
    return id;
  }

  async function isWaitingAgain(slug: string, id: string): Promise<void> {
    expect(await unmap(slug, true)).toMatchObject({ tables: ONE_LEAD });
    expect(await rowsOf(slug)).toEqual([{ id, slug: wrong.slug }]);
    expect(await unmap(slug)).toMatchObject({ tables: ONE_LEAD, rowsLeft: 0 });
    expect(await rowsOf(slug)).toEqual([{ id, slug }]);
    expect((await graph.ask(LEAD, { id })).lead).toBeNull();
    expect(await send(slug)).toMatchObject({ id, tenantId: NOBODY, status: 'PENDING' });
  }

  test('gives the leads that waited by it back, and the next mapping gives them on with the backfill', async () => {
    const slug = uniqueName('early');
    const id = await givenToTheWrongOne(slug);
    await isWaitingAgain(slug, id);
    await map(slug, right);
    expect(await send(slug)).toMatchObject({ id, tenantId: NOBODY, status: 'PENDING' });

    const before = uniqueName('before');
    const ofBefore = await givenToTheWrongOne(before);
    await moveCrm(graph.database, 'EXPANDED');
    await runBackfill(owner, { report: () => undefined });
    expect(await send(slug)).toMatchObject({ id, tenantId: right.id, status: 'RECEIVED' });
    expect(await rowsOf(slug)).toEqual([{ id, slug: right.slug }]);
    await isWaitingAgain(before, ofBefore);
  });

  test('gives them back once the schema is expanded, and the next mapping gives them on at once', async () => {
    await moveCrm(graph.database, 'EXPANDED');
    const slug = uniqueName('late');
    const id = await givenToTheWrongOne(slug);
    await isWaitingAgain(slug, id);
    expect(await map(slug, right)).toMatchObject({ tables: ONE_LEAD });
    expect(await send(slug)).toMatchObject({ id, tenantId: right.id, status: 'RECEIVED' });
    expect(await rowsOf(slug)).toEqual([{ id, slug: right.slug }]);
  });

  test('keeps a lead once that was given back and retired, until it is put back', async () => {
    const slug = uniqueName('gone');
    const id = await givenToTheWrongOne(slug);
    await isWaitingAgain(slug, id);
    await owner.transaction((runner) => retireSlug(runner, { slug, by: 'test' }));
    expect(await send(slug)).toMatchObject({ id, tenantId: NOBODY, status: 'PENDING' });
    await map(slug, right);
    expect(await send(slug)).toMatchObject({ id, tenantId: NOBODY, status: 'PENDING' });
    await owner.transaction((runner) => restoreRetired(runner, { slug }));
    expect(await send(slug)).toMatchObject({ id, tenantId: right.id, status: 'RECEIVED' });
    expect(await rowsOf(slug)).toEqual([{ id, slug: right.slug }]);
  });

  test('keeps what the tenant had by the slug itself, or was sent to it by the mapping', async () => {
    const slug = uniqueName('own');
    await map(slug, wrong);
    const { id } = await send(slug);
    await graph.database.query(
      `INSERT INTO crm_tenancy.pending_lead (id, slug, input, received_at, expires_at, state, lead_id, tried_at, context)
       VALUES ($1, $2, '{}', now(), now(), 'REPLAYED', $1, now() - interval '1 day', '{}')`,
      [id, slug],
    );
    expect(await unmap(slug)).toMatchObject({ tables: [] });
    expect(await rowsOf(slug)).toEqual([{ id, slug: wrong.slug }]);
  });

  test('gives no lead to the tenant while it is taken back', async () => {
    const slug = uniqueName('race');
    const { id } = await send(slug);
    let sent: ReturnType<typeof send> | undefined;
    await map(slug, wrong);
    await owner.transaction(async (runner) => {
      await unmapSlug(runner, { slug });
      sent = send(slug);
      await eventually(
        () =>
          graph.database.query(
            "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'slug_alias.*FOR KEY SHARE'",
          ),
        (waiting) => expect(waiting.length).toBeGreaterThan(0),
      );
    });
    expect(await sent).toMatchObject({ id, tenantId: NOBODY, status: 'PENDING' });
    expect(await rowsOf(slug)).toEqual([]);
  });

  test('is known for as long as it can be taken back', async () => {
    const slug = uniqueName('old');
    const id = await givenToTheWrongOne(slug);
    await graph.database.query(
      "UPDATE crm_tenancy.pending_lead SET expires_at = now() - interval '60 days' WHERE slug = $1",
      [slug],
    );
    const other = uniqueName('other');
    await send(other);
    await eventually(
      () =>
        graph.database.query<{ attempts: number }>(
          'SELECT attempts FROM crm_tenancy.pending_lead WHERE slug = $1',
          [other],
        ),
      ([waiting]) => expect(waiting?.attempts).toBeGreaterThan(0),
    );
    await isWaitingAgain(slug, id);
  });
});

test('while Access Control is away a lead is kept in any stage, and stored when it is back', async () => {
  const graph = await startGraph('distributed');
  try {
    const tenant = await provisionedTenant(graph);
    await graph.settled();
    // What CRM remembers of tenants would do for a while.
    await graph.stopSubgraph('crm');
    await graph.startSubgraph('crm');
    await graph.stopSubgraph('access-control');
    const lead = { tenantSlug: tenant.slug, idempotencyKey: 'form-1', consentGiven: true };
    const { data, errors } = await submit(graph.anonymous, lead);
    expect(errors).toBeUndefined();
    expect(data.submitLead).toMatchObject({ tenantId: NOBODY, tenantSlug: tenant.slug, status: 'PENDING' });
    const unknown = await submit(graph.anonymous, { tenantSlug: 'nobody-has-this' });
    expect(unknown.data.submitLead.status).toBe('PENDING');

    await graph.startSubgraph('access-control');
    await untilStateIs(graph, tenant.slug, 'REPLAYED');
    expect((await graph.ask(LEAD, { id: data.submitLead.id })).lead).toMatchObject({
      tenantId: tenant.id,
      consentAt: data.submitLead.receivedAt,
      consentAddress: '127.0.0.1',
    });
    await untilStateIs(graph, 'nobody-has-this', 'REFUSED');
    expect(codeOf(await submit(graph.anonymous, { tenantSlug: 'nobody-has-this' }))).toBe(
      'LEAD_NOT_ACCEPTED',
    );
  } finally {
    await graph.stop();
  }
}, 60_000);
