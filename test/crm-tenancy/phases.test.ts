import { randomUUID } from 'node:crypto';
import { GateRefusal } from '../../subgraphs/crm/tenant-migration/phases/gates';
import { gatesBeforeNext } from '../../subgraphs/crm/tenant-migration/phases/gates-before';
import { advanceTenant, takeTenantBack } from '../../subgraphs/crm/tenant-migration/phases/move-tenant';
import type { TenantPhase } from '../../subgraphs/crm/tenant-migration/phases/phase';
import { readTenants } from '../../subgraphs/crm/tenant-migration/phases/read-tenants';
import { gatesBeforeStage } from '../../subgraphs/crm/tenant-migration/phases/stage-gates';
import { type Owner, openOwner } from '../../subgraphs/crm/tenant-migration/schema/owner';
import type { TestDatabase } from '../testkit/test-database';
import { crmTenant, fillUuids, legacyCustomer, legacyLead, migratedDatabase } from './legacy-rows';
import { moveCrm } from './stage-of-crm';

let database: TestDatabase;
let owner: Owner;
let tenantId: string;
let other: string;
beforeEach(async () => {
  database = await migratedDatabase();
  // A tenant that comes during the move is COMPLETE from the beginning; these were there before.
  tenantId = await crmTenant(database, 'pines');
  other = await crmTenant(database, 'oaks');
  await moveCrm(database, 'LEGACY');
  await moveCrm(database, 'EXPANDED');
  owner = await openOwner({ url: database.url }, { lockTimeoutMs: 500 });
});
afterEach(async () => {
  await owner.close();
  await database.drop();
});

const advance = (tenantId: string, to: TenantPhase, override?: string) =>
  owner.transaction((tx) => advanceTenant(tx, { tenantId, to, by: 'night', override }));
const goBack = (tenantId: string, to: TenantPhase) =>
  owner.transaction((tx) => takeTenantBack(tx, { tenantId, to, by: 'night' }));
const changes = () =>
  database.query<{ from_phase: string; to_phase: string; override_reason: string | null }>(
    'SELECT from_phase, to_phase, changed_by, override_reason, evidence FROM crm_tenancy.phase_change ORDER BY id',
  );
const phaseOf = async (tenantId: string) => (await readTenants(owner, { tenantId }))[0]?.phase;

async function refusalOf(work: Promise<unknown>): Promise<GateRefusal> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GateRefusal)) throw new Error(`Not refused by a gate: ${error}`);
  return error;
}

/** Takes the trigger of the stage away for one write, as a row is that was there before it. */
async function beforeTheTrigger<T>(table: string, write: () => Promise<T>): Promise<T> {
  await database.query(`ALTER TABLE crm.${table} DISABLE TRIGGER fill_tenant`);
  const written = await write();
  await database.query(`ALTER TABLE crm.${table} ENABLE TRIGGER fill_tenant`);
  return written;
}

test('a tenant whose rows are right goes all the way, and each step is written down', async () => {
  await legacyCustomer(database, 'pines');
  expect(await advance(tenantId, 'CUTOVER')).toMatchObject({
    from: 'LEGACY',
    to: 'CUTOVER',
    isChanged: true,
  });
  expect(await advance(tenantId, 'CUTOVER')).toMatchObject({ isChanged: false });
  expect(await advance(tenantId, 'COMPLETE')).toMatchObject({ from: 'CUTOVER', isChanged: true });
  expect(await phaseOf(tenantId)).toBe('COMPLETE');
  const written = await changes();
  expect(written.map(({ from_phase, to_phase }) => [from_phase, to_phase])).toEqual([
    ['LEGACY', 'DUAL_WRITE'],
    ['DUAL_WRITE', 'CUTOVER'],
    ['CUTOVER', 'COMPLETE'],
  ]);
  expect(written[1]).toMatchObject({
    changed_by: 'night',
    override_reason: null,
    evidence: expect.arrayContaining([{ name: 'ROWS_WITHOUT_UUID', count: 0, examples: [] }]),
  });
});

