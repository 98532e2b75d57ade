import sql, { raw, type Sql } from 'sql-template-tag';
import { createTenantRowsPolicy } from '../../../../migrations/crm/tenant-rows-policy';
import type { SqlRunner } from '../../../../shared/database/database';
import { isUnchecked } from './catalogue';
import { indexName, knownCheck } from './enforce';
import { createLiveViews, dropLiveViews } from './live-views';
import { type MigratedTable, migratedTables, missingUuidIndex, slugIndexName } from './migrated-tables';
import { createIndex, dropIndex, type Move, validate } from './move';
import { contractedPageFunctions } from './page-functions';
import { runTogether } from './run-together';
import {
  createFillTrigger,
  createTenantFunctions,
  dropFillTrigger,
  dropTenantFunctions,
} from './tenant-functions';

/**
 * ENFORCED to CONTRACTED: `tenant_id` becomes `tenant_slug` and `tenant_uuid` becomes `tenant_id`; what was there for slugs alone
 * goes (A29–A31). What changes the meaning of a name is one transaction, which reads through no table; the indexes that nobody
 * reads by any more go after it (`clearSlugIndexes`), because their files are removed while a transaction holds its locks.
 */
export async function contract(move: Move): Promise<void> {
  const contractAll = async (runner: SqlRunner) => {
    await dropLiveViews(runner);
    await dropFillTrigger(runner);
    await dropTenantFunctions(runner, 'ENFORCED');
    await runTogether(runner, [
      ...migratedTables.flatMap(contractTable),
      ...contractedPageFunctions,
      sql`DROP SCHEMA crm_live`,
    ]);
  };
  await move.step('tenant_id is the UUID from here on', contractAll, 'CONTRACTED');
}

/** What a contraction, or the way back from it, left behind in CONTRACTED: indexes that nobody reads by. */
export async function clearSlugIndexes(move: Move): Promise<void> {
  for (const table of migratedTables) {
    for (const index of slugIndexes(table)) await dropIndex(move, index);
  }
}

/** The indexes that stages before CONTRACTED have, and it has not. */
function slugIndexes(table: MigratedTable): string[] {
  return [
    ...table.uniqueKeys.flatMap((key) => [
      ...(key.slugName === null ? [] : [key.slugName]),
      ...(key.kind === 'primary key' ? [indexName(key)] : []),
    ]),
    ...table.indexes.map(slugIndexName),
    ...missingUuidIndex(table).map(({ name }) => name),
    ...(table.indexes.length === 0 ? [`${table.name}_tenant_uuid`] : []),
  ];
}

function contractTable(table: MigratedTable): Sql[] {
  const name = raw(`crm.${table.name}`);
  const keys = table.uniqueKeys.flatMap(({ slugName, kind }) => {
    if (slugName === null) return [];
    return kind === 'index'
      ? [sql`DROP INDEX ${raw(`crm.${slugName}`)}`]
      : [sql`ALTER TABLE ${name} DROP CONSTRAINT ${raw(slugName)}`];
  });
  const primaryKeys = table.uniqueKeys.filter(({ kind }) => kind === 'primary key');
  return [
    ...keys,
    // Apart from the next one, which would drop the constraint first: with it PostgreSQL need not look through the table.
    sql`ALTER TABLE ${name} ALTER COLUMN tenant_id SET NOT NULL, ALTER COLUMN tenant_uuid SET NOT NULL`,
    sql`ALTER TABLE ${name} DROP CONSTRAINT ${raw(knownCheck(table))}`,
    sql`ALTER TABLE ${name} RENAME COLUMN tenant_id TO tenant_slug`,
    sql`ALTER TABLE ${name} RENAME COLUMN tenant_uuid TO tenant_id`,
    ...primaryKeys.map(
      (key) =>
        sql`ALTER TABLE ${name} ADD CONSTRAINT ${raw(key.name)} PRIMARY KEY USING INDEX ${raw(indexName(key))}`,
    ),
    raw(createTenantRowsPolicy(`crm.${table.name}`)),
    sql`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`,
  ];
}

