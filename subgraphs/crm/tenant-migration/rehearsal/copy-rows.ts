import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { migratedTables } from '../schema/migrated-tables';
import type { Owner } from '../schema/owner';
import type { Stage } from '../schema/stage';
import { tenantTable } from '../schema/tenant-table';

interface RowCopy {
  from: Owner;
  to: Owner;
  /** The stage of both. */
  stage: Stage;
  report: (line: string) => void;
}

/** Pages of a table that travel at once: a megabyte. */
const PAGES = 128;

/** Copies what the move reads and writes, as one snapshot has it, into a schema of the same stage that holds nothing yet. */
export async function copyRows({ from, to, stage, report }: RowCopy): Promise<void> {
  await from.transaction(async (snapshot) => {
    await snapshot.rows(sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`);
    const books = await booksOf(snapshot);
    // What rows refer to comes before them.
    const tables = [
      tenantTable(stage).text,
      'crm.tenant_slug_alias',
      ...migratedTables.map(({ name }) => `crm.${name}`).reverse(),
      ...books,
    ];
    for (const book of books) await to.rows(sql`DELETE FROM ${raw(book)}`);
    for (const table of tables) {
      const rows = await copyTable(table, { snapshot, to });
      if (rows > 0) report(`${table}: ${rows} rows copied`);
    }
  });
  await to.rows(sql`ANALYZE (SKIP_LOCKED)`);
}

async function booksOf(runner: SqlRunner): Promise<string[]> {
  const books = await runner.rows<{ name: string }>(sql`
    SELECT format('crm_tenancy.%I', relname) AS name FROM pg_class
     WHERE relnamespace = 'crm_tenancy'::regnamespace AND relkind = 'r' AND relname <> 'schema_stage' ORDER BY 1`);
  return books.map(({ name }) => name);
}

/** Rows come as they are: no trigger fills in what they lack. */
async function copyTable(
  table: string,
  { snapshot, to }: { snapshot: SqlRunner; to: Owner },
): Promise<number> {
  const size = await snapshot.row<{ pages: number }>(sql`
    SELECT ceil(pg_relation_size(${table}::regclass) / current_setting('block_size')::float8) AS pages`);
  const pages = size?.pages ?? 0;
  return to.transaction(async (tx) => {
    await tx.rows(sql`ALTER TABLE ${raw(table)} DISABLE TRIGGER USER`);
    let copied = 0;
    for (let page = 0; page < pages; page += PAGES) {
      const part = await snapshot.row<{ rows: number; content: string | null }>(sql`
        SELECT count(*)::int AS rows, json_agg(t)::text AS content FROM ${raw(table)} t
         WHERE ctid >= ${`(${page},0)`}::tid AND ctid < ${`(${page + PAGES},0)`}::tid`);
      if (!part?.content) continue;
      await tx.rows(sql`
        INSERT INTO ${raw(table)} SELECT * FROM json_populate_recordset(NULL::${raw(table)}, ${part.content}::json)`);
      copied += part.rows;
    }
    await tx.rows(sql`ALTER TABLE ${raw(table)} ENABLE TRIGGER USER`);
    return copied;
  });
}