test('every gate of rows that is closed is told with count, examples and what mends it', async () => {
  const elsewhere = await legacyCustomer(database, 'oaks');
  await beforeTheTrigger('customer', async () => {
    await legacyCustomer(database, 'pines');
    await legacyCustomer(database, 'pines');
    await legacyCustomer(database, ' Pines');
  });
  const orphan = await legacyLead(database, 'pines', { customerId: elsewhere });
  await advance(tenantId, 'DUAL_WRITE');
  await legacyCustomer(database, 'pines', { authUserId: 'both' });
  await database.query("UPDATE crm.customer SET tenant_uuid = $1 WHERE auth_user_id = 'both'", [other]);
  await database.query(
    `INSERT INTO crm_tenancy.read_mismatch (id, tenant_id, statement, only_by_slug, only_by_uuid, seen_at)
     VALUES ($1, $3, 'SELECT old', '[]', '[]', now() - interval '2 hours'),
            ($2, $3, 'SELECT new', '[]', '[]', now() - interval '2 minutes')`,
    [randomUUID(), randomUUID(), tenantId],
  );

  const refusal = await refusalOf(advance(tenantId, 'CUTOVER'));
  const command = 'npm run crm:tenancy --';
  expect(refusal.gates).toEqual([
    {
      name: 'ROWS_WITHOUT_UUID',
      count: 2,
      examples: ["2 rows of crm.customer by 'pines'"],
      mend: `${command} backfill`,
    },
    {
      name: 'ROWS_DISAGREEING',
      count: 1,
      examples: ["1 rows of crm.customer by 'pines' with the UUID of oaks"],
      mend: `${command} agree`,
    },
    {
      name: 'ORPHANS',
      count: 1,
      examples: [`crm.lead ${orphan}: its tenant has no customer ${elsewhere}`],
      mend: `${command} quarantine --detach-orphans`,
    },
    {
      name: 'UNMAPPED_SLUGS',
      count: 1,
      examples: ["' Pines' in 1 rows of crm.customer"],
      mend: `${command} quarantine`,
    },
    {
      name: 'READ_MISMATCHES',
      count: 1,
      examples: [expect.stringMatching(/^a read at 2.* by slug alone and .* by UUID alone$/)],
      mend: `${command} mismatches --tenant pines`,
    },
  ]);
  expect(refusal.code).toBe('TENANCY_GATE_CLOSED');
  expect(refusal.extensions['fields']).toHaveLength(5);
  expect(refusal.message).toContain('ORPHANS 1, such as crm.lead');
  expect(await phaseOf(tenantId)).toBe('DUAL_WRITE');
  expect(await changes()).toHaveLength(1);
});

test('a row that names two tenants keeps both of them back', async () => {
  await legacyCustomer(database, 'pines', { authUserId: 'both' });
  await database.query("UPDATE crm.customer SET tenant_uuid = $1 WHERE auth_user_id = 'both'", [other]);
  for (const named of [tenantId, other]) {
    const { gates } = await refusalOf(advance(named, 'DUAL_WRITE'));
    expect(gates).toMatchObject([{ name: 'ROWS_DISAGREEING', count: 1 }]);
  }
});

test('who still sends the slug keeps a tenant from COMPLETE, as long as the window says', async () => {
  await database.query(
    `INSERT INTO crm_tenancy.legacy_caller VALUES ('forms', 'curl/8', '10.0.0.0/24', $1, 7, now(), now() - interval '10 minutes')`,
    [tenantId],
  );
  await advance(tenantId, 'CUTOVER');
  const { gates } = await refusalOf(advance(tenantId, 'COMPLETE'));
  expect(gates).toEqual([
    {
      name: 'LEGACY_CALLERS',
      count: 1,
      examples: [expect.stringMatching(/^forms \(curl\/8\) from 10\.0\.0\.0\/24, 7 times, last at /)],
      mend: 'npm run crm:tenancy -- ledger --tenant pines',
    },
  ]);
  await database.query(
    `INSERT INTO crm_tenancy.setting (name, value, changed_by) VALUES ('legacyCallerWindowMinutes', '5', 'test')`,
  );
  expect(await advance(tenantId, 'COMPLETE')).toMatchObject({ isChanged: true });
});

test('a reason passes closed gates and is kept; one that the schema closes it does not', async () => {
  await beforeTheTrigger('customer', () => legacyCustomer(database, 'pines'));
  expect(await advance(tenantId, 'CUTOVER', 'rows of a test club')).toMatchObject({ isChanged: true });
  expect(await changes()).toMatchObject([
    { to_phase: 'DUAL_WRITE', override_reason: 'rows of a test club' },
    {
      to_phase: 'CUTOVER',
      override_reason: 'rows of a test club',
      evidence: expect.arrayContaining([expect.objectContaining({ name: 'ROWS_WITHOUT_UUID', count: 1 })]),
    },
  ]);
  await goBack(tenantId, 'LEGACY');
  await owner.close();
  await moveCrm(database, 'LEGACY');
  owner = await openOwner({ url: database.url }, { lockTimeoutMs: 500 });
  const { gates } = await refusalOf(advance(tenantId, 'DUAL_WRITE', 'now'));
  expect(gates).toMatchObject([{ name: 'STAGE', mend: 'npm run crm:tenancy -- expand' }]);
});

