import { randomUUID } from 'node:crypto';
import { driftIdOf } from '../../subgraphs/access-control/drift/drift';
import { publishedDuring } from '../events/outbox-rows';
import { type TenantWithData, tenantWithData } from '../isolation/attack/tenant-with-data';
import { doorOf, setUp } from '../provisioning/door';
import { type Caller, startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, lostTenant, mapClubRegardless, provisionedTenant, uniqueName } from '../testkit/seed';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

const DRIFT = `query ($id: ID!) {
  registryDrift(tenantId: $id) { id tenantId system kind key description repair } }`;
const REPAIR = `mutation ($ids: [ID!]!, $dryRun: Boolean!) {
  repairRegistryDrift(ids: $ids, dryRun: $dryRun) { driftId outcome message drift { kind key } } }`;

interface Drift {
  id: string;
  system: string;
  kind: string;
  key: string;
  repair: string | null;
}

const driftsOf = async (id: string, caller: Caller = graph): Promise<Drift[] | null> =>
  (await caller.ask(DRIFT, { id })).registryDrift;
const namesOf = (drifts: Drift[] | null) =>
  (drifts ?? []).map(({ system, kind, key, repair }) => `${system} ${kind} ${key} ${repair}`).sort();
const repair = async (ids: string[], dryRun = false) =>
  (await graph.ask(REPAIR, { ids, dryRun })).repairRegistryDrift;
const entryOf = async (tenantId: string) =>
  (
    await graph.ask(
      'query ($id: ID!) { tenantRegistry(tenantId: $id) { sclTenantCode messagingTenantId crmTenantId teeTimeClubIds } }',
      { id: tenantId },
    )
  ).tenantRegistry;

/** A tenant whose entry and systems agree. */
async function agreeing(): Promise<TenantWithData> {
  return tenantWithData(graph, 'agreeing');
}

async function newClub(tenantId: string): Promise<string> {
  const input = { tenantId, clubCode: uniqueName('club'), name: 'Links' };
  const { createClub } = await graph.ask(
    'mutation ($input: CreateClubInput!) { createClub(input: $input) { id } }',
    { input },
  );
  return createClub.id;
}
const addClub = (t: string, c: string) =>
  graph.ask('mutation ($t: ID!, $c: ID!) { addTeeTimeClub(tenantId: $t, clubId: $c) { id } }', { t, c });

test('where they agree there is none, and of an unknown tenant nothing is known', async () => {
  expect(await driftsOf((await agreeing()).id)).toEqual([]);
  expect(await driftsOf((await bareTenant(graph)).id)).toEqual([]);
  expect(await driftsOf(randomUUID())).toBeNull();
});

test('what the registry names and the systems lack is missing', async () => {
  const { id, sclTenantCode, messagingTenantId } = await lostTenant(graph);
  const clubId = randomUUID();
  await addClub(id, clubId);
  const drifts = await driftsOf(id);
  expect(namesOf(drifts)).toEqual([
    `MESSAGING MISSING ${messagingTenantId} CREATE`,
    `SCL MISSING ${sclTenantCode} CREATE`,
    `TEETIME MISSING ${clubId} UNMAP`,
  ]);
  expect(await driftsOf(id)).toEqual(drifts);
});

test('a missing one is repaired on behalf of who asks, once, and is gone then', async () => {
  const { id, displayName, sclTenantCode, messagingTenantId } = await lostTenant(graph);
  await addClub(id, randomUUID());
  const ids = ((await driftsOf(id)) ?? []).map((drift) => drift.id);
  const planned = await publishedDuring(graph.database, async () => {
    const outcomes = (await repair(ids, true)).map(({ outcome }: { outcome: string }) => outcome);
    expect(outcomes).toEqual(['WOULD_BE_DONE', 'WOULD_BE_DONE', 'WOULD_BE_DONE']);
  });
  expect(planned).toEqual([]);
  expect(await driftsOf(id)).toHaveLength(3);

  const answers = await Promise.all([repair(ids), repair(ids)]);
  for (const outcome of answers.flat().map((each) => each.outcome)) {
    expect(['DONE', 'GONE']).toContain(outcome);
  }
  expect(await driftsOf(id)).toEqual([]);
  expect((await entryOf(id)).teeTimeClubIds).toEqual([]);
  const { sclTenant } = await graph.ask('query ($code: String) { sclTenant(code: $code) { name } }', {
    code: sclTenantCode,
  });
  expect(sclTenant).toEqual({ name: displayName });
  const [made] = await graph.database.query(
    `SELECT actor, on_behalf_of, action FROM messaging.audit_entry
     WHERE tenant_key = $1 ORDER BY position DESC LIMIT 1`,
    [messagingTenantId],
  );
  expect(made).toEqual({ actor: 'tenant-graph', on_behalf_of: 'operator', action: 'setUpInMessaging' });
  const [unmapped] = await graph.database.query(
    `SELECT actor FROM access_control.audit_entry WHERE tenant_key = $1 AND action = 'repairRegistryDrift'`,
    [id],
  );
  expect(unmapped).toEqual({ actor: 'operator' });
  expect((await repair(ids)).map(({ outcome }: { outcome: string }) => outcome)).toEqual([
    'GONE',
    'GONE',
    'GONE',
  ]);
});

