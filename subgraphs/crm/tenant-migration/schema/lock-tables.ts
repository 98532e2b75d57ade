import { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { migratedTables, pagedTables } from './migrated-tables';

/** The share of the time-out that is for waiting; the rest is for the change, which whoever waits behind it waits for, too. */
const SHARE_OF_WAITING = 0.5;
/** The share of that which each lock but the first one gets. */
const SHARE_OF_OTHERS = 0.4;

/**
 * Locks CRM's tables and their views until the transaction ends, for changes that take a moment. It waits for all of them
 * together no longer than half of `lockTimeoutMs`, so that whoever waits behind it and the change waits no longer than that.
 *
 * Views come first: a reader meets its view first, and waits there without a lock that is still to be had; a reader of pages
 * meets its table first. A writer that holds its tenant already and waits for a view is met in the way; then neither would get
 * on, so the later locks are given up soon.
 */
export async function lockTables(runner: SqlRunner, lockTimeoutMs: number): Promise<void> {
  const mostMs = Math.round(lockTimeoutMs * SHARE_OF_WAITING);
  const othersMs = Math.round(mostMs * SHARE_OF_OTHERS);
  const relations = relationsToLock().map((relation) => `'${relation}'`);
  // In one message, so that nobody waits for the next one to be sent.
  await runner.rows(
    raw(`
    DO $$
    DECLARE
      relation text;
      until timestamptz := clock_timestamp() + interval '${mostMs} ms';
      most float8 := ${mostMs};
    BEGIN
      FOREACH relation IN ARRAY ARRAY[${relations.join(', ')}] LOOP
        CONTINUE WHEN to_regclass(relation) IS NULL;
        PERFORM set_config('lock_timeout',
          greatest(1, floor(least(most, extract(epoch FROM until - clock_timestamp()) * 1000)))::text, true);
        EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', relation);
        most := ${othersMs};
      END LOOP;
    END $$`),
  );
}

/** Views, then what is read without one, then tenants, then the other tables, parents before children. */
function relationsToLock(): string[] {
  const tables = migratedTables.toReversed();
  return [
    ...tables.map(({ name }) => `crm_live.${name}`),
    ...pagedTables.map(({ name }) => `crm.${name}`),
    'crm_live.tenant',
    'crm.tenant',
    ...tables.filter((table) => !pagedTables.includes(table)).map(({ name }) => `crm.${name}`),
  ];
}
