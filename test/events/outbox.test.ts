import { randomUUID } from 'node:crypto';
import pino from 'pino';
import sql, { raw } from 'sql-template-tag';
import type { DatabasePool, SqlRunner, Transaction } from '../../shared/database/database';
import { openSubgraphDatabase } from '../../shared/database/open-subgraph-database';
import { type OutboxRow, outboxColumns, outboxEventOf } from '../../shared/events/outbox';
import { withinTenant } from '../../shared/identity/viewer';
import { systemCall } from '../../shared/subgraph/transport';
import { loadSubgraph } from '../../subgraphs/modules';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

let database: TestDatabase;
let pool: DatabasePool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = await openSubgraphDatabase(await loadSubgraph('teetime'), {
    location: { url: database.url },
    poolSize: 6,
    logger: pino({ level: 'silent' }),
  });
});
afterAll(async () => {
  await pool.close();
  await database.drop();
});

function publish(transaction: Transaction, tenantKey: string, clubCode = 'club'): Promise<void> {
  const payload = { clubId: randomUUID(), clubCode };
  const tenant = { id: tenantKey, slug: 'the-slug' };
  return transaction.publish({ type: 'teetime.club.created', tenantKey, tenant, payload });
}

const everyone = () => pool.forCall(systemCall('request-1'));
const read = (tenantKey: string, after = 0, limit = 100) =>
  readOutbox(everyone(), { tenantKey, after, limit });

/** The events of a tenant behind `after`, oldest first, `limit` at most. */
async function readOutbox(
  database: SqlRunner,
  { tenantKey, after, limit }: { tenantKey: string; after: number; limit: number },
) {
  const rows = await database.rows<OutboxRow>(sql`
    SELECT ${raw(outboxColumns('e'))} FROM teetime.outbox_event e
    WHERE e.tenant_key = ${tenantKey} AND e.position > ${after} ORDER BY e.position LIMIT ${limit}`);
  return rows.map(outboxEventOf);
}

test('an event is read in the platform’s envelope, and nothing beside it', async () => {
  const tenantKey = randomUUID();
  await everyone().transaction((transaction) => publish(transaction, tenantKey, 'half \ud800'));
  const [found] = await read(tenantKey);
  expect(found).toEqual({
    position: 1,
    event: {
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      type: 'teetime.club.created',
      version: '1.0',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      tenantId: tenantKey,
      tenantSlug: 'the-slug',
      source: 'teetime',
      payload: { clubId: expect.any(String), clubCode: 'half \ufffd' },
      metadata: { userId: 'tenant-graph', correlationId: 'request-1' },
    },
  });
  expect(Math.abs(Date.parse(found?.event.timestamp ?? '') - Date.now())).toBeLessThan(10_000);
});

test('events are numbered without gaps, also when writers come at once, and one tenant waits for no other', async () => {
  const [first, second] = [randomUUID(), randomUUID()];
  await Promise.all(
    [first, second].flatMap((tenant) =>
      Array.from({ length: 20 }, () => everyone().transaction((transaction) => publish(transaction, tenant))),
    ),
  );
  const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
  for (const tenant of [first, second]) {
    expect((await read(tenant)).map(({ position }) => position)).toEqual(numbers);
  }
  expect((await read(first, 7, 3)).map(({ position }) => position)).toEqual([8, 9, 10]);

  await everyone().transaction(async (transaction) => {
    await publish(transaction, first);
    await everyone().transaction((another) => publish(another, second));
    expect(await read(second, 20)).toHaveLength(1);
  });
});

test('nobody sees a later event of a tenant before an earlier one', async () => {
  const tenant = randomUUID();
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let tellPublished: () => void = () => undefined;
  const isPublished = new Promise<void>((resolve) => {
    tellPublished = resolve;
  });
  const slow = everyone().transaction(async (transaction) => {
    await publish(transaction, tenant, 'slow');
    tellPublished();
    await held;
  });
  await isPublished;
  let isQuickDone = false;
  const quick = everyone()
    .transaction((transaction) => publish(transaction, tenant, 'quick'))
    .then(() => {
      isQuickDone = true;
    });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect({ isQuickDone, seen: await read(tenant) }).toEqual({ isQuickDone: false, seen: [] });
  letGo();
  await Promise.all([slow, quick]);
  expect((await read(tenant)).map(({ event }) => event.payload)).toMatchObject([
    { clubCode: 'slow' },
    { clubCode: 'quick' },
  ]);
});

test('an event goes with its transaction, and its number is given again', async () => {
  const tenant = randomUUID();
  const failing = everyone().transaction(async (transaction) => {
    await publish(transaction, tenant);
    throw new Error('given up');
  });
  await expect(failing).rejects.toThrow('given up');
  expect(await read(tenant)).toEqual([]);
  await everyone().transaction((transaction) => publish(transaction, tenant));
  expect((await read(tenant)).map(({ position }) => position)).toEqual([1]);
});

test('the run-time role changes no event, writes none of a tenant out of reach, and reads none of it', async () => {
  const [own, other] = [randomUUID(), randomUUID()];
  await everyone().transaction((transaction) => publish(transaction, other));
  const call = systemCall('test');
  const limited = pool.forCall({ ...call, viewer: withinTenant(call.viewer, own) });
  await limited.transaction((transaction) => publish(transaction, own));
  for (const statement of [
    'UPDATE teetime.outbox_event SET payload = payload',
    'DELETE FROM teetime.outbox_event',
    'TRUNCATE teetime.outbox_event',
  ]) {
    await expect(limited.transaction(({ manager }) => manager.query(statement))).rejects.toMatchObject({
      driverError: { code: '42501' },
    });
  }
  await expect(limited.transaction((transaction) => publish(transaction, other))).rejects.toMatchObject({
    driverError: { code: '42501' },
  });
  expect(await readOutbox(limited, { tenantKey: other, after: 0, limit: 9 })).toEqual([]);
  expect(await readOutbox(limited, { tenantKey: own, after: 0, limit: 9 })).toHaveLength(1);
});

test('a subgraph publishes its own events alone', async () => {
  const foreign = everyone().transaction((transaction) =>
    transaction.publish({ type: 'tenant.enabled', tenantKey: randomUUID(), tenant: null, payload: {} }),
  );
  await expect(foreign).rejects.toThrow('tenant.enabled is published by access-control, not by teetime');
});
