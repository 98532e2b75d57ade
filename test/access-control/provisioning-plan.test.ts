import { randomUUID } from 'node:crypto';
import { NO_TENANT } from '../../shared/tenancy/no-tenant';
import { type Caller, startGraph, type TestGraph } from '../testkit/graph';
import {
  bareTenant,
  mapClubRegardless,
  type ProvisionedTenant,
  provisionedTenant,
  sclTenantOf,
  uniqueName,
} from '../testkit/seed';

const PLAN = `query ($input: ProvisionTenantInput!) {
  provisioningPlan(input: $input) {
    tenant { id slug }
    steps { system name action }
    conflicts { path code message }
    warnings { path code }
  }
}`;
const PROVISION = `mutation ($input: ProvisionTenantInput!) {
  provisionTenant(input: $input) { id status steps { name } tenant { id } }
}`;

const RENAME = 'mutation ($id: ID!, $slug: String) { updateTenant(id: $id, input: { slug: $slug }) { id } }';

let graph: TestGraph;
let owner: ProvisionedTenant;
let ownersClub: string;
beforeAll(async () => {
  graph = await startGraph();
  owner = await provisionedTenant(graph, 'owner');
  ownersClub = randomUUID();
  await graph.ask(PROVISION, { input: { tenant: { id: owner.id }, teeTime: { clubIds: [ownersClub] } } });
});
afterAll(() => graph.stop());

const newTenant = (stem = 'plan') => {
  const slug = uniqueName(stem);
  return { slug, displayName: slug };
};

interface Plan {
  tenant: { id: string; slug: string } | null;
  steps: { system: string; name: string; action: string }[];
  conflicts: { path: string; code: string; message: string }[];
  warnings: { path: string; code: string }[];
}

async function planOf(input: object, caller: Caller = graph): Promise<Plan> {
  return (await caller.ask(PLAN, { input })).provisioningPlan;
}

/** `SCL CREATE`: what the plan has to do, in its order. */
const actionsOf = ({ steps }: Plan) => steps.map(({ system, action }) => `${system} ${action}`);

const NEW: [string, string] = ['ACCESS_CONTROL CREATE', 'ACCESS_CONTROL CREATE'];
const SAME: [string, string] = ['ACCESS_CONTROL NOTHING', 'ACCESS_CONTROL NOTHING'];
const CHANGED: [string, string] = ['ACCESS_CONTROL NOTHING', 'ACCESS_CONTROL UPDATE'];

/** The steps of the systems between those of Access Control. */
const around = ([first, last]: [string, string], ...systems: string[]) => [first, ...systems, last];

async function disabled(id: string): Promise<string> {
  await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id });
  return id;
}

/** A club that TeeTime has for the tenant. */
async function newClub(tenantId: string): Promise<{ id: string; clubCode: string }> {
  const input = { tenantId, clubCode: uniqueName('club'), name: 'Links' };
  const { createClub } = await graph.ask(
    'mutation ($input: CreateClubInput!) { createClub(input: $input) { id clubCode } }',
    { input },
  );
  return createClub;
}

async function fullTenant(clubs: number): Promise<string> {
  const { id } = await provisionedTenant(graph, 'full');
  for (let start = 0; start < clubs; start += 100) {
    const clubIds = Array.from({ length: Math.min(100, clubs - start) }, () => randomUUID());
    await graph.ask(PROVISION, { input: { tenant: { id }, teeTime: { clubIds } } });
  }
  return id;
}

interface Case {
  what: string;
  input: () => object | Promise<object>;
  /** The whole plan's actions, or its conflicts as `code path`. */
  actions?: string[];
  conflicts?: string[];
  /** Its warnings as `code path`; none unless given. */
  warnings?: string[];
  caller?: () => Caller | Promise<Caller>;
}

const keyOf = (tenant: ProvisionedTenant) => ({ id: tenant.id });

