import sql, { raw, type Sql } from 'sql-template-tag';
import type { HasConstraint } from './catalogue';
import type { MigratedTable } from './migrated-tables';

/** The key by which a row's UUID is some tenant's, in the stage EXPANDED. */
export const uuidKey = ({ name }: MigratedTable) => `${name}_tenant_uuid_fkey`;

/** New rows are checked from here on; those that are there already, when the schema is enforced. */
export function referByUuid(has: HasConstraint, table: MigratedTable): Sql[] {
  if (has(table, uuidKey(table))) return [];
  return [
    sql`
    ALTER TABLE ${raw(`crm.${table.name}`)} ADD CONSTRAINT ${raw(uuidKey(table))}
      FOREIGN KEY (tenant_uuid) REFERENCES crm.tenant (id) NOT VALID`,
  ];
}
