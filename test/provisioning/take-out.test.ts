import { randomUUID } from 'node:crypto';
import { schemaOf } from '../../shared/subgraph/names';
import { crmTenantData } from '../../subgraphs/crm/provisioning/tenant-data';
import { messagingTenantData } from '../../subgraphs/messaging/provisioning/tenant-data';
import { sclTenantData } from '../../subgraphs/scl/provisioning/tenant-data';
import { teetimeTenantData } from '../../subgraphs/teetime/provisioning/tenant-data';
import { type TenantWithData, tenantWithData } from '../isolation/attack/tenant-with-data';
import { startGraph, type TestGraph } from '../testkit/graph';
import { doorOf, OPERATOR } from './door';

let graph: TestGraph;
let kept: TenantWithData;
beforeAll(async () => {
  graph = await startGraph();
  kept = await tenantWithData(graph, 'kept');
});
afterAll(() => graph.stop());

/** Tables with tenant data that are not the tenant's to take along, each with its reason. */
const STAYS: Record<string, string> = {
  audit_entry: 'the audit trail outlives what it tells of',
  outbox_event: 'events tell of what happened, also to what is gone',
  event_cursor: 'how far consumers have come in the events',
  event_dead_letter: 'events that nobody could take',
  event_inbox: 'which events were taken already',
};

const systems = {
  scl: { data: sclTenantData, args: '$code: String!', pass: 'code: $code', keyName: 'sclTenantCode' },
  teetime: { data: teetimeTenantData, args: '', pass: '', keyName: 'tenantId' },
  messaging: {
    data: messagingTenantData,
    args: '$messagingTenantId: String!',
    pass: 'messagingTenantId: $messagingTenantId',
    keyName: 'messagingTenantId',
  },
  crm: { data: crmTenantData, args: '', pass: '', keyName: 'tenantId' },
} as const;
type System = keyof typeof systems;
const names = Object.keys(systems) as System[];

const FIELDS = { scl: 'Scl', teetime: 'TeeTime', messaging: 'Messaging', crm: 'Crm' };
const exportOf = (system: System) => {
  const { args, pass } = systems[system];
  return `query ($t: ID!, $after: String, $first: Int ${args && `, ${args}`}) {
    exportFrom${FIELDS[system]}(tenantId: $t, after: $after, first: $first ${pass && `, ${pass}`}) { rows next } }`;
};
const removalOf = (system: System) => {
  const { args, pass } = systems[system];
  return `mutation ($t: ID!, $limit: Int! ${args && `, ${args}`}) {
    removeFrom${FIELDS[system]}(tenantId: $t, limit: $limit ${pass && `, ${pass}`}) { removed done } }`;
};
const keysOf = ({ id, keys }: TenantWithData) => ({
  t: id,
  code: keys.sclTenantCode,
  messagingTenantId: keys.messagingTenantId,
});
const variablesOf = (system: System, tenant: TenantWithData) => {
  const { t, code, messagingTenantId } = keysOf(tenant);
  return { t, ...(system === 'scl' && { code }), ...(system === 'messaging' && { messagingTenantId }) };
};

interface Exported {
  rows: { table: string; row: Record<string, unknown> }[];
  next: string | null;
}

async function exportAll(system: System, tenant: TenantWithData, first: number): Promise<Exported['rows']> {
  const rows: Exported['rows'] = [];
  for (let after: string | null = null; ; ) {
    const page: Exported = await doorOf(graph, tenant.id).ask(system, exportOf(system), {
      ...variablesOf(system, tenant),
      after,
      first,
    });
    expect(page.rows.length).toBeLessThanOrEqual(first);
    rows.push(...page.rows);
    after = page.next;
    if (after === null) return rows;
  }
}