/** A tenant with a club in SCL and a contact in Messaging. */
async function tenantWithData(): Promise<ProvisionedTenant> {
  const tenant = await provisionedTenant(graph);
  const { id } = await sclTenantOf(graph, tenant);
  await graph.ask('mutation ($id: ID!) { createSclClub(input: { sclTenantId: $id, name: "Home" }) { id } }', {
    id,
  });
  await graph.ask(
    `mutation ($id: String!) { createContact(input: { messagingTenantId: $id, email: "a@example.com" }) { id } }`,
    { id: tenant.messagingTenantId },
  );
  return tenant;
}

const cases: Case[] = [
  { what: 'a new tenant', input: () => ({ tenant: newTenant() }), actions: NEW },
  {
    what: 'a new tenant with everything',
    input: () => ({
      tenant: { ...newTenant(), id: randomUUID() },
      scl: { code: uniqueName('SCL') },
      teeTime: { clubIds: [randomUUID()] },
      messaging: { tenantId: uniqueName('msg') },
      crm: {},
      billing: true,
      payments: { providers: ['stripe'] },
      association: { provider: 'golfrsa', memberId: '1' },
    }),
    actions: around(NEW, 'SCL CREATE', 'TEETIME CREATE', 'MESSAGING CREATE', 'CRM CREATE'),
  },
  {
    what: 'a new tenant without CRM',
    input: () => ({ tenant: newTenant(), crm: { enabled: false } }),
    actions: around(NEW, 'CRM NOTHING'),
  },
  {
    what: 'a tenant without an entry',
    input: async () => ({ tenant: { id: (await bareTenant(graph)).id }, crm: {}, teeTime: { clubIds: [] } }),
    actions: ['ACCESS_CONTROL NOTHING', 'TEETIME NOTHING', 'CRM NOTHING', 'ACCESS_CONTROL CREATE'],
  },
  {
    what: 'a tenant whose entry was never provisioned',
    input: async () => {
      const { id } = await bareTenant(graph);
      await graph.ask('mutation ($id: ID!) { enableSystem(tenantId: $id, system: SCL) { id } }', { id });
      return { tenant: { id } };
    },
    actions: CHANGED,
  },
  {
    what: 'nothing new, by slug and name',
    input: () => ({
      tenant: { slug: owner.slug, displayName: 'Whatever' },
      scl: { code: owner.sclTenantCode },
      messaging: { tenantId: owner.messagingTenantId },
      teeTime: { clubIds: [ownersClub.toUpperCase()] },
      crm: {},
      payments: { providers: [] },
      billing: false,
    }),
    actions: around(SAME, 'SCL NOTHING', 'TEETIME NOTHING', 'MESSAGING NOTHING', 'CRM NOTHING'),
  },
  {
    what: 'other keys than before',
    input: async () => ({
      tenant: keyOf(await provisionedTenant(graph)),
      scl: { code: uniqueName('NEW') },
      messaging: { tenantId: uniqueName('new') },
      teeTime: { clubIds: [randomUUID()] },
      crm: { enabled: false },
    }),
    actions: around(CHANGED, 'SCL UPDATE', 'TEETIME UPDATE', 'MESSAGING UPDATE', 'CRM UPDATE'),
    warnings: ['KEY_REPLACED input.scl.code', 'KEY_REPLACED input.messaging.tenantId'],
  },
  {
    what: 'other keys than those under which the tenant has data',
    input: async () => ({
      tenant: keyOf(await tenantWithData()),
      scl: { code: uniqueName('NEW') },
      messaging: { tenantId: uniqueName('new') },
    }),
    conflicts: ['CONFLICT input.scl.code', 'CONFLICT input.messaging.tenantId'],
  },
  {
    what: 'a template for a tenant that was renamed',
    input: async () => {
      const { id } = await tenantWithData();
      const slug = uniqueName('renamed');
      await graph.ask(RENAME, { id, slug });
      return { tenant: { slug }, template: 'CLUB', crm: null };
    },
    actions: around(SAME, 'SCL NOTHING', 'TEETIME NOTHING', 'MESSAGING NOTHING'),
  },
  {
    what: 'a system that was disabled',
    input: async () => {
      const { id, sclTenantCode } = await provisionedTenant(graph);
      for (const system of ['SCL', 'CRM', 'TEETIME']) {
        const variables = { id, system };
        const disable =
          'mutation ($id: ID!, $system: TenantSystem!) { disableSystem(tenantId: $id, system: $system) { id } }';
        await graph.ask(disable, variables);
      }
      return { tenant: { id }, scl: { code: sclTenantCode }, crm: {}, teeTime: { clubIds: [] } };
    },
    actions: around(CHANGED, 'SCL UPDATE', 'TEETIME CREATE', 'CRM UPDATE'),
  },
  ...[
    { billing: true },
    { payments: { providers: ['stripe'] } },
    { association: { provider: 'dotgolf' } },
  ].map((part) => ({
    what: `the change ${JSON.stringify(part)}`,
    input: async () => ({ tenant: keyOf(await provisionedTenant(graph)), ...part }),
    actions: CHANGED,
  })),
  {
    what: 'providers in another order',
    input: async () => {
      const tenant = keyOf(await provisionedTenant(graph));
      await graph.ask(PROVISION, { input: { tenant, payments: { providers: ['stripe', 'peach'] } } });
      return { tenant, payments: { providers: ['peach', 'stripe'] } };
    },
    actions: CHANGED,
  },
  {
    what: 'the last club that a tenant may have',
    input: async () => ({
      tenant: { id: await fullTenant(999) },
      teeTime: { clubIds: [randomUUID()] },
    }),
    actions: around(CHANGED, 'TEETIME UPDATE'),
  },
  {
    what: 'a club more than a tenant may have',
    input: async () => ({
      tenant: { id: await fullTenant(999) },
      teeTime: { clubIds: [randomUUID(), randomUUID()] },
    }),
    conflicts: ['BAD_USER_INPUT input.teeTime.clubIds'],
  },
  {
    what: 'an unknown slug',
    input: () => ({ tenant: { slug: uniqueName('nobody') } }),
    conflicts: ['TENANT_NOT_FOUND input.tenant.slug'],
  },
  {
    what: 'an unknown id',
    input: () => ({ tenant: { id: randomUUID(), slug: uniqueName('nobody') } }),
    conflicts: ['TENANT_NOT_FOUND input.tenant.id'],
  },
  {
    what: 'a slug that is another tenant’s',
    input: () => ({ tenant: { id: randomUUID(), slug: owner.slug, displayName: 'Other' } }),
    conflicts: ['CONFLICT input.tenant.slug'],
  },
  {
    what: 'an id with another slug',
    input: () => ({ tenant: { id: owner.id, ...newTenant() } }),
    conflicts: ['CONFLICT input.tenant.slug'],
  },
  {
    what: 'a disabled tenant',
    input: async () => ({ tenant: { id: await disabled((await bareTenant(graph)).id) } }),
    conflicts: ['TENANT_DISABLED input.tenant.id'],
  },
  {
    what: 'an SCL code that is another tenant’s',
    input: () => ({ tenant: newTenant(), scl: { code: owner.sclTenantCode } }),
    conflicts: ['CONFLICT input.scl.code'],
  },
  {
    what: 'clubs of which one is another tenant’s',
    input: () => ({ tenant: newTenant(), teeTime: { clubIds: [randomUUID(), ownersClub] } }),
    conflicts: ['CONFLICT input.teeTime.clubIds'],
  },
  {
    what: 'clubs by code that are the tenant’s in TeeTime, one of them another tenant’s in the registry',
    input: async () => {
      const { id } = await bareTenant(graph);
      const clubs = await Promise.all([newClub(id), newClub(id)]);
      await mapClubRegardless(graph, owner.id, clubs[1]?.id ?? '');
      return {
        tenant: { id },
        teeTime: { clubs: clubs.map(({ clubCode }) => ({ clubCode, name: 'Mine' })) },
      };
    },
    conflicts: ['CONFLICT input.teeTime.clubs'],
  },
  {
    what: 'a Messaging id that is another tenant’s',
    input: () => ({ tenant: newTenant(), messaging: { tenantId: owner.messagingTenantId } }),
    conflicts: ['CONFLICT input.messaging.tenantId'],
  },
  {
    what: 'a CRM id that is another tenant’s',
    input: async () => {
      const { id } = await bareTenant(graph);
      const holder = await provisionedTenant(graph, 'holder');
      await graph.database.query(
        'UPDATE access_control.tenant_registry SET crm_tenant_id = $1 WHERE tenant_id = $2',
        [id, holder.id],
      );
      return { tenant: { id } };
    },
    conflicts: ['CONFLICT input.crm'],
  },
  {
    what: 'everything that is another tenant’s',
    input: async () => ({
      tenant: { id: await disabled((await bareTenant(graph)).id), slug: owner.slug },
      scl: { code: owner.sclTenantCode },
      teeTime: { clubIds: [ownersClub] },
      messaging: { tenantId: owner.messagingTenantId },
    }),
    conflicts: [
      'CONFLICT input.tenant.slug',
      'TENANT_DISABLED input.tenant.id',
      'CONFLICT input.scl.code',
      'CONFLICT input.teeTime.clubIds',
      'CONFLICT input.messaging.tenantId',
    ],
  },
  {
    what: 'a key that was used for this',
    input: async () => {
      const input = { idempotencyKey: uniqueName('key'), tenant: newTenant(), billing: true };
      await graph.ask(PROVISION, { input });
      await graph.ask(PROVISION, { input: { tenant: input.tenant, billing: false } });
      return input;
    },
    actions: SAME,
  },
  {
    what: 'a key that was used for something else',
    input: async () => {
      const input = { idempotencyKey: uniqueName('key'), tenant: newTenant() };
      await graph.ask(PROVISION, { input });
      return { ...input, billing: true };
    },
    conflicts: ['IDEMPOTENCY_CONFLICT input.idempotencyKey'],
  },
  {
    what: 'a new tenant by a token that is bound to others',
    input: () => ({ tenant: newTenant(), scl: { code: owner.sclTenantCode } }),
    conflicts: ['FORBIDDEN input.tenant', 'CONFLICT input.scl.code'],
    caller: async () => managerOf((await bareTenant(graph)).id),
  },
  {
    what: 'a tenant out of the token’s reach',
    input: () => ({ tenant: { slug: owner.slug } }),
    conflicts: ['TENANT_NOT_FOUND input.tenant.slug'],
    caller: async () => managerOf((await bareTenant(graph)).id),
  },
  {
    what: 'one’s own tenant by a token that is bound to it',
    input: () => ({ tenant: { slug: owner.slug }, crm: {} }),
    actions: around(SAME, 'CRM NOTHING'),
    caller: () => managerOf(owner.id),
  },
];

