import { randomUUID } from 'node:crypto';
import { publishedDuring } from '../events/outbox-rows';
import { type Caller, startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, mapClubRegardless, provisionedTenant, uniqueName } from '../testkit/seed';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

const FIELDS = `isNewEntry sclTenantCode messagingTenantId crmTenantId teeTimeClubIds tenant { id slug }
  conflicts { system kind key message }`;
const PAGE = `query ($first: Int, $after: String) { registryImport(first: $first, after: $after) {
  examined edges { cursor node { ${FIELDS} } } pageInfo { hasNextPage endCursor } } }`;
const IMPORT = `mutation ($ids: [ID!]!, $dryRun: Boolean!) {
  importRegistryEntries(tenantIds: $ids, dryRun: $dryRun) { ${FIELDS} } }`;
const ORPHANS = `query ($system: TenantSystem!, $first: Int, $after: String) {
  registryOrphans(system: $system, first: $first, after: $after) {
    examined edges { node { system key } } pageInfo { hasNextPage endCursor } } }`;
const ENTRY = `query ($id: ID!) { tenantRegistry(tenantId: $id) {
  sclTenantCode sclEnabled teeTimeClubIds teeTimeEnabled messagingTenantId messagingEnabled crmTenantId crmEnabled } }`;

const importOf = async (id: string, dryRun = false) =>
  (await graph.ask(IMPORT, { ids: [id], dryRun })).importRegistryEntries[0];
const entryOf = async (id: string) => (await graph.ask(ENTRY, { id })).tenantRegistry;

async function newClub(tenantId: string): Promise<string> {
  const { createClub } = await graph.ask(
    'mutation ($input: CreateClubInput!) { createClub(input: $input) { id } }',
    { input: { tenantId, clubCode: uniqueName('club'), name: 'Links' } },
  );
  return createClub.id;
}
const newSclTenant = (code: string) =>
  graph.ask('mutation ($code: String!) { createSclTenant(input: { code: $code, name: "T" }) { id } }', {
    code,
  });
const newContacts = (messagingTenantId: string) =>
  graph.database.query(
    `INSERT INTO messaging.contact (id, messaging_tenant_id, email, created_by, updated_by)
     VALUES ($1, $2, 'jo@example.com', 'test', 'test')`,
    [randomUUID(), messagingTenantId],
  );
const newCustomer = (tenantId: string) =>
  graph.ask(
    'mutation ($id: ID!) { createCustomer(input: { tenantId: $id, email: "jo@example.com" }) { id } }',
    { id: tenantId },
  );

/** A tenant that the systems know, each in its way, and the registry does not. */
async function unregistered() {
  const tenant = await bareTenant(graph, 'found');
  const clubIds = [await newClub(tenant.id), await newClub(tenant.id)].sort();
  await newSclTenant(tenant.slug.toUpperCase());
  await newContacts(tenant.id);
  await newCustomer(tenant.id);
  return { ...tenant, clubIds, sclTenantCode: tenant.slug.toUpperCase() };
}

/** What people see of a tenant through the systems that know its UUID. */
const seenOf = async (id: string) =>
  (
    await graph.ask(
      'query ($id: ID!) { tenant(id: $id) { clubs { id } customers(first: 5) { totalCount } } }',
      { id },
    )
  ).tenant;

test('a tenant that the systems know gets the entry that they amount to, and nothing disappears', async () => {
  const tenant = await unregistered();
  const seen = await seenOf(tenant.id);
  const expected = {
    tenant: { id: tenant.id, slug: tenant.slug },
    isNewEntry: true,
    sclTenantCode: tenant.sclTenantCode,
    messagingTenantId: tenant.id,
    crmTenantId: tenant.id,
    teeTimeClubIds: tenant.clubIds,
    conflicts: [],
  };
  const planned = await publishedDuring(graph.database, async () => {
    expect(await importOf(tenant.id, true)).toEqual(expected);
  });
  expect({ planned, entry: await entryOf(tenant.id) }).toEqual({ planned: [], entry: null });

  const events = await publishedDuring(graph.database, async () => {
    expect(await importOf(tenant.id)).toEqual(expected);
  });
  expect(await entryOf(tenant.id)).toEqual({
    sclTenantCode: tenant.sclTenantCode,
    sclEnabled: true,
    teeTimeClubIds: tenant.clubIds,
    teeTimeEnabled: true,
    messagingTenantId: tenant.id,
    messagingEnabled: true,
    crmTenantId: tenant.id,
    crmEnabled: true,
  });
  expect(await seenOf(tenant.id)).toEqual(seen);
  expect(events.map(({ type }) => type)).toEqual([
    'tenant.registry.updated',
    ...Array.from({ length: 4 }, () => 'tenant.system.enabled'),
  ]);
  const trail = await graph.database.query<{ record_type: string }>(
    `SELECT actor, record_type, before FROM access_control.audit_entry
     WHERE tenant_key = $1 AND action = 'importRegistryEntries'`,
    [tenant.id],
  );
  expect(trail).toEqual([{ actor: 'operator', record_type: 'TenantRegistry', before: null }]);

  const again = await publishedDuring(graph.database, async () => {
    expect(await importOf(tenant.id)).toMatchObject({ isNewEntry: false, teeTimeClubIds: [], conflicts: [] });
  });
  expect(again).toEqual([]);
});

