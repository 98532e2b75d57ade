import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';

/** Whether the table has the column. */
export async function hasColumn(runner: SqlRunner, table: string, column: string): Promise<boolean> {
  const found = await runner.row(sql`
    SELECT FROM pg_attribute
    WHERE attrelid = to_regclass(${`crm.${table}`}) AND attname = ${column} AND NOT attisdropped`);
  return found !== null;
}

export async function hasConstraint(runner: SqlRunner, table: string, constraint: string): Promise<boolean> {
  const found = await runner.row(sql`
    SELECT FROM pg_constraint WHERE conrelid = to_regclass(${`crm.${table}`}) AND conname = ${constraint}`);
  return found !== null;
}

/** Whether the table has the constraint, and PostgreSQL has not looked through the rows for it. */
export async function isUnchecked(runner: SqlRunner, table: string, constraint: string): Promise<boolean> {
  const found = await runner.row(sql`
    SELECT FROM pg_constraint
    WHERE conrelid = to_regclass(${`crm.${table}`}) AND conname = ${constraint} AND NOT convalidated`);
  return found !== null;
}

/** Whether the index is there, and of use: one whose building was broken off is not. */
export async function findIndex(runner: SqlRunner, index: string): Promise<'valid' | 'invalid' | null> {
  const found = await runner.row<{ indisvalid: boolean }>(
    sql`SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(${`crm.${index}`})`,
  );
  if (found === null) return null;
  return found.indisvalid ? 'valid' : 'invalid';
}