const managerOf = (id: string) => graph.as({ roles: ['PLATFORM_MANAGER'], tenants: [id] });

test.each(cases)(
  '$what: the plan says what the mutation then does',
  async ({ input, caller, ...expected }) => {
    const given = await input();
    const asker = caller ? await caller() : graph;
    const before = await contents();
    const plan = await planOf(given, asker);
    expect(await contents()).toEqual(before);

    expect(plan.conflicts.map(({ code, path }) => `${code} ${path}`)).toEqual(expected.conflicts ?? []);
    expect(plan.warnings.map(({ code, path }) => `${code} ${path}`)).toEqual(expected.warnings ?? []);
    if (expected.actions) expect(actionsOf(plan)).toEqual(expected.actions);

    const { data, errors } = await asker.request(PROVISION, { input: given });
    if (expected.conflicts) {
      const { code, fields } = errors?.[0]?.extensions ?? {};
      const refusals = plan.conflicts.filter((conflict) => conflict.code === code);
      expect(refusals).not.toEqual([]);
      if (fields) {
        const { path, message } = fields[0] ?? {};
        expect(refusals).toContainEqual({ code, path, message });
      }
      expect(await contents()).toEqual(before);
      return;
    }
    expect(errors).toBeUndefined();
    const run = data.provisionTenant;
    if (plan.tenant) expect(run.tenant.id).toBe(plan.tenant.id);
    expect(run.status).toBe('COMPLETED');
    expect(run.steps.map(({ name }: { name: string }) => name)).toEqual(plan.steps.map(({ name }) => name));
    const written = (await trail(run.tenant.id)).slice(before.entries.get(run.tenant.id) ?? 0);
    expect(written).toEqual(auditOf(plan));

    const again = await planOf(given, asker);
    expect(again.conflicts).toEqual([]);
    expect(again.steps.filter(({ action }) => action !== 'NOTHING')).toEqual([]);
  },
);

