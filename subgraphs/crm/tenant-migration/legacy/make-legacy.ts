import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { StartError } from '../../../../shared/start-error';
import { migratedTables } from '../schema/migrated-tables';
import { moveStage } from '../schema/move-stage';
import type { Owner } from '../schema/owner';
import { type LegacySize, writeLegacyRows } from './write-legacy-rows';

/**
 * Takes the schema of a CRM without rows all the way back, and fills it as the old version would have. Returns how many
 * rows it wrote. Throws a `StartError` when CRM has rows: nothing that somebody has is written over.
 */
export async function makeLegacy(
  owner: Owner,
  size: LegacySize,
  report: (line: string) => void,
): Promise<number> {
  await assertEmpty(owner);
  await moveStage(owner, 'LEGACY', { by: 'crm:legacy', reporter: { report } });
  return writeLegacyRows(owner, size, report);
}

/** Throws a `StartError` when CRM has rows of tenants. */
export async function assertEmpty(runner: SqlRunner): Promise<void> {
  for (const { name } of migratedTables) {
    const row = await runner.row(sql`SELECT FROM ${raw(`crm.${name}`)} LIMIT 1`);
    if (row === null) continue;
    throw new StartError(
      `CRM has rows in crm.${name} already. Give crm:legacy a database of its own (DATA_DIR, or DATABASE_URL).`,
    );
  }
}
