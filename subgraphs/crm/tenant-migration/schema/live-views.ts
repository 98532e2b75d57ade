import sql, { raw, type Sql } from 'sql-template-tag';
import { isReached } from '../../../../migrations/crm/tenant-rows-policy';
import type { SqlRunner } from '../../../../shared/database/database';
import { groupBy } from '../../../../shared/group-by';
import { type MigratedTable, migratedTables } from './migrated-tables';
import { dropPageFunctions, pageFunctionStatements } from './page-functions';
import { runTogether } from './run-together';
import type { Stage } from './stage';

/** A column of a table that is not one of those that say whose a row is. */
interface OwnColumn {
  table: string;
  name: string;
  /** The SQL of its default, or `null`. */
  default: string | null;
}

/**
 * Makes the views that show each table's rows as the contracted schema will have them, for a stage before that, and the triggers that
 * write through them. CRM's run-time role finds them before the tables. A row belongs to whoever its tenant's phase says:
 * the one its slug names, the one its UUID names, or the first as long as it has no UUID (A23).
 */
export async function createLiveViews(runner: SqlRunner, stage: Exclude<Stage, 'CONTRACTED'>): Promise<void> {
  const columns = groupBy(await ownColumns(runner), ({ table }) => table);
  const columnsOf = ({ name }: MigratedTable) => columns.get(name) ?? [];
  await runTogether(runner, [
    ...migratedTables.flatMap((table) => viewStatements(table, columnsOf(table), stage)),
    ...dropPageFunctions,
    ...migratedTables.flatMap((table) =>
      pageFunctionStatements(
        table,
        columnsOf(table).map(({ name }) => name),
        stage,
      ),
    ),
  ]);
}

export async function dropLiveViews(runner: SqlRunner): Promise<void> {
  await runTogether(runner, [
    ...dropPageFunctions,
    ...migratedTables.flatMap(({ name }) => [
      sql`DROP VIEW IF EXISTS crm_live.${raw(name)}`,
      sql`DROP FUNCTION IF EXISTS crm_live.${raw(`write_${name}()`)}`,
    ]),
  ]);
}

function viewStatements(table: MigratedTable, columns: OwnColumn[], stage: Stage): Sql[] {
  const own = columns.map((column) => `r.${column.name}`).join(', ');
  const { name } = table;
  const defaults = columns.flatMap((column) =>
    column.default === null
      ? []
      : [
          sql`ALTER VIEW crm_live.${raw(name)} ALTER COLUMN ${raw(column.name)} SET DEFAULT ${raw(column.default)}`,
        ],
  );
  return [
    raw(`CREATE VIEW crm_live.${name} AS ${selectOf(name, own, stage)}`),
    ...defaults,
    raw(writeFunction(table, columns, stage)),
    sql`
    CREATE TRIGGER write_row INSTEAD OF INSERT OR UPDATE OR DELETE ON crm_live.${raw(name)}
      FOR EACH ROW EXECUTE FUNCTION crm_live.${raw(`write_${name}()`)}`,
    sql`GRANT SELECT, INSERT, UPDATE, DELETE ON crm_live.${raw(name)} TO crm_app`,
  ];
}

/** In ENFORCED every tenant reads by UUID, and the rows can be had in their index's order. */
function selectOf(name: string, own: string, stage: Stage): string {
  if (stage === 'ENFORCED') {
    return `SELECT r.tenant_uuid AS tenant_id, r.tenant_id AS tenant_slug, ${own} FROM crm.${name} r
      WHERE ${isReached('r.tenant_uuid')}`;
  }
  return `SELECT o.tenant_id, o.slug AS tenant_slug, ${own}
    FROM crm.${name} r JOIN crm_tenancy.row_owners() o ON ${isOwnedBy('o', stage)}`;
}

