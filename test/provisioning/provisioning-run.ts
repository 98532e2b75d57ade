import type { Caller, TestGraph } from '../testkit/graph';
import { uniqueName } from '../testkit/seed';
import type { TestDatabase } from '../testkit/test-database';

const STEPS = 'steps { system name status attempts notes error { code message } }';
const FIELDS = `id status finishedAt createdBy tenantId tenant { id slug } registry { sclTenantCode } ${STEPS}`;
const PROVISION = `mutation ($input: ProvisionTenantInput!) { provisionTenant(input: $input) { ${FIELDS} } }`;
const RUN = `query ($id: ID!) { provisioningRun(id: $id) { ${FIELDS} } }`;
const RETRY = `mutation ($id: ID!) { retryProvisioning(runId: $id) { ${FIELDS} } }`;
const CANCEL = `mutation ($id: ID!) { cancelProvisioning(runId: $id) { ${FIELDS} } }`;
const PLAN = `query ($input: ProvisionTenantInput!) { provisioningPlan(input: $input) {
  tenant { id } steps { system name action existing } conflicts { path code message } warnings { path code }
} }`;

export interface Step {
  system: string;
  name: string;
  status: string;
  attempts: number;
  notes: string[];
  error: { code: string; message: string } | null;
}

export interface Run {
  id: string;
  status: string;
  finishedAt: string | null;
  createdBy: string;
  tenantId: string;
  tenant: { id: string; slug: string } | null;
  registry: { sclTenantCode: string | null } | null;
  steps: Step[];
}

export interface Plan {
  tenant: { id: string } | null;
  steps: { system: string; name: string; action: string; existing: string[] }[];
  conflicts: { path: string; code: string; message: string }[];
  warnings: { path: string; code: string }[];
}

/** What a caller does with runs. */
export function runsOf(caller: Pick<Caller, 'ask' | 'request'>) {
  return {
    provision: async (input: object): Promise<Run> =>
      (await caller.ask(PROVISION, { input })).provisionTenant,
    tryToProvision: (input: object) => caller.request(PROVISION, { input }),
    plan: async (input: object): Promise<Plan> => (await caller.ask(PLAN, { input })).provisioningPlan,
    look: async (id: string): Promise<Run> => (await caller.ask(RUN, { id })).provisioningRun,
    retry: async (id: string): Promise<Run> => (await caller.ask(RETRY, { id })).retryProvisioning,
    tryToRetry: (id: string) => caller.request(RETRY, { id }),
    cancel: async (id: string): Promise<Run> => (await caller.ask(CANCEL, { id })).cancelProvisioning,
    tryToCancel: (id: string) => caller.request(CANCEL, { id }),
  };
}

/** `SCL COMPLETED`: how the steps of a run are. */
export const stepsOf = ({ steps }: Run) => steps.map(({ system, status }) => `${system} ${status}`);

export const SYSTEMS = ['ACCESS_CONTROL', 'SCL', 'TEETIME', 'MESSAGING', 'CRM', 'ACCESS_CONTROL'];
export const all = (status: string) => SYSTEMS.map((system) => `${system} ${status}`);

/** An input for a new tenant in all five systems, with clubs of its own. */
export function wholeInput(stem = 'whole') {
  const slug = uniqueName(stem);
  return {
    tenant: { slug, displayName: `The ${slug}` },
    scl: { code: slug.toUpperCase(), clubs: [{ name: `${slug} Links` }, { name: `${slug} Park` }] },
    teeTime: { clubs: [1, 2].map((n) => ({ clubCode: `${slug}-${n}`, name: `${slug} ${n}` })) },
    messaging: { tenantId: `msg-${slug}`, provider: 'twilio' },
    crm: { enabled: true, templatePack: 'CLUB' },
    billing: true,
    payments: { providers: ['stripe'] },
    association: { provider: 'golfrsa', memberId: '7' },
  };
}

/** What all five systems show of a tenant. */
export async function shownOf(graph: Pick<TestGraph, 'ask'>, slug: string) {
  const query = `query ($slug: String) { tenant(slug: $slug) {
    id displayName messagingProvider
    registry { sclTenantCode sclEnabled teeTimeClubIds teeTimeEnabled messagingTenantId messagingEnabled crmTenantId
      crmEnabled billingEnabled paymentProviders associationProvider associationMemberId provisionedAt }
    clubs { id clubCode name } sclTenant { code name clubs { name } } contacts(first: 1) { totalCount }
    segments { name } journeys { name }
  } }`;
  return (await graph.ask(query, { slug })).tenant;
}

/** A table of a system with a condition for its writes to fail by, and the code by which they then do for good. */
const failures: Record<string, { table: string; when: string; event: string; sqlState: string }> = {
  SCL: { table: 'scl.scl_tenant', when: 'true', event: 'INSERT', sqlState: '22021' },
  TEETIME: { table: 'teetime.club', when: 'true', event: 'INSERT', sqlState: '22021' },
  MESSAGING: { table: 'messaging.messaging_tenant', when: 'true', event: 'INSERT', sqlState: '22021' },
  CRM: { table: 'crm.segment', when: 'true', event: 'INSERT', sqlState: '22021' },
  REGISTRY: {
    table: 'access_control.tenant_registry',
    when: 'NEW.provisioned_at IS DISTINCT FROM OLD.provisioned_at',
    event: 'UPDATE',
    sqlState: '23505',
  },
};

export const failingSteps = Object.keys(failures);

/** Lets a system's writes fail from now on, for good or, as after an outage, for a while. Answers what mends it. */
export async function breakSystem(
  database: TestDatabase,
  system: string,
  kind: 'for good' | 'outage' = 'for good',
): Promise<() => Promise<unknown>> {
  const failure = failures[system];
  if (!failure) throw new Error(`There is no system ${system}`);
  const name = `public.refuse_${system.toLowerCase()}`;
  const sqlState = kind === 'outage' ? '57014' : failure.sqlState;
  const constraint = sqlState === '23505' ? ", CONSTRAINT = 'tenant_registry_scl_tenant_code_key'" : '';
  await database.query(`CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'broken by a test' USING ERRCODE = '${sqlState}'${constraint}; END $$`);
  await database.query(`CREATE TRIGGER refuse BEFORE ${failure.event} ON ${failure.table}
    FOR EACH ROW WHEN (${failure.when}) EXECUTE FUNCTION ${name}()`);
  return () => database.query(`DROP FUNCTION ${name} CASCADE`);
}

const LEFT_OUT = [
  'audit_entry',
  'outbox_event',
  'event_inbox',
  'event_cursor',
  'event_dead_letter',
  'migration',
];

/**
 * Every row of all five systems, but what tells of changes and runs. When an entry of the registry was last changed is left
 * out too.
 */
export async function rowsOfAllSystems(database: TestDatabase): Promise<string[]> {
  const tables = await database.query<{ name: string }>(
    `
    SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
    WHERE table_schema IN ('access_control', 'scl', 'teetime', 'messaging', 'crm') AND table_type = 'BASE TABLE'
      AND table_name NOT LIKE 'provisioning%' AND table_name <> ALL ($1) ORDER BY 1`,
    [LEFT_OUT],
  );
  const parts = tables.map(
    ({ name }) =>
      `SELECT '${name} ' || (to_jsonb(t)${name.endsWith('tenant_registry') ? " - 'updated_at'" : ''})::text AS row FROM ${name} t`,
  );
  const rows = await database.query<{ row: string }>(`${parts.join(' UNION ALL ')} ORDER BY 1`);
  return rows.map(({ row }) => row);
}