test('two imports at the same moment write one entry', async () => {
  const tenant = await unregistered();
  const events = await publishedDuring(graph.database, async () => {
    await Promise.all([importOf(tenant.id), importOf(tenant.id), importOf(tenant.id)]);
  });
  expect(events).toHaveLength(5);
  expect((await entryOf(tenant.id)).teeTimeClubIds).toEqual(tenant.clubIds);
});

test('an entry gets what it lacks, keeps what it has, and its flags stay', async () => {
  const tenant = await unregistered();
  await graph.ask('mutation ($input: ProvisionTenantInput!) { provisionTenant(input: $input) { id } }', {
    input: { tenant: { id: tenant.id }, messaging: { tenantId: uniqueName('chosen') } },
  });
  await graph.ask('mutation ($id: ID!) { disableSystem(tenantId: $id, system: TEETIME) { id } }', {
    id: tenant.id,
  });
  const before = await entryOf(tenant.id);
  expect(await importOf(tenant.id)).toMatchObject({
    isNewEntry: false,
    sclTenantCode: tenant.sclTenantCode,
    messagingTenantId: null,
    crmTenantId: null,
    teeTimeClubIds: tenant.clubIds,
    conflicts: [],
  });
  expect(await entryOf(tenant.id)).toEqual({
    ...before,
    sclTenantCode: tenant.sclTenantCode,
    teeTimeClubIds: tenant.clubIds,
  });
  expect(before).toMatchObject({ sclEnabled: false, teeTimeEnabled: false });
});

test('what another tenant has, or could be meant twice, is left to people, and the rest is written', async () => {
  const tenant = await unregistered();
  await newSclTenant(tenant.id);
  const owner = await provisionedTenant(graph);
  await mapClubRegardless(graph, owner.id, tenant.clubIds[0] ?? '');
  const proposal = await importOf(tenant.id);
  expect(proposal).toMatchObject({
    isNewEntry: true,
    sclTenantCode: null,
    teeTimeClubIds: [tenant.clubIds[1]],
  });
  expect(proposal.conflicts).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ system: 'TEETIME', kind: 'TAKEN', key: tenant.clubIds[0] }),
      expect.objectContaining({ system: 'SCL', kind: 'AMBIGUOUS', key: tenant.sclTenantCode }),
      expect.objectContaining({ system: 'SCL', kind: 'AMBIGUOUS', key: tenant.id }),
    ]),
  );
  expect(await entryOf(tenant.id)).toMatchObject({
    sclTenantCode: null,
    teeTimeClubIds: [tenant.clubIds[1]],
  });
  expect(await importOf(tenant.id)).toMatchObject({ isNewEntry: false, teeTimeClubIds: [] });
});

test('all tenants are looked at page by page, and only those with something to say are listed', async () => {
  const silent = await provisionedTenant(graph);
  const lacking = await unregistered();
  const { tenants } = await graph.ask('{ tenants(first: 1) { totalCount } }');
  let examined = 0;
  const listed: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const { registryImport }: { registryImport: Record<string, never> & PageOfImport } = await graph.ask(
      PAGE,
      {
        first: 2,
        after,
      },
    );
    examined += registryImport.examined;
    listed.push(...registryImport.edges.map(({ node }) => node.tenant.id));
    after = registryImport.pageInfo.endCursor;
    more = registryImport.pageInfo.hasNextPage;
  }
  expect(examined).toBe(tenants.totalCount);
  expect(new Set(listed).size).toBe(listed.length);
  expect(listed).toContain(lacking.id);
  expect(listed).not.toContain(silent.id);
});

