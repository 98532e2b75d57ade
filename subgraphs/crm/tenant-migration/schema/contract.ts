import sql, { raw } from 'sql-template-tag';
import { createTenantRowsPolicy } from '../../../../migrations/crm/tenant-rows-policy';
import type { SqlRunner } from '../../../../shared/database/database';
import { hasColumn, hasConstraint } from './catalogue';
import { indexName, knownCheck } from './enforce';
import { createLiveViews, dropLiveViews } from './live-views';
import { type MigratedTable, migratedTables, missingUuidIndex, slugIndexName } from './migrated-tables';
import { createIndex, type Move, validate } from './move';
import { contractedPageFunctions } from './page-functions';
import {
  createFillTrigger,
  createTenantFunctions,
  dropFillTrigger,
  dropTenantFunctions,
} from './tenant-functions';

/**
 * ENFORCED to CONTRACTED: `tenant_id` becomes `tenant_slug` and `tenant_uuid` becomes `tenant_id`; what was there for slugs alone
 * goes (A29–A31). All of it in one transaction, which reads through no table.
 */
export async function contract(move: Move): Promise<void> {
  await move.step('tenant_id is the UUID from here on', async (runner) => {
    if (await hasColumn(runner, 'customer', 'tenant_slug')) return;
    await dropLiveViews(runner);
    await dropFillTrigger(runner);
    await dropTenantFunctions(runner, 'ENFORCED');
    for (const table of migratedTables) await contractTable(runner, table);
    for (const statement of contractedPageFunctions) await runner.rows(raw(statement));
    await runner.rows(sql`DROP SCHEMA crm_live`);
  });
}

async function contractTable(runner: SqlRunner, table: MigratedTable): Promise<void> {
  const name = raw(`crm.${table.name}`);
  for (const key of table.uniqueKeys) {
    if (key.slugName === null) continue;
    if (key.kind === 'index') await runner.rows(sql`DROP INDEX ${raw(`crm.${key.slugName}`)}`);
    else await runner.rows(sql`ALTER TABLE ${name} DROP CONSTRAINT ${raw(key.slugName)}`);
  }
  const bySlug = [...table.indexes.map(slugIndexName), ...missingUuidIndex(table).map(({ name }) => name)];
  for (const index of bySlug) await runner.rows(sql`DROP INDEX ${raw(`crm.${index}`)}`);
  await runner.rows(sql`
    ALTER TABLE ${name} ALTER COLUMN tenant_id SET NOT NULL, ALTER COLUMN tenant_uuid SET NOT NULL,
      DROP CONSTRAINT ${raw(knownCheck(table))}`);
  await runner.rows(sql`ALTER TABLE ${name} RENAME COLUMN tenant_id TO tenant_slug`);
  await runner.rows(sql`ALTER TABLE ${name} RENAME COLUMN tenant_uuid TO tenant_id`);
  for (const key of table.uniqueKeys) {
    if (key.kind !== 'primary key') continue;
    await runner.rows(
      sql`ALTER TABLE ${name} ADD CONSTRAINT ${raw(key.name)} PRIMARY KEY USING INDEX ${raw(indexName(key))}`,
    );
  }
  if (table.indexes.length === 0) await runner.rows(sql`DROP INDEX ${raw(`crm.${table.name}_tenant_uuid`)}`);
  await runner.rows(raw(createTenantRowsPolicy(`crm.${table.name}`)));
  await runner.rows(sql`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`);
}

/** CONTRACTED to ENFORCED: rows keep all that was written to them since. */
export async function takeContractionBack(move: Move): Promise<void> {
  if (!(await hasColumn(move.owner, 'customer', 'tenant_slug'))) return finishTakingBack(move);
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
  await move.step('tenant_id is the slug again', async (runner) => {
    await runner.rows(sql`CREATE SCHEMA crm_live`);
    await runner.rows(sql`GRANT USAGE ON SCHEMA crm_live TO crm_app`);
    for (const table of migratedTables) await takeTableBack(runner, table);
    await runner.rows(sql`
      INSERT INTO crm_tenancy.tenant_phase (tenant_id, phase, changed_by)
      SELECT id, 'COMPLETE', ${move.by} FROM crm.tenant ON CONFLICT DO NOTHING`);
    await createTenantFunctions(runner, 'ENFORCED');
    await createFillTrigger(runner);
    await createLiveViews(runner, 'ENFORCED');
  });
  await finishTakingBack(move);
}

async function takeTableBack(runner: SqlRunner, table: MigratedTable): Promise<void> {
  const name = raw(`crm.${table.name}`);
  await runner.rows(sql`DROP POLICY tenant_isolation ON ${name}`);
  await runner.rows(sql`ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY`);
  for (const key of table.uniqueKeys) {
    if (key.kind === 'primary key') {
      await runner.rows(sql`ALTER TABLE ${name} DROP CONSTRAINT ${raw(key.name)}`);
    }
  }
  await runner.rows(sql`ALTER TABLE ${name} RENAME COLUMN tenant_id TO tenant_uuid`);
  await runner.rows(sql`ALTER TABLE ${name} RENAME COLUMN tenant_slug TO tenant_id`);
  await runner.rows(sql`
    ALTER TABLE ${name} ALTER COLUMN tenant_uuid DROP NOT NULL, ALTER COLUMN tenant_id DROP NOT NULL,
      ADD CONSTRAINT ${raw(knownCheck(table))} CHECK (tenant_uuid IS NOT NULL AND tenant_id IS NOT NULL) NOT VALID`);
  for (const key of table.uniqueKeys) {
    if (key.slugName === null || key.kind === 'index') continue;
    const kind = raw(key.kind === 'primary key' ? 'PRIMARY KEY' : 'UNIQUE');
    await runner.rows(
      sql`ALTER TABLE ${name} ADD CONSTRAINT ${raw(key.slugName)} ${kind} USING INDEX ${raw(key.slugName)}`,
    );
  }
}

async function finishTakingBack(move: Move): Promise<void> {
  for (const table of migratedTables) {
    if (await hasConstraint(move.owner, table.name, knownCheck(table))) {
      await validate(move, table.name, knownCheck(table));
    }
  }
}
