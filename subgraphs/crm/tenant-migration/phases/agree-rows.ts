import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import type { TableRows } from '../quarantine/row-counts';
import { uniqueColumns } from '../rows/table-rows';
import { type MigratedTable, migratedTables } from '../schema/migrated-tables';
import type { Owner } from '../schema/owner';
import { readStage } from '../schema/stage';
import { type Finding, GateRefusal, withMend } from './gates';

/** Which of a row's two tenants is believed where they differ. */
export type Believed = 'uuid' | 'slug';

export interface Agreement {
  table: string;
  /** Rows that named their tenant by another of its names, and name it by its slug now. */
  respelled: number;
  /** Rows that named two tenants, and name the believed one now. */
  decided: number;
  /** Rows that name two tenants still. */
  undecided: number;
}

interface AgreeOptions {
  keep: Believed | null;
  isDryRun: boolean;
  /** Is told what was changed, in the transaction in which it was. */
  onBatch?(tx: SqlRunner, changed: TableRows): Promise<void>;
}

/** Rows that one statement changes, so that none holds its locks for long. */
const BATCH = 5_000;

/**
 * Makes rows agree whose UUID and slug do not name one tenant. Another name of the same tenant becomes its slug. Whom a row
 * belongs to that names two tenants only people can say: with `keep` that one is believed, without it the row stays. What is
 * written over goes to `original_value`; what people decided is never put back from there. Each table is done in batches of
 * their own; nothing is changed with `isDryRun`. Throws `GateRefusal`, before anything is changed, where rows would be there twice.
 */
export async function agreeRows(
  owner: Owner,
  { keep, isDryRun, onBatch }: AgreeOptions,
): Promise<Agreement[]> {
  const stage = await readStage(owner);
  if (stage === 'LEGACY' || stage === 'CONTRACTED') return [];
  const counted: (Disagreeing & { table: MigratedTable })[] = [];
  for (const table of migratedTables) counted.push({ table, ...(await countDisagreeing(owner, table)) });
  await assertNothingTwice(owner, keep);
  const agreements: Agreement[] = [];
  for (const { table, respelled, conflicting, decidable } of counted) {
    if (!isDryRun) {
      const batches = { table: table.name, onBatch };
      await inBatches(owner, respelling(table), batches);
      if (keep !== null && conflicting > 0) await inBatches(owner, deciding(table, keep), batches);
    }
    const decided = isDryRun
      ? decidedBy(keep, { conflicting, decidable })
      : conflicting - (await countDisagreeing(owner, table)).conflicting;
    agreements.push({ table: table.name, respelled, decided, undecided: conflicting - decided });
  }
  return agreements;
}

async function assertNothingTwice(runner: SqlRunner, keep: Believed | null): Promise<void> {
  const twice = migratedTables.flatMap((table) =>
    uniqueColumns(table).map((column) => thereTwice(table, column, keep)),
  );
  const found = await runner.row<Pick<Finding, 'count' | 'examples'>>(sql`
    SELECT coalesce(sum(weight), 0)::float8 AS count, (array_agg(example))[1:3] AS examples
      FROM (${join(twice, ' UNION ALL ')}) f`);
  if (!found || found.count === 0) return;
  throw new GateRefusal('rows would be there twice', [withMend({ name: 'DUPLICATES', ...found })]);
}

/** Rows that would have the slug that is written into another one, and what is unique beside it. */
function thereTwice({ name }: MigratedTable, column: string, keep: Believed | null): Sql {
  const isOtherName = keep === 'uuid' ? sql`` : sql`AND n.tenant_id = t.id`;
  return sql`
    SELECT format('%s times %s %L of crm.%s by %L', count(*), ${column}::text, value, ${name}::text, slug) AS example,
           count(*) - 1 AS weight
      FROM (
        SELECT r.${raw(column)} AS value, w.slug IS NOT NULL AS is_written, coalesce(w.slug, r.tenant_id) AS slug
          FROM crm.${raw(name)} r LEFT JOIN LATERAL (
            SELECT t.slug FROM crm.tenant t LEFT JOIN crm_tenancy.row_names() n ON n.name = r.tenant_id
             WHERE t.id = r.tenant_uuid AND r.tenant_id IS DISTINCT FROM t.slug ${isOtherName}) w ON true
         WHERE r.${raw(column)} IS NOT NULL) r
     GROUP BY slug, value HAVING count(*) > 1 AND bool_or(is_written)`;
}

