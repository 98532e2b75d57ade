import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { verifyAuditTrail } from '../../shared/audit/verify-audit-trail';
import type { DatabasePool, Transaction } from '../../shared/database/database';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import { withinTenant } from '../../shared/identity/viewer';
import { systemCall } from '../../shared/subgraph/transport';
import { loadSubgraph } from '../../subgraphs/modules';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

let database: TestDatabase;
let pool: DatabasePool;
beforeEach(async () => {
  database = await createTestDatabase();
  pool = await openSubgraphDatabase(await loadSubgraph('teetime'), {
    location: { url: database.url },
    poolSize: 4,
    logger: pino({ level: 'silent' }),
  });
});
afterEach(async () => {
  await pool.close();
  await database.drop();
});

function record(transaction: Transaction, tenantKey: string, note: string): Promise<void> {
  const change = { action: 'updateClub', tenantKey, recordType: 'Club', recordId: 'x', before: null };
  return transaction.record({
    ...change,
    after: { note, unicode: 'ḡölf — 高尔夫', at: new Date(0), n: 1.5 },
  });
}

async function recorded(tenantKey: string, notes: string[]): Promise<void> {
  for (const note of notes) {
    await pool.forCall(systemCall('test')).transaction((transaction) => record(transaction, tenantKey, note));
  }
}

const verify = (heads?: Parameters<typeof verifyAuditTrail>[2]) =>
  verifyAuditTrail(pool.forCall(systemCall('test')), 'teetime', heads);

test('entries of a tenant are numbered and chained, also when writers come at once', async () => {
  const [first, second] = [randomUUID(), randomUUID()];
  await Promise.all(
    [first, second].flatMap((tenant) =>
      Array.from({ length: 20 }, (_, index) => recorded(tenant, [`${index}`])),
    ),
  );
  const { entries, heads, broken } = await verify();
  expect({ entries, broken }).toEqual({ entries: 40, broken: [] });
  expect(heads.map(({ tenantKey, position }) => [tenantKey, position]).sort()).toEqual(
    [
      [first, 20],
      [second, 20],
    ].sort(),
  );
});

test('an entry goes with its transaction', async () => {
  const tenant = randomUUID();
  const failing = pool.forCall(systemCall('test')).transaction(async (transaction) => {
    await record(transaction, tenant, 'never');
    throw new Error('given up');
  });
  await expect(failing).rejects.toThrow('given up');
  expect((await verify()).entries).toBe(0);
});

test('the run-time role cannot change or take away an entry, nor write one of a tenant out of reach', async () => {
  const [own, other] = [randomUUID(), randomUUID()];
  await recorded(own, ['kept']);
  const call = systemCall('test');
  const limited = pool.forCall({ ...call, viewer: withinTenant(call.viewer, own) });
  for (const statement of [
    'UPDATE teetime.audit_entry SET actor = actor',
    'DELETE FROM teetime.audit_entry',
    'TRUNCATE teetime.audit_entry',
  ]) {
    await expect(limited.transaction(({ manager }) => manager.query(statement))).rejects.toMatchObject({
      driverError: { code: '42501' },
    });
  }
  await expect(
    limited.transaction((transaction) => record(transaction, other, 'forged')),
  ).rejects.toMatchObject({
    driverError: { code: '42501' },
  });
  expect((await verify()).entries).toBe(1);
});

test.each<[string, string, number, string]>([
  [
    'changed',
    `UPDATE teetime.audit_entry SET after = '{"note":"forged"}' WHERE position = 2`,
    2,
    'is not what was written',
  ],
  ['taken out', 'DELETE FROM teetime.audit_entry WHERE position = 2', 3, 'one is missing'],
  [
    'put first',
    `UPDATE teetime.audit_entry SET previous_hash = 'x' WHERE position = 1`,
    1,
    'the hash of the entry before it',
  ],
])(
  'an entry that was %s by someone who may do everything is named',
  async (_what, tampering, position, fault) => {
    const [tenant, untouched] = [randomUUID(), randomUUID()];
    await recorded(tenant, ['one', 'two', 'three']);
    await recorded(untouched, ['one']);
    await database.query(`${tampering} AND tenant_key = '${tenant}'`);
    const { broken } = await verify();
    expect(broken).toEqual([
      { subgraph: 'teetime', tenantKey: tenant, position, fault: expect.stringContaining(fault) },
    ]);
  },
);

test('heads that were kept show what was taken off the end, or written anew', async () => {
  const tenant = randomUUID();
  await recorded(tenant, ['one', 'two']);
  const { heads } = await verify();
  await recorded(tenant, ['three']);
  expect((await verify(heads)).broken).toEqual([]);

  await database.query('DELETE FROM teetime.audit_entry WHERE position >= 2');
  expect((await verify()).broken).toEqual([]);
  expect((await verify(heads)).broken).toMatchObject([{ tenantKey: tenant, position: 2 }]);
  await recorded(tenant, ['another two']);
  expect((await verify(heads)).broken).toMatchObject([{ fault: 'is not the entry whose hash was kept' }]);
});

test('a chain is followed over the steps in which it is read', async () => {
  const tenants = Array.from({ length: 3 }, () => randomUUID());
  await database.query(
    `INSERT INTO teetime.audit_entry (id, tenant_key, actor, action, record_type, record_id, request_id)
     SELECT gen_random_uuid(), tenant::uuid, 'test', 'updateClub', 'Club', n::text, 'r'
     FROM unnest($1::text[]) AS tenant, generate_series(1, 1500) n`,
    [tenants],
  );
  const { entries, heads, broken } = await verify();
  expect({ entries, broken }).toEqual({ entries: 4_500, broken: [] });
  expect(heads.map(({ position }) => position)).toEqual([1_500, 1_500, 1_500]);
});
