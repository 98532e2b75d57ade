import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import type { MigratedTable } from './migrated-tables';

/**
 * Locks the tables until the transaction ends, for changes that take a moment. It waits for each so long that whoever is held
 * up by the first ones waits no longer than `lockTimeoutMs` for all.
 */
export async function lockTables(
  runner: SqlRunner,
  tables: readonly MigratedTable[],
  lockTimeoutMs: number,
): Promise<void> {
  const each = Math.max(1, Math.floor(lockTimeoutMs / tables.length));
  await runner.rows(raw(`SET LOCAL lock_timeout = ${each}`));
  // Parents first, as writers do.
  for (const { name } of tables.toReversed()) {
    await runner.rows(sql`LOCK TABLE ${raw(`crm.${name}`)} IN ACCESS EXCLUSIVE MODE`);
  }
}