/** `n` is whom the row's slug names, `t` whom its UUID names. */
const disagreeing = ({ name }: MigratedTable) => sql`
  FROM crm.${raw(name)} r JOIN crm.tenant t ON t.id = r.tenant_uuid
    LEFT JOIN crm_tenancy.row_names() n ON n.name = r.tenant_id
  WHERE r.tenant_id IS DISTINCT FROM t.slug`;

interface Disagreeing {
  /** Name one tenant, by another of its names. */
  respelled: number;
  /** Name two tenants, or one and nobody. */
  conflicting: number;
  /** Those of them whose slug names a tenant. */
  decidable: number;
}

async function countDisagreeing(runner: SqlRunner, table: MigratedTable): Promise<Disagreeing> {
  const counts = await runner.row<Disagreeing>(sql`
    SELECT count(*) FILTER (WHERE n.tenant_id = t.id)::float8 AS respelled,
           count(*) FILTER (WHERE n.tenant_id IS DISTINCT FROM t.id)::float8 AS conflicting,
           count(*) FILTER (WHERE n.tenant_id <> t.id)::float8 AS decidable ${disagreeing(table)}`);
  return counts ?? { respelled: 0, conflicting: 0, decidable: 0 };
}

/** How many of the rows a decision would settle. */
function decidedBy(
  keep: Believed | null,
  { conflicting, decidable }: Pick<Disagreeing, 'conflicting' | 'decidable'>,
): number {
  if (keep === null) return 0;
  return keep === 'uuid' ? conflicting : decidable;
}

function respelling(table: MigratedTable): Sql {
  return changing(table, {
    column: 'tenant_id',
    keptAs: 'tenant_id',
    wanted: sql`SELECT r.ctid AS place, r.tenant_id AS old, t.slug AS new ${disagreeing(table)} AND n.tenant_id = t.id`,
  });
}

function deciding(table: MigratedTable, keep: Believed): Sql {
  if (keep === 'uuid') {
    const wanted = sql`SELECT r.ctid AS place, r.tenant_id AS old, t.slug AS new ${disagreeing(table)}`;
    return changing(table, { column: 'tenant_id', keptAs: 'tenant_id of another', wanted });
  }
  const wanted = sql`
    SELECT r.ctid AS place, r.tenant_uuid AS old, n.tenant_id AS new ${disagreeing(table)} AND n.tenant_id <> t.id`;
  return changing(table, { column: 'tenant_uuid', keptAs: 'tenant_uuid of another', wanted });
}

/** A statement that writes the next rows' column and keeps what was there, under the key that the row has afterwards. */
function changing(
  { name, key }: MigratedTable,
  { column, keptAs, wanted }: { column: 'tenant_id' | 'tenant_uuid'; keptAs: string; wanted: Sql },
): Sql {
  const rowKey = join(key.flatMap((part) => [sql`${part.column}::text`, raw(`r.${part.column}`)]));
  return sql`
    WITH wanted AS (${wanted} LIMIT ${BATCH} FOR UPDATE OF r SKIP LOCKED),
    changed AS (
      UPDATE crm.${raw(name)} r SET ${raw(column)} = w.new FROM wanted w
       WHERE r.ctid = w.place RETURNING jsonb_build_object(${rowKey}) AS row_key, w.old),
    kept AS (
      INSERT INTO crm_tenancy.original_value (table_name, row_key, column_name, value)
      SELECT ${name}, row_key, ${keptAs}, to_jsonb(old) FROM changed ON CONFLICT DO NOTHING)
    SELECT count(*)::int AS rows FROM changed`;
}

async function inBatches(
  owner: Owner,
  statement: Sql,
  { table, onBatch }: Pick<AgreeOptions, 'onBatch'> & { table: string },
): Promise<void> {
  const changeSome = () =>
    owner.transaction(async (tx) => {
      const rows = (await tx.row<{ rows: number }>(statement))?.rows ?? 0;
      if (rows > 0) await onBatch?.(tx, { table, rows });
      return rows;
    });
  while ((await changeSome()) > 0);
}