test.each<[object, string]>([
  [{ tenant: {} }, 'input.tenant'],
  [{ tenant: { id: '42' } }, 'input.tenant.id'],
  [{ tenant: { id: NO_TENANT, slug: 'x', displayName: 'x' } }, 'input.tenant.id'],
  [{ tenant: { slug: 'x' }, scl: { code: ' ' } }, 'input.scl.code'],
  [{ tenant: { slug: 'x' }, idempotencyKey: '' }, 'input.idempotencyKey'],
  ...[{ name: 'y' }, { location: 'Parys' }, { timezone: 'Europe/London' }].map((other): [object, string] => {
    const clubs = ['DD', 'EE', 'DD'].map((clubCode) => ({ clubCode, name: 'z' }));
    Object.assign(clubs[2] ?? {}, other);
    return [
      { tenant: { slug: 'x', displayName: 'x' }, teeTime: { clubs } },
      'input.teeTime.clubs.2.clubCode',
    ];
  }),
])('%j is refused by name', async (input, path) => {
  for (const document of [PLAN, PROVISION]) {
    const { errors } = await graph.request(document, { input });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
  }
});

test('only who may provision may plan', async () => {
  const input = { tenant: newTenant() };
  expect(await graph.anonymous.refusal(PLAN, { input })).toBe('UNAUTHENTICATED');
  for (const role of ['PLATFORM_AUDITOR', 'TENANT_OWNER'] as const) {
    expect(await graph.as({ roles: [role], tenants: [owner.id] }).refusal(PLAN, { input })).toBe('FORBIDDEN');
  }
});

