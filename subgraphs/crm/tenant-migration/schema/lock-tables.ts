import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { migratedTables } from './migrated-tables';

/** The share of the time-out that is for waiting; the rest is for the change, which whoever waits behind it waits for, too. */
const SHARE_OF_WAITING = 0.5;
/** The share of that which each lock but the first one gets. */
const SHARE_OF_OTHERS = 0.4;

/**
 * Locks CRM's tables and their views until the transaction ends, for changes that take a moment. It waits for all of them
 * together no longer than half of `lockTimeoutMs`, so that whoever waits behind it and the change waits no longer than that.
 *
 * Views come first: a reader meets its view first, and waits there without a lock that is still to be had; a reader of pages meets
 * its table first. A writer that holds
 * its tenant already and waits for a view is met in the way; then neither would get on, so the later locks are given up soon.
 */
export async function lockTables(runner: SqlRunner, lockTimeoutMs: number): Promise<void> {
  const mostMs = lockTimeoutMs * SHARE_OF_WAITING;
  const until = performance.now() + mostMs;
  for (const [place, relation] of (await relationsToLock(runner)).entries()) {
    const most = place === 0 ? mostMs : mostMs * SHARE_OF_OTHERS;
    const waitMs = Math.max(1, Math.floor(Math.min(most, until - performance.now())));
    await runner.rows(raw(`SET LOCAL lock_timeout = ${waitMs}`));
    await runner.rows(sql`LOCK TABLE ONLY ${raw(relation)} IN ACCESS EXCLUSIVE MODE`);
  }
}

/** Those that are there: views, then what is read without one, then tenants, then the other tables, parents before children. */
async function relationsToLock(runner: SqlRunner): Promise<string[]> {
  const tables = migratedTables.toReversed();
  const paged = tables.filter(({ pageOrder }) => pageOrder);
  const wanted = [
    ...tables.map(({ name }) => `crm_live.${name}`),
    ...paged.map(({ name }) => `crm.${name}`),
    'crm_live.tenant',
    'crm.tenant',
    ...tables.filter((table) => !paged.includes(table)).map(({ name }) => `crm.${name}`),
  ];
  const found = await runner.rows<{ name: string }>(sql`
    SELECT name FROM unnest(${wanted}::text[]) WITH ORDINALITY AS wanted(name, place)
    WHERE to_regclass(name) IS NOT NULL ORDER BY place`);
  return found.map(({ name }) => name);
}