test('a tenant goes back at once and forward again; neither direction is taken for the other', async () => {
  await legacyCustomer(database, 'pines');
  await advance(tenantId, 'COMPLETE');
  await expect(advance(tenantId, 'CUTOVER')).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await goBack(tenantId, 'LEGACY')).toMatchObject({
    from: 'COMPLETE',
    to: 'LEGACY',
    isChanged: true,
  });
  expect(await goBack(tenantId, 'LEGACY')).toMatchObject({ isChanged: false });
  await expect(goBack(tenantId, 'CUTOVER')).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await advance(tenantId, 'DUAL_WRITE')).toMatchObject({ from: 'LEGACY', isChanged: true });
  await expect(advance(randomUUID(), 'CUTOVER')).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
});

test('of two operators at once one moves the tenant, and the other finds it there', async () => {
  const moves = await Promise.all(Array.from({ length: 4 }, () => advance(tenantId, 'DUAL_WRITE')));
  expect(moves.map(({ isChanged }) => isChanged).sort()).toEqual([false, false, false, true]);
  expect(await changes()).toHaveLength(1);
});

test('the schema waits for every tenant and every row, and goes back to LEGACY after the tenants', async () => {
  await beforeTheTrigger('customer', async () => {
    await legacyCustomer(database, 'pines', { authUserId: 'twin' });
    await legacyCustomer(database, 'PINES', { authUserId: 'twin' });
  });
  await database.query(
    `INSERT INTO crm_tenancy.slug_alias (slug, tenant_id, mapped_by) VALUES ('PINES', $1, 'night')`,
    [tenantId],
  );
  await database.query(
    `INSERT INTO crm_tenancy.quarantined_row (table_name, row_key, slug, reason)
     SELECT 'customer', jsonb_build_object('id', id), tenant_id, 'DUPLICATE' FROM crm.customer LIMIT 1`,
  );
  const closed = async (to: 'ENFORCED' | 'CONTRACTED' | 'LEGACY') =>
    Object.fromEntries(
      (await gatesBeforeStage(owner, to))
        .filter(({ count }) => count > 0)
        .map(({ name, count, mend }) => [name, { count, mend: mend.replace('npm run crm:tenancy -- ', '') }]),
    );
  expect(await closed('ENFORCED')).toEqual({
    TENANTS_BEHIND: { count: 4, mend: 'advance --all --to CUTOVER' },
    ROWS_WITHOUT_UUID: { count: 2, mend: 'backfill' },
    DUPLICATES: { count: 1, mend: 'quarantine --mend-duplicates' },
    QUARANTINED_ROWS: { count: 1, mend: 'quarantine' },
  });
  expect(await closed('CONTRACTED')).toEqual({ STAGE: { count: 1, mend: 'plan' } });
  expect(await closed('LEGACY')).toEqual({});

  await database.query("DELETE FROM crm.customer WHERE tenant_id = 'PINES'");
  await database.query('DELETE FROM crm_tenancy.quarantined_row');
  await fillUuids(database);
  for (const tenant of await readTenants(owner)) await advance(tenant.tenantId, 'CUTOVER');
  expect(await closed('ENFORCED')).toEqual({});
  await legacyCustomer(database, 'nobody');
  expect(await closed('ENFORCED')).toEqual({
    ROWS_WITHOUT_UUID: { count: 1, mend: 'quarantine' },
    UNMAPPED_SLUGS: { count: 1, mend: 'quarantine' },
  });
  expect(await closed('LEGACY')).toEqual({
    TENANTS_AHEAD: { count: 4, mend: 'back --all --to LEGACY' },
  });
});

test('what stands before the next phase is told open gates too', async () => {
  const [tenant] = await readTenants(owner, { tenantId });
  if (!tenant) throw new Error('The tenant is not there');
  expect(tenant).toEqual({
    tenantId,
    slug: 'pines',
    phase: 'LEGACY',
    since: expect.any(Date),
    changedBy: 'test',
  });
  expect(await gatesBeforeNext(owner, tenant)).toMatchObject([
    { name: 'STAGE', count: 0 },
    { name: 'ROWS_DISAGREEING', count: 0 },
  ]);
  expect(await gatesBeforeNext(owner, { ...tenant, phase: 'COMPLETE' })).toEqual([]);
});