/** What the audit trail says after a run that does what the plan says: each system’s part when it has answered. */
function auditOf({ steps }: Plan): string[] {
  const [tenant, entry] = [steps[0]?.action, steps.at(-1)?.action];
  return [
    ...(tenant === 'CREATE' ? ['Tenant is new'] : []),
    ...(entry === 'CREATE' ? ['TenantRegistry is new'] : []),
    ...steps.slice(1).flatMap(({ action }) => (action === 'NOTHING' ? [] : ['TenantRegistry changed'])),
  ];
}

async function trail(tenantId: string): Promise<string[]> {
  const rows = await graph.database.query<{ text: string }>(
    `SELECT record_type || CASE WHEN before IS NULL THEN ' is new' ELSE ' changed' END AS text
       FROM access_control.audit_entry WHERE tenant_key = $1 ORDER BY position`,
    [tenantId],
  );
  return rows.map(({ text }) => text);
}

/** How many rows each table has, when the registry last changed, and how long each tenant's trail is. */
async function contents(): Promise<{ rows: unknown; entries: Map<string, number> }> {
  const tables = ['tenant', 'tenant_registry', 'tenant_registry_club', 'provisioning_run', 'audit_entry'];
  const counts = tables.map((table) => `(SELECT count(*)::int FROM access_control.${table}) AS ${table}`);
  const rows = await graph.database.query(
    `SELECT ${counts.join(', ')}, (SELECT max(updated_at) FROM access_control.tenant_registry) AS changed`,
  );
  const entries = await graph.database.query<{ key: string; count: number }>(
    'SELECT tenant_key AS key, count(*)::int AS count FROM access_control.audit_entry GROUP BY tenant_key',
  );
  return { rows, entries: new Map(entries.map(({ key, count }) => [key, count])) };
}
