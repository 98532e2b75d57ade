import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { hasConstraint } from './catalogue';
import type { MigratedTable } from './migrated-tables';

/** The key by which a row's UUID is some tenant's, in the stage EXPANDED. */
export const uuidKey = ({ name }: MigratedTable) => `${name}_tenant_uuid_fkey`;

/** New rows are checked from here on; those that are there already, when the schema is enforced. */
export async function referByUuid(runner: SqlRunner, table: MigratedTable): Promise<void> {
  if (await hasConstraint(runner, table.name, uuidKey(table))) return;
  await runner.rows(sql`
    ALTER TABLE ${raw(`crm.${table.name}`)} ADD CONSTRAINT ${raw(uuidKey(table))}
      FOREIGN KEY (tenant_uuid) REFERENCES crm.tenant (id) NOT VALID`);
}
