import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { type MigratedTable, migratedTables } from '../schema/migrated-tables';
import { readStage } from '../schema/stage';

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

/** Rows that one statement changes, so that none holds its locks for long. */
const BATCH = 5_000;

/**
 * Makes rows agree whose UUID and slug do not name one tenant. Another name of the same tenant becomes its slug. Whom a row
 * belongs to that names two tenants only people can say: with `keep` that one is believed, without it the row stays. What is
 * written over goes to `original_value`; what people decided is never put back from there. Each table is done in batches of
 * their own; nothing is changed with `isDryRun`.
 */
export async function agreeRows(
  runner: SqlRunner,
  { keep, isDryRun }: { keep: Believed | null; isDryRun: boolean },
): Promise<Agreement[]> {
  const stage = await readStage(runner);
  if (stage === 'LEGACY' || stage === 'CONTRACTED') return [];
  const agreements: Agreement[] = [];
  for (const table of migratedTables) {
    const { respelled, conflicting, decidable } = await countDisagreeing(runner, table);
    if (!isDryRun) {
      await inBatches(runner, respelling(table));
      if (keep !== null && conflicting > 0) await inBatches(runner, deciding(table, keep));
    }
    const decided = isDryRun
      ? decidedBy(keep, { conflicting, decidable })
      : conflicting - (await countDisagreeing(runner, table)).conflicting;
    agreements.push({ table: table.name, respelled, decided, undecided: conflicting - decided });
  }
  return agreements;
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

async function inBatches(runner: SqlRunner, statement: Sql): Promise<void> {
  for (;;) {
    const done = await runner.row<{ rows: number }>(statement);
    if ((done?.rows ?? 0) === 0) return;
  }
}
