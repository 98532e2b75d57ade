import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { migratedTables } from './migrated-tables';

/**
 * Locks CRM's tables and their views until the transaction ends, for changes that take a moment. It waits for all of them
 * together no longer than `lockTimeoutMs`, so that whoever waits behind it waits no longer either. The order is that of requests:
 * writers hold the tenant first, and a statement meets the view before the table.
 */
export async function lockTables(runner: SqlRunner, lockTimeoutMs: number): Promise<void> {
  const until = performance.now() + lockTimeoutMs;
  for (const relation of await relationsToLock(runner)) {
    const left = Math.max(1, Math.floor(until - performance.now()));
    await runner.rows(raw(`SET LOCAL lock_timeout = ${left}`));
    await runner.rows(sql`LOCK TABLE ${raw(relation)} IN ACCESS EXCLUSIVE MODE`);
  }
}

/** Those that are there; parents before children, as writers meet them. */
async function relationsToLock(runner: SqlRunner): Promise<string[]> {
  const names = ['tenant', ...migratedTables.map(({ name }) => name).toReversed()];
  const wanted = names.flatMap((name) => [`crm_live.${name}`, `crm.${name}`]);
  const found = await runner.rows<{ name: string }>(sql`
    SELECT name FROM unnest(${wanted}::text[]) WITH ORDINALITY AS wanted(name, place)
    WHERE to_regclass(name) IS NOT NULL ORDER BY place`);
  return found.map(({ name }) => name);
}
