import sql, { join, raw, type Sql } from 'sql-template-tag';
import { uniqueColumns } from '../rows/table-rows';
import { type MigratedTable, migratedTables } from '../schema/migrated-tables';
import { tenantTable } from '../schema/tenant-table';
import { type Look, rowsOf } from './row-tenancy';

/*
 * What keeps the gates of rows closed, as statements for a query with `names`. Each answers `example`, a text for people, and
 * `weight`, the rows that it stands for.
 */

export function rowsWithoutUuid(look: Look): Sql {
  return ofEveryTable(
    ({ name }) => sql`
      SELECT format('%s rows of crm.%s by %L', count(*), ${name}::text, row_text) AS example, count(*) AS weight
        FROM ${rowsOf(name, look)} r WHERE row_uuid IS NULL GROUP BY row_text`,
  );
}

/** Rows whose UUID and slug name different tenants, or one tenant by a slug that it does not have. */
export function rowsDisagreeing({ stage, scope }: Look): Sql {
  const look = { stage, scope: scope && { ...scope, withClaimed: true } };
  return ofEveryTable(
    ({ name }) => sql`
      SELECT format('%s rows of crm.%s by %L with the UUID of %s', count(*), ${name}::text, row_text,
               coalesce(t.slug, row_uuid::text)) AS example, count(*) AS weight
        FROM ${rowsOf(name, look)} r LEFT JOIN ${tenantTable(look.stage)} t ON t.id = row_uuid
       WHERE row_uuid IS NOT NULL AND row_text IS DISTINCT FROM t.slug GROUP BY row_text, row_uuid, t.slug`,
  );
}

/** Rows whose parent is not there, or is another tenant's. Rows of nobody are of one tenant where they name it alike. */
export function orphans(look: Look): Sql {
  const statements = migratedTables.flatMap(({ name, key, parent }) => {
    if (!parent) return [];
    const id = join(key.map(({ column }) => sql`r.${raw(column)}::text`));
    const columns = [...new Set([...key.map(({ column }) => column), parent.column])];
    return [
      sql`
      SELECT format('crm.%s %s: its tenant has no %s %s', ${name}::text, concat_ws('/', ${id}), ${parent.table}::text,
               r.${raw(parent.column)}) AS example, 1::bigint AS weight
        FROM ${rowsOf(name, look, columns)} r
       WHERE r.${raw(parent.column)} IS NOT NULL AND NOT EXISTS (
         SELECT FROM ${rowsOf(parent.table, look, ['id'])} p
          WHERE p.id = r.${raw(parent.column)}
            AND (p.row_tenant = r.row_tenant
              OR (p.row_tenant IS NULL AND r.row_tenant IS NULL AND p.row_text IS NOT DISTINCT FROM r.row_text)))`,
    ];
  });
  return join(statements, ' UNION ALL ');
}

/** Rows that the unique keys by UUID do not let be beside another row of their tenant. */
export function duplicates(look: Look): Sql {
  const statements = migratedTables.flatMap((table) =>
    uniqueColumns(table).map(
      (column) => sql`
        SELECT format('%s times %s %L of crm.%s', count(*), ${column}::text, ${raw(column)}, ${table.name}::text) AS example,
               count(*) - 1 AS weight
          FROM ${rowsOf(table.name, look, [column])} r
         WHERE row_tenant IS NOT NULL AND ${raw(column)} IS NOT NULL
         GROUP BY row_tenant, ${raw(column)} HAVING count(*) > 1`,
    ),
  );
  return join(statements, ' UNION ALL ');
}

/**
 * Rows of nobody, by their text. With `slug` only those that would be of its tenant, were they written as they should be:
 * in lower case and without blanks around. Such a name is proposed to people and never followed. Source: seed A41.
 */
export function unmappedSlugs(stage: Look['stage'], slug: string | null): Sql {
  const isVariant = slug === null ? sql`` : sql`AND lower(btrim(row_text, E' \\t\\r\\n')) = ${slug}`;
  return ofEveryTable(({ name }) => {
    // Segments of the system that belong to everybody become tenants' own in the backfill, and name nobody by mistake.
    const isSegment = name === 'segment';
    const isMistake = isSegment ? sql`AND NOT (is_system AND coalesce(row_text, '') !~ '\\S')` : sql``;
    return sql`
      SELECT format('%L in %s rows of crm.%s', row_text, count(*), ${name}::text) AS example, count(*) AS weight
        FROM ${rowsOf(name, { stage, scope: null }, isSegment ? ['is_system'] : [])} r
       WHERE row_uuid IS NULL AND row_tenant IS NULL ${isVariant} ${isMistake} GROUP BY row_text`;
  });
}

function ofEveryTable(statement: (table: MigratedTable) => Sql): Sql {
  return join(migratedTables.map(statement), ' UNION ALL ');
}