/** The condition that the row `r` is of the tenant of `owner`, a row of `crm_tenancy.row_owners()`. */
function isOwnedBy(owner: string, stage: Stage): string {
  if (stage === 'LEGACY') return `r.tenant_id = ${owner}.slug`;
  return `(${owner}.by_uuid AND r.tenant_uuid = ${owner}.tenant_id)
    OR (${owner}.by_slug AND r.tenant_id = ${owner}.slug AND (r.tenant_uuid IS NULL OR NOT ${owner}.by_uuid))`;
}

function writeFunction({ name, key, uniqueKeys }: MigratedTable, columns: OwnColumn[], stage: Stage): string {
  const names = columns.map((column) => column.name);
  const ownKey = key.map(({ column }) => column);
  // A tenant's own key holds the slug, which the view shows in today's spelling.
  const isRow = [
    ...ownKey.filter((column) => column !== 'tenant_id').map((column) => `r.${column} = OLD.${column}`),
    ...(ownKey.includes('tenant_id')
      ? [
          stage === 'ENFORCED'
            ? 'r.tenant_uuid = OLD.tenant_id'
            : `EXISTS (SELECT FROM crm_tenancy.row_owners() o WHERE o.tenant_id = OLD.tenant_id AND (${isOwnedBy('o', stage)}))`,
        ]
      : []),
  ].join(' AND ');
  const tenant =
    stage === 'LEGACY'
      ? { columns: 'tenant_id', values: 'NEW.tenant_slug' }
      : { columns: 'tenant_uuid, tenant_id', values: 'NEW.tenant_id, NEW.tenant_slug' };
  const changes = names.map(
    (column) =>
      `${column} = CASE WHEN NEW.${column} IS DISTINCT FROM OLD.${column} THEN NEW.${column} ELSE r.${column} END`,
  );
  // CRM tells its callers what is taken by the key's name.
  const todaysNames = uniqueKeys.flatMap(({ name, slugName }) => (slugName ? [[slugName, name]] : []));
  return `
    CREATE FUNCTION crm_live.write_${name}() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE violated text;
    BEGIN
      IF TG_OP = 'INSERT' THEN
        PERFORM crm_tenancy.assert_reached(NEW.tenant_id);
        INSERT INTO crm.${name} (${tenant.columns}, ${names.join(', ')})
        VALUES (${tenant.values}, ${names.map((column) => `NEW.${column}`).join(', ')})
        ON CONFLICT ${name === 'lead' ? '' : `(${ownKey.join(', ')})`} DO NOTHING;
        IF NOT FOUND THEN RETURN NULL; END IF;
        RETURN NEW;
      ELSIF TG_OP = 'UPDATE' THEN
        UPDATE crm.${name} r SET ${changes.join(', ')} WHERE ${isRow};
        IF NOT FOUND THEN RETURN NULL; END IF;
        RETURN NEW;
      ELSE
        DELETE FROM crm.${name} r WHERE ${isRow};
        IF NOT FOUND THEN RETURN NULL; END IF;
        RETURN OLD;
      END IF;
    EXCEPTION WHEN unique_violation THEN
      GET STACKED DIAGNOSTICS violated = CONSTRAINT_NAME;
      RAISE unique_violation USING MESSAGE = SQLERRM,
        CONSTRAINT = coalesce('${JSON.stringify(Object.fromEntries(todaysNames))}'::jsonb ->> violated, violated);
    END $$`;
}

function ownColumns(runner: SqlRunner): Promise<OwnColumn[]> {
  return runner.rows<OwnColumn>(sql`
    SELECT c.relname AS table, a.attname AS name, pg_get_expr(d.adbin, d.adrelid) AS default
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'crm'::regnamespace AND c.relname = ANY (${migratedTables.map(({ name }) => name)}::text[])
      AND a.attnum > 0 AND NOT a.attisdropped AND a.attname NOT IN ('tenant_id', 'tenant_slug', 'tenant_uuid')
    ORDER BY c.relname, a.attnum`);
}
