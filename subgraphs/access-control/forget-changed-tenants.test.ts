import type { Database, Transaction } from '../../shared/database/database';
import { forgetChangedTenants } from './forget-changed-tenants';

const change = { action: 'test', recordType: 'Tenant', recordId: 'one', before: null, after: null };

function databaseWith(log: string[], commit: () => void): Database {
  const transaction = {
    record: async ({ tenantKey }: { tenantKey: string }) => {
      log.push(`record ${tenantKey}`);
    },
  } as unknown as Transaction;
  return {
    async transaction<T>(work: (transaction: Transaction) => Promise<T>) {
      const result = await work(transaction);
      commit();
      log.push('commit');
      return result;
    },
  } as Database;
}

test.each([
  ['a commit', () => undefined, ['record a', 'record b', 'record a', 'commit', 'forget a', 'forget b']],
  [
    'a commit of which nobody knows whether it came through',
    () => {
      throw new Error('connection lost');
    },
    ['record a', 'record b', 'record a', 'forget a', 'forget b'],
  ],
])('after %s the tenants that were changed are forgotten', async (_what, commit, expected) => {
  const log: string[] = [];
  const directory = { forget: (id: string) => log.push(`forget ${id}`) };
  const database = forgetChangedTenants(databaseWith(log, commit), directory as never);
  const working = database.transaction(async (transaction) => {
    for (const tenantKey of ['a', 'b', 'a']) await transaction.record({ ...change, tenantKey });
    return 'done';
  });
  await working.catch(() => undefined);
  expect(log).toEqual(expected);
});