/** CONTRACTED to ENFORCED: rows keep all that was written to them since. */
export async function takeContractionBack(move: Move): Promise<void> {
  for (const table of migratedTables) {
    for (const key of table.uniqueKeys) {
      const index = { table: table.name, where: key.where, isUnique: true };
      const by = (column: string) => key.columns.replace('{tenant}', column);
      if (key.slugName !== null) {
        await createIndex(move, { ...index, name: key.slugName, columns: by('tenant_slug') });
      }
      // The primary key goes to the slug; what it was stays as an index.
      if (key.kind === 'primary key') {
        await createIndex(move, { ...index, name: indexName(key), columns: by('tenant_id') });
      }
    }
    for (const index of table.indexes) {
      const columns = index.columns.replace('{tenant}', 'tenant_slug');
      await createIndex(move, { name: slugIndexName(index), table: table.name, columns, where: index.where });
    }
    for (const { name, columns } of missingUuidIndex(table)) {
      const bySlug = columns.replace('tenant_id', 'tenant_slug');
      await createIndex(move, { name, table: table.name, columns: bySlug, where: 'tenant_id IS NULL' });
    }
    if (table.indexes.length > 0) continue;
    await createIndex(move, { name: `${table.name}_tenant_uuid`, table: table.name, columns: 'tenant_id' });
  }
  const takeAllBack = async (runner: SqlRunner) => {
    await runTogether(runner, [
      sql`CREATE SCHEMA crm_live`,
      sql`GRANT USAGE ON SCHEMA crm_live TO crm_app`,
      ...migratedTables.flatMap(takeTableBack),
    ]);
    await runner.rows(sql`
      INSERT INTO crm_tenancy.tenant_phase (tenant_id, phase, changed_by)
      SELECT id, 'COMPLETE', ${move.by} FROM crm.tenant ON CONFLICT DO NOTHING`);
    await createTenantFunctions(runner, 'ENFORCED');
    await createFillTrigger(runner);
    await createLiveViews(runner, 'ENFORCED');
  };
  await move.step('tenant_id is the slug again', takeAllBack, 'ENFORCED');
}

function takeTableBack(table: MigratedTable): Sql[] {
  const name = raw(`crm.${table.name}`);
  const primaryKeys = table.uniqueKeys.filter(({ kind }) => kind === 'primary key');
  return [
    sql`DROP POLICY tenant_isolation ON ${name}`,
    sql`ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY`,
    ...primaryKeys.map((key) => sql`ALTER TABLE ${name} DROP CONSTRAINT ${raw(key.name)}`),
    sql`ALTER TABLE ${name} RENAME COLUMN tenant_id TO tenant_uuid`,
    sql`ALTER TABLE ${name} RENAME COLUMN tenant_slug TO tenant_id`,
    sql`
    ALTER TABLE ${name} ALTER COLUMN tenant_uuid DROP NOT NULL, ALTER COLUMN tenant_id DROP NOT NULL,
      ADD CONSTRAINT ${raw(knownCheck(table))} CHECK (tenant_uuid IS NOT NULL AND tenant_id IS NOT NULL) NOT VALID`,
    ...table.uniqueKeys.flatMap(({ slugName, kind }) => {
      if (slugName === null || kind === 'index') return [];
      const kept = raw(kind === 'primary key' ? 'PRIMARY KEY' : 'UNIQUE');
      return [sql`ALTER TABLE ${name} ADD CONSTRAINT ${raw(slugName)} ${kept} USING INDEX ${raw(slugName)}`];
    }),
  ];
}

/** What the way back from a contraction left to be done in ENFORCED. */
export async function checkKnownTenants(move: Move): Promise<void> {
  for (const table of migratedTables) {
    if (await isUnchecked(move.owner, table.name, knownCheck(table))) {
      await validate(move, table.name, knownCheck(table));
    }
  }
}
