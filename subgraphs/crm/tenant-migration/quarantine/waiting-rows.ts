import sql, { join, type Sql } from 'sql-template-tag';
import { hasRowKey, nameOf } from '../rows/table-rows';
import { type MigratedTable, migratedTables } from '../schema/migrated-tables';
import type { Stage } from '../schema/stage';
import { isChild, isOrphan } from './orphans';

/**
 * The condition that the row of the quarantine list `q` still waits for a person, as CRM's rows are now: the list itself is as old as
 * the last backfill, or the last change of the rows by an operator.
 */
export function isWaiting(stage: Stage): Sql {
  if (stage !== 'EXPANDED') return sql`true`;
  const inTables = migratedTables.map(
    (table) => sql`(q.table_name = ${table.name} AND EXISTS (
      SELECT FROM ${nameOf(table)} l WHERE ${hasRowKey(table, 'l', 'q.row_key')} AND CASE q.reason
        WHEN 'ORPHAN' THEN ${orphaned(table)} WHEN 'DUPLICATE' THEN true ELSE l.tenant_uuid IS NULL END))`,
  );
  return sql`(${join(inTables, ' OR ')})`;
}

const orphaned = (table: MigratedTable): Sql => (isChild(table) ? isOrphan(table) : sql`false`);
