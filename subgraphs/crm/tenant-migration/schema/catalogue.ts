import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import type { MigratedTable } from './migrated-tables';

/** Whether the table has the column. */
export async function hasColumn(runner: SqlRunner, table: string, column: string): Promise<boolean> {
  const found = await runner.row(sql`
    SELECT FROM pg_attribute
    WHERE attrelid = to_regclass(${`crm.${table}`}) AND attname = ${column} AND NOT attisdropped`);
  return found !== null;
}

/** Whether a table has a constraint, as it was when `readConstraints` looked. */
export type HasConstraint = (table: MigratedTable, constraint: string) => boolean;

export async function readConstraints(runner: SqlRunner): Promise<HasConstraint> {
  const found = await runner.rows<{ place: string }>(sql`
    SELECT c.relname || '.' || k.conname AS place FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE c.relnamespace = 'crm'::regnamespace`);
  const places = new Set(found.map(({ place }) => place));
  return ({ name }, constraint) => places.has(`${name}.${constraint}`);
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