test('what a system holds and the registry does not map is an orphan, and is mapped', async () => {
  const { id, slug } = await bareTenant(graph, 'orphaned');
  const clubId = await newClub(id);
  const pack = { runId: randomUUID(), tenantId: id, templatePack: 'CLUB' };
  await doorOf(graph, id).ask('crm', setUp.crm, { input: pack });
  await graph.ask('mutation ($code: String!) { createSclTenant(input: { code: $code, name: "T" }) { id } }', {
    code: slug.toUpperCase(),
  });
  const drifts = (await driftsOf(id)) ?? [];
  expect(namesOf(drifts)).toEqual([
    `CRM ORPHANED ${id} MAP`,
    `SCL ORPHANED ${slug.toUpperCase()} MAP`,
    `TEETIME ORPHANED ${clubId} MAP`,
  ]);
  const ofTeeTime = drifts.filter(({ system }) => system === 'TEETIME').map((drift) => drift.id);
  expect(await repair(ofTeeTime)).toMatchObject([{ outcome: 'DONE', drift: { key: clubId } }]);
  expect(await entryOf(id)).toMatchObject({ teeTimeClubIds: [clubId], sclTenantCode: null });
  expect(namesOf(await driftsOf(id))).toEqual([`SCL ORPHANED ${slug.toUpperCase()} MAP`]);
  await repair(drifts.map((drift) => drift.id));
  expect(await driftsOf(id)).toEqual([]);
});

test('where both say different things a person must decide, and nothing is changed', async () => {
  const tenant = await agreeing();
  const other = await provisionedTenant(graph);
  const theirs = await newClub(other.id);
  await mapClubRegardless(graph, tenant.id, theirs);
  await graph.settled();
  await graph.database.query("UPDATE crm.tenant SET slug = 'old-' || slug WHERE id = $1", [tenant.id]);
  const drifts = (await driftsOf(tenant.id)) ?? [];
  expect(namesOf(drifts)).toEqual([
    `CRM DISAGREEING ${tenant.id} null`,
    `TEETIME DISAGREEING ${theirs} null`,
  ]);
  expect(namesOf(await driftsOf(other.id))).toContain(`TEETIME DISAGREEING ${theirs} null`);
  expect(JSON.stringify(drifts)).not.toContain(other.id);
  const before = await entryOf(tenant.id);
  expect(
    (await repair(drifts.map(({ id }) => id))).map(({ outcome }: { outcome: string }) => outcome),
  ).toEqual(['NEEDS_DECISION', 'NEEDS_DECISION']);
  expect(await entryOf(tenant.id)).toEqual(before);
});

test('two keys that could be the tenant’s are orphans that nobody maps', async () => {
  const { id, slug } = await bareTenant(graph, 'twice');
  for (const code of [slug, slug.toUpperCase()]) {
    await graph.ask(
      'mutation ($code: String!) { createSclTenant(input: { code: $code, name: "T" }) { id } }',
      {
        code,
      },
    );
  }
  expect(namesOf(await driftsOf(id))).toEqual(
    [`SCL ORPHANED ${slug} null`, `SCL ORPHANED ${slug.toUpperCase()} null`].sort(),
  );
});

test('what a disabled tenant lacks is told, and not made', async () => {
  const { id, sclTenantCode } = await lostTenant(graph);
  await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id });
  expect(namesOf(await driftsOf(id))).toContain(`SCL MISSING ${sclTenantCode} null`);
});