interface PageOfImport {
  examined: number;
  edges: { node: { tenant: { id: string } } }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

test('what no tenant claims is an orphan in each system', async () => {
  const claimed = await unregistered();
  await provisionedTenant(graph);
  const nobody = randomUUID();
  const [code, messagingId] = [uniqueName('ORPHAN'), uniqueName('orphan')];
  await newSclTenant(code);
  await newContacts(messagingId);
  await graph.database.query(
    `INSERT INTO teetime.club (id, club_code, name, tenant_id, created_by, updated_by)
     VALUES ($1, $2, 'Lost', $3, 'test', 'test')`,
    [randomUUID(), code, nobody],
  );
  await graph.database.query(
    `INSERT INTO crm.tenant (id, slug, display_name, status, created_at, updated_at)
     VALUES ($1, $2, 'Lost', 'ACTIVE', now(), now())`,
    [nobody, uniqueName('lost')],
  );
  const orphansOf = async (system: string) => {
    const keys: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { registryOrphans }: { registryOrphans: OrphanPage } = await graph.ask(ORPHANS, {
        system,
        first: 2,
        after,
      });
      keys.push(...registryOrphans.edges.map(({ node }) => node.key));
      after = registryOrphans.pageInfo.endCursor;
      more = registryOrphans.pageInfo.hasNextPage;
    }
    return keys;
  };
  expect(await orphansOf('SCL')).toEqual([code]);
  expect(await orphansOf('MESSAGING')).toEqual([messagingId]);
  expect(await orphansOf('TEETIME')).toEqual([nobody]);
  expect(await orphansOf('CRM')).toEqual([nobody]);
  expect(claimed.id).not.toBe(nobody);
});

interface OrphanPage {
  edges: { node: { key: string } }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

test('it is for those who provision the whole platform', async () => {
  const tenant = await unregistered();
  const bound = graph.as({ roles: ['PLATFORM_ADMIN'], tenants: [tenant.id] });
  const calls: [string, object][] = [
    [PAGE, {}],
    [ORPHANS, { system: 'SCL' }],
    [IMPORT, { ids: [tenant.id], dryRun: false }],
  ];
  const callers: [Caller, string][] = [
    [bound, 'FORBIDDEN'],
    [graph.as({ roles: ['PLATFORM_AUDITOR'] }), 'FORBIDDEN'],
    [graph.as({ roles: ['TENANT_OWNER'], tenants: [tenant.id] }), 'FORBIDDEN'],
    [graph.anonymous, 'UNAUTHENTICATED'],
  ];
  for (const [query, variables] of calls) {
    for (const [caller, code] of callers) expect(await caller.refusal(query, { ...variables })).toBe(code);
  }
  expect(await entryOf(tenant.id)).toBeNull();
});

test('unknown tenants, too many of them and wrong ids are refused, and nothing is written', async () => {
  const tenant = await unregistered();
  const refusal = (ids: string[]) => graph.refusal(IMPORT, { ids, dryRun: false });
  expect(await refusal([tenant.id, randomUUID()])).toBe('TENANT_NOT_FOUND');
  expect(await refusal([tenant.id, 'me'])).toBe('BAD_USER_INPUT');
  expect(await refusal(Array.from({ length: 101 }, () => tenant.id))).toBe('BAD_USER_INPUT');
  expect(await graph.refusal(ORPHANS, { system: 'CRM', after: 'me' })).toBe('BAD_USER_INPUT');
  expect(await entryOf(tenant.id)).toBeNull();
});

test('over HTTP it is the same, and a system that is down is named', async () => {
  const distributed = await startGraph('distributed');
  try {
    const { id } = await bareTenant(distributed);
    const { importRegistryEntries } = await distributed.ask(IMPORT, { ids: [id], dryRun: false });
    expect(importRegistryEntries).toMatchObject([{ isNewEntry: true }]);
    await distributed.stopSubgraph('messaging');
    const { errors } = await distributed.request(PAGE);
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining('MESSAGING'),
      extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
    });
  } finally {
    await distributed.stop();
  }
}, 60_000);
