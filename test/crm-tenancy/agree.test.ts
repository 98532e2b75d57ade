import { agreeRows } from '../../subgraphs/crm/tenant-migration/phases/agree-rows';
import { putOriginalsBack } from '../../subgraphs/crm/tenant-migration/quarantine/original-values';
import { type Owner, openOwner } from '../../subgraphs/crm/tenant-migration/schema/owner';
import type { TestDatabase } from '../testkit/test-database';
import { crmTenant, legacyCustomer, migratedDatabase } from './legacy-rows';
import { moveCrm } from './stage-of-crm';

let database: TestDatabase;
let owner: Owner;
let pines: string;
let oaks: string;
beforeAll(async () => {
  database = await migratedDatabase();
  pines = await crmTenant(database, 'pines');
  oaks = await crmTenant(database, 'oaks');
  await moveCrm(database, 'LEGACY');
  await moveCrm(database, 'EXPANDED');
  owner = await openOwner({ url: database.url }, { lockTimeoutMs: 500 });
});
afterAll(async () => {
  await owner.close();
  await database.drop();
});

const customers = () =>
  database.query<{ id: string; tenant_id: string; tenant_uuid: string }>(
    'SELECT id, tenant_id, tenant_uuid FROM crm.customer ORDER BY auth_user_id',
  );
const ofCustomers = async (options: Parameters<typeof agreeRows>[1]) => {
  const { table, ...counts } =
    (await agreeRows(owner, options)).find((agreement) => agreement.table === 'customer') ?? {};
  return counts;
};

test('another name of the tenant becomes its slug; a row of two tenants waits for a person', async () => {
  const aliased = await legacyCustomer(database, 'Pines ', { authUserId: '1' });
  await database.query('UPDATE crm.customer SET tenant_uuid = $1 WHERE id = $2', [pines, aliased]);
  await database.query(
    `INSERT INTO crm_tenancy.slug_alias (slug, tenant_id, mapped_by) VALUES ('Pines ', $1, 'night')`,
    [pines],
  );
  const torn = await legacyCustomer(database, 'pines', { authUserId: '2' });
  await database.query('UPDATE crm.customer SET tenant_uuid = $1 WHERE id = $2', [oaks, torn]);
  const before = await customers();

  expect(await ofCustomers({ keep: null, isDryRun: true })).toEqual({
    respelled: 1,
    decided: 0,
    undecided: 1,
  });
  expect(await ofCustomers({ keep: 'slug', isDryRun: true })).toEqual({
    respelled: 1,
    decided: 1,
    undecided: 0,
  });
  expect(await customers()).toEqual(before);

  expect(await ofCustomers({ keep: null, isDryRun: false })).toEqual({
    respelled: 1,
    decided: 0,
    undecided: 1,
  });
  expect(await customers()).toEqual([
    { id: aliased, tenant_id: 'pines', tenant_uuid: pines },
    { id: torn, tenant_id: 'pines', tenant_uuid: oaks },
  ]);
  expect(await ofCustomers({ keep: 'slug', isDryRun: false })).toEqual({
    respelled: 0,
    decided: 1,
    undecided: 0,
  });
  expect((await customers())[1]).toEqual({ id: torn, tenant_id: 'pines', tenant_uuid: pines });
  expect(
    await database.query(
      'SELECT table_name, row_key, column_name, value FROM crm_tenancy.original_value ORDER BY column_name',
    ),
  ).toEqual([
    { table_name: 'customer', row_key: { id: aliased }, column_name: 'tenant_id', value: 'Pines ' },
    { table_name: 'customer', row_key: { id: torn }, column_name: 'tenant_uuid of another', value: oaks },
  ]);
});

test('the UUID is believed where the operator says so', async () => {
  const torn = await legacyCustomer(database, 'pines', { authUserId: '3' });
  await database.query('UPDATE crm.customer SET tenant_uuid = $1 WHERE id = $2', [oaks, torn]);
  expect(await ofCustomers({ keep: 'uuid', isDryRun: false })).toEqual({
    respelled: 0,
    decided: 1,
    undecided: 0,
  });
  expect((await customers())[2]).toEqual({ id: torn, tenant_id: 'oaks', tenant_uuid: oaks });
});

test('a dry run promises no decision for a slug that names nobody', async () => {
  const torn = await legacyCustomer(database, 'nobody', { authUserId: '4' });
  await database.query('UPDATE crm.customer SET tenant_uuid = $1 WHERE id = $2', [oaks, torn]);
  const undecided = { respelled: 0, decided: 0, undecided: 1 };
  expect(await ofCustomers({ keep: 'slug', isDryRun: true })).toEqual(undecided);
  expect(await ofCustomers({ keep: 'slug', isDryRun: false })).toEqual(undecided);
  expect(await ofCustomers({ keep: 'uuid', isDryRun: true })).toEqual({
    ...undecided,
    decided: 1,
    undecided: 0,
  });
  expect(await ofCustomers({ keep: 'uuid', isDryRun: false })).toEqual({
    ...undecided,
    decided: 1,
    undecided: 0,
  });
});

test('rows that would be there twice are refused before anything is changed, also by a dry run', async () => {
  const refuses = async (keep: Parameters<typeof agreeRows>[1]['keep'], example: string) => {
    const before = await customers();
    for (const isDryRun of [true, false]) {
      await expect(agreeRows(owner, { keep, isDryRun })).rejects.toMatchObject({
        code: 'TENANCY_GATE_CLOSED',
        gates: [{ name: 'DUPLICATES', count: 1, examples: [example] }],
      });
    }
    expect(await customers()).toEqual(before);
  };
  const oaksRow = (id: string) =>
    database.query('UPDATE crm.customer SET tenant_uuid = $1 WHERE id = $2', [oaks, id]);
  await oaksRow(await legacyCustomer(database, 'pines', { authUserId: '5' }));
  const second = await legacyCustomer(database, 'oaks', { authUserId: '5' });
  await refuses('uuid', "2 times auth_user_id '5' of crm.customer by 'oaks'");
  expect(await ofCustomers({ keep: null, isDryRun: true })).toMatchObject({ undecided: 1 });
  await database.query('DELETE FROM crm.customer WHERE id = $1', [second]);

  await database.query(
    `INSERT INTO crm_tenancy.slug_alias (slug, tenant_id, mapped_by) VALUES ('Oaks', $1, 'night')`,
    [oaks],
  );
  await legacyCustomer(database, 'oaks', { authUserId: '6' });
  const other = await legacyCustomer(database, 'nobody-yet', { authUserId: '6' });
  await database.query(`UPDATE crm.customer SET tenant_id = 'Oaks', tenant_uuid = $1 WHERE id = $2`, [
    oaks,
    other,
  ]);
  await refuses(null, "2 times auth_user_id '6' of crm.customer by 'oaks'");
  await database.query("DELETE FROM crm.customer WHERE auth_user_id IN ('5', '6')");
});

test('what people decided, or wrote since, is not put back on the way to LEGACY', async () => {
  const before = await customers();
  const moved = before.find(({ tenant_id }) => tenant_id === 'pines');
  // Was respelled from another name of its tenant, and is given to another tenant afterwards.
  await database.query(`UPDATE crm.customer SET tenant_id = 'oaks', tenant_uuid = $1 WHERE id = $2`, [
    oaks,
    moved?.id,
  ]);
  const decided = await customers();
  await owner.transaction((runner) => putOriginalsBack(runner));
  expect(await customers()).toEqual(decided);
});