test('each is repaired by itself: what is refused is told, and the others are done', async () => {
  const one = await lostTenant(graph);
  const two = await bareTenant(graph);
  const clubId = await newClub(two.id);
  const ids = [
    driftIdOf({ tenantId: two.id, system: 'TEETIME', kind: 'ORPHANED', key: clubId }),
    driftIdOf({ tenantId: one.id, system: 'SCL', kind: 'MISSING', key: one.sclTenantCode }),
    driftIdOf({ tenantId: one.id, system: 'SCL', kind: 'MISSING', key: 'NEVER-WAS' }),
    driftIdOf({ tenantId: randomUUID(), system: 'SCL', kind: 'MISSING', key: 'NOBODYS' }),
  ];
  const outcomes = (await repair([...ids, ids[0] as string])).map(
    ({ outcome }: { outcome: string }) => outcome,
  );
  expect(outcomes).toEqual(['DONE', 'DONE', 'GONE', 'GONE']);
});

test('ids that are none, or too many, are refused', async () => {
  const nonsense = [
    'me',
    Buffer.from('[]').toString('base64url'),
    Buffer.from('["me", "SCL", "MISSING", "A"]').toString('base64url'),
    Buffer.from(`["${randomUUID()}", "SCL", "LOST", "A"]`).toString('base64url'),
  ];
  for (const id of nonsense)
    expect(await graph.refusal(REPAIR, { ids: [id], dryRun: false })).toBe('BAD_USER_INPUT');
  const many = Array.from({ length: 101 }, () => nonsense[0]);
  expect(await graph.refusal(REPAIR, { ids: many, dryRun: false })).toBe('BAD_USER_INPUT');
});

test('it is for those who provision, and a bound token sees and repairs its own tenants alone', async () => {
  const own = await lostTenant(graph);
  const other = await lostTenant(graph);
  const bound = graph.as({ roles: ['PLATFORM_ADMIN'], tenants: [own.id], sub: 'bound' });
  expect(await driftsOf(own.id, bound)).toHaveLength(2);
  expect(await driftsOf(other.id, bound)).toBeNull();
  const ids = ((await driftsOf(other.id)) ?? []).map(({ id }) => id);
  const { repairRegistryDrift } = await bound.ask(REPAIR, { ids, dryRun: false });
  expect(repairRegistryDrift.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['GONE', 'GONE']);
  expect(await driftsOf(other.id)).toHaveLength(2);
  for (const role of ['PLATFORM_AUDITOR', 'SERVICE'] as const) {
    const caller = graph.as({ roles: [role] });
    expect(await caller.refusal(DRIFT, { id: own.id })).toBe('FORBIDDEN');
    expect(await caller.refusal(REPAIR, { ids, dryRun: true })).toBe('FORBIDDEN');
  }
  expect(await graph.anonymous.refusal(DRIFT, { id: own.id })).toBe('UNAUTHENTICATED');
});

test('over HTTP a system that does not answer is unknown, and nothing of it is missing', async () => {
  const distributed = await startGraph('distributed');
  try {
    const tenant = await lostTenant(distributed);
    await distributed.stopSubgraph('scl');
    await distributed.stopSubgraph('teetime');
    const drifts = await driftsOf(tenant.id, distributed);
    expect(namesOf(drifts)).toEqual([
      `MESSAGING MISSING ${tenant.messagingTenantId} CREATE`,
      `SCL UNKNOWN ${tenant.id} null`,
      `TEETIME UNKNOWN ${tenant.id} null`,
    ]);
    const missing = drifts?.find(({ system }) => system === 'MESSAGING');
    const { repairRegistryDrift } = await distributed.ask(REPAIR, { ids: [missing?.id], dryRun: false });
    expect(repairRegistryDrift).toMatchObject([{ outcome: 'DONE' }]);
  } finally {
    await distributed.stop();
  }
}, 60_000);

test('the code of a mapped SCL tenant counts by its letters', async () => {
  const { id, sclTenantCode: code } = await lostTenant(graph);
  await graph.ask('mutation ($code: String!) { createSclTenant(input: { code: $code, name: "T" }) { id } }', {
    code: code.toLowerCase(),
  });
  expect(namesOf(await driftsOf(id))).toContain(`SCL MISSING ${code} CREATE`);
});
