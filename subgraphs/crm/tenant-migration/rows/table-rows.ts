import sql, { empty, join, raw, type Sql } from 'sql-template-tag';
import { type MigratedTable, migratedTables } from '../schema/migrated-tables';

/** A row's key as the books have it: `{"id": "…"}`, or a value for each column of a longer key. */
export type RowKey = Record<string, string | number>;

export function getMigratedTable(name: string): MigratedTable {
  const table = migratedTables.find((candidate) => candidate.name === name);
  if (!table) throw new Error(`${name} is no table that is migrated`);
  return table;
}

/** Of all migrated tables, texts are constants of the code; that is why they may stand in SQL as they are. */
export const nameOf = ({ name }: MigratedTable): Sql => raw(`crm.${name}`);

/** `l.journey_id, l.step_number`: the table's key under the alias. */
export function keyColumns({ key }: MigratedTable, alias: string): Sql {
  return raw(key.map(({ column }) => `${alias}.${column}`).join(', '));
}

/** The key under the alias as the books have it. */
export function rowKey({ key }: MigratedTable, alias: string): Sql {
  return raw(`jsonb_build_object(${key.map(({ column }) => `'${column}', ${alias}.${column}`).join(', ')})`);
}

/** The condition that the row under the alias has the key of the books that `json` is. */
export function hasRowKey({ key }: MigratedTable, alias: string, json: string): Sql {
  return raw(
    key.map(({ column, type }) => `${alias}.${column} = (${json}->>'${column}')::${type}`).join(' AND '),
  );
}

/** The values of a key of the books, in the order of `keyColumns`. */
export function keyOfJson({ key }: MigratedTable, json: string): Sql {
  return raw(key.map(({ column, type }) => `(${json}->>'${column}')::${type}`).join(', '));
}

/** The condition that the key under the alias is one of these. */
export function isOneOf(table: MigratedTable, alias: string, keys: readonly RowKey[]): Sql {
  return sql`(${keyColumns(table, alias)}) IN (
    SELECT ${keyOfJson(table, 'k')} FROM jsonb_array_elements(${JSON.stringify(keys)}::jsonb) k)`;
}

/** The condition that the key under the alias is behind `from` (from the first row on where `null`) and not behind `to`. */
export function isInRange(
  table: MigratedTable,
  alias: string,
  { from, to }: { from: RowKey | null; to: RowKey },
): Sql {
  const columns = keyColumns(table, alias);
  const behind = from === null ? empty : sql`(${columns}) > (${keyValues(table, from)}) AND`;
  return sql`(${behind} (${columns}) <= (${keyValues(table, to)}))`;
}

/** The condition that the key under the alias is behind `from`. */
export function isBehind(table: MigratedTable, alias: string, from: RowKey | null): Sql {
  return from === null ? sql`true` : sql`(${keyColumns(table, alias)}) > (${keyValues(table, from)})`;
}

function keyValues({ key }: MigratedTable, values: RowKey): Sql {
  return join(key.map(({ column, type }) => sql`${values[column]}::${raw(type)}`));
}

/** The condition that the row under the alias names its tenant by this text, or by none at all. */
export function isNamed(alias: string, slug: string | null): Sql {
  const column = raw(`${alias}.tenant_id`);
  return slug === null ? sql`${column} IS NULL` : sql`${column} = ${slug}`;
}

/** The system's segments that belong to no tenant and are everybody's (A10). */
export const IS_SHARED_SEGMENT = `(l.is_system AND coalesce(l.tenant_id, '') !~ '\\S')`;

/** The condition that the row `l` is not one that all tenants share. */
export function isOfOne({ name }: MigratedTable): Sql {
  return name === 'segment' ? raw(`NOT ${IS_SHARED_SEGMENT}`) : sql`true`;
}

/** The columns of each key that is unique within a tenant, without the tenant's own. */
export function uniqueColumns({ uniqueKeys }: MigratedTable): string[] {
  return uniqueKeys
    .filter(({ slugName }) => slugName !== null)
    .map(({ columns }) => columns.replace('{tenant}, ', ''));
}