test.each(names)('%s takes along every table with tenant data', async (system) => {
  const schema = schemaOf(system);
  const tables = await graph.database.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = $1::regnamespace AND relkind = 'r' AND relrowsecurity ORDER BY relname`,
    [schema],
  );
  const taken = systems[system].data.map(({ table }) => table.replace(`${schema}.`, ''));
  const own = tables.map(({ name }) => name).filter((name) => !(name in STAYS));
  expect([...taken].sort()).toEqual(own);
});

test.each(names)('%s gives out all rows of the tenant and of nobody else, page by page', async (system) => {
  const tenant = await tenantWithData(graph, 'out');
  if (system === 'messaging') {
    await graph.database.query(
      `INSERT INTO messaging.messaging_tenant VALUES ($1, 'internal', NULL, now(), 'test', now(), 'test') ON CONFLICT DO NOTHING`,
      [tenant.keys.messagingTenantId],
    );
    await graph.database.query(
      `INSERT INTO messaging.contact (id, messaging_tenant_id, email, created_by, updated_by)
       SELECT gen_random_uuid(), $1, n || '@example.com', 'test', 'test' FROM generate_series(1, 20) n`,
      [tenant.keys.messagingTenantId],
    );
  }
  if (system === 'crm') {
    await graph.database.query(
      `INSERT INTO crm.tenant_slug_alias (slug, tenant_id, since, expires_at)
       SELECT n || '-' || $2, $1, now(), now() + interval '1 day' FROM generate_series(1, 3) n`,
      [tenant.id, tenant.mark],
    );
  }
  const whole = await exportAll(system, tenant, 500);
  expect(await exportAll(system, tenant, 2)).toEqual(whole);
  expect(await exportAll(system, tenant, 1)).toEqual(whole);

  const tables = systems[system].data.map(({ table, name = table }) => name);
  const byTable = new Map(tables.map((table) => [table, whole.filter((row) => row.table === table).length]));
  for (const table of tables.filter((name) => name !== 'crm.template_pack_installation')) {
    expect({ table, count: byTable.get(table) }).toEqual({ table, count: expect.any(Number) });
    expect(byTable.get(table)).toBeGreaterThan(0);
  }
  expect(JSON.stringify(whole)).toContain(tenant.mark);
  expect(JSON.stringify(whole)).not.toContain(kept.mark);
});

test.each(names)('%s loses all rows of the tenant batch by batch, and of nobody else', async (system) => {
  const tenant = await tenantWithData(graph, 'gone');
  const keptBefore = await exportAll(system, kept, 500);
  const count = (await exportAll(system, tenant, 500)).length;
  const remove = (limit: number) =>
    doorOf(graph, tenant.id).ask(system, removalOf(system), { ...variablesOf(system, tenant), limit });

  let removed = 0;
  for (let done = false; !done; ) {
    const answer = await remove(2);
    expect(answer.removed).toBeLessThanOrEqual(2);
    removed += answer.removed;
    done = answer.done;
  }
  expect(removed).toBe(count);
  expect(await exportAll(system, tenant, 500)).toEqual([]);
  expect(await exportAll(system, kept, 500)).toEqual(keptBefore);
  expect(await remove(500)).toEqual({ removed: 0, done: true });

  const tenantKey = tenant.keys[systems[system].keyName];
  const entries = await graph.database.query<{ before: Record<string, number> }>(
    `SELECT actor, on_behalf_of, record_type, record_id, before, after FROM ${schemaOf(system)}.audit_entry
     WHERE tenant_key = $1 AND action LIKE 'removeFrom%' ORDER BY position`,
    [tenantKey],
  );
  expect(entries.length).toBe(Math.ceil(count / 2));
  expect(entries[0]).toMatchObject({
    actor: 'tenant-graph',
    on_behalf_of: OPERATOR,
    record_type: 'Tenant',
    record_id: tenant.id,
    after: null,
  });
  const counted = entries.flatMap(({ before }) => Object.values(before)).reduce((sum, each) => sum + each, 0);
  expect(counted).toBe(count);
});

test.each(names)('%s removes each row once when two calls meet', async (system) => {
  const tenant = await tenantWithData(graph, 'twice');
  const count = (await exportAll(system, tenant, 500)).length;
  const variables = { ...variablesOf(system, tenant), limit: 500 };
  const answers = await Promise.all(
    Array.from({ length: 3 }, () => doorOf(graph, tenant.id).ask(system, removalOf(system), variables)),
  );
  expect(answers.reduce((sum, { removed }) => sum + removed, 0)).toBe(count);
  expect(await exportAll(system, tenant, 500)).toEqual([]);
});

test.each(names)(
  '%s refuses what is beyond the tenant or its limits, and removes nothing',
  async (system) => {
    const before = await exportAll(system, kept, 500);
    const own = await tenantWithData(graph, 'own');
    const door = doorOf(graph, own.id);
    const mine = variablesOf(system, own);
    const theirs = variablesOf(system, kept);

    for (const tooMany of [0, 501]) {
      const removal = await door.refusal(system, removalOf(system), { ...mine, limit: tooMany });
      expect(removal).toMatchObject({ code: 'BAD_USER_INPUT', path: 'limit' });
      const page = await door.refusal(system, exportOf(system), { ...mine, first: tooMany });
      expect(page).toMatchObject({ code: 'BAD_USER_INPUT', path: 'first' });
    }
    for (const after of ['nonsense', Buffer.from('["crm.lead", [1]]').toString('base64url')]) {
      expect(await door.refusal(system, exportOf(system), { ...mine, after })).toMatchObject({
        code: 'BAD_USER_INPUT',
        path: 'after',
      });
    }
    const beyond = { code: 'TENANT_NOT_FOUND', path: 'tenantId' };
    expect(await door.refusal(system, removalOf(system), { ...theirs, limit: 500 })).toMatchObject(beyond);
    expect(await door.refusal(system, exportOf(system), theirs)).toMatchObject(beyond);
    if (system === 'scl' || system === 'messaging') {
      const mixed = { ...theirs, t: own.id };
      const path = system === 'scl' ? 'code' : 'messagingTenantId';
      const conflict = { code: 'CONFLICT', path };
      expect(await door.refusal(system, removalOf(system), { ...mixed, limit: 500 })).toMatchObject(conflict);
      expect(await door.refusal(system, exportOf(system), mixed)).toMatchObject(conflict);
    }
    expect(await exportAll(system, kept, 500)).toEqual(before);
  },
);

test('what a tenant has in no system is nothing', async () => {
  const id = randomUUID();
  expect(await doorOf(graph, id).ask('crm', exportOf('crm'), { t: id })).toEqual({ rows: [], next: null });
});
