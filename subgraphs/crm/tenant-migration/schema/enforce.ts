import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { hasConstraint, isUnchecked } from './catalogue';
import { createLiveViews, dropLiveViews } from './live-views';
import { type MigratedTable, migratedTables } from './migrated-tables';
import { createIndex, dropIndex, type Move, validate } from './move';
import { referByUuid, uuidKey } from './uuid-key';

export const knownCheck = ({ name }: MigratedTable) => `${name}_tenant_known`;
const tenantKey = ({ name }: MigratedTable) => `${name}_tenant_fkey`;

/** The index that becomes a primary key only as the schema is contracted has a name of its own until then. */
export const indexName = ({ name, kind }: MigratedTable['uniqueKeys'][number]) =>
  kind === 'primary key' ? `${name}_by_uuid` : name;

/**
 * EXPANDED to ENFORCED: every row has its tenant for certain, and what is unique is so by UUID (A25, A38, A39). What needs
 * the tables for itself is done for all of them at once; what reads through them lets others read and write.
 */
export async function enforce(move: Move): Promise<void> {
  await move.step('every row needs its tenant', async (runner) => {
    for (const table of migratedTables) await needTenant(runner, table);
  });
  for (const table of migratedTables) await validate(move, table.name, knownCheck(table));
  for (const table of migratedTables) {
    for (const key of table.uniqueKeys) {
      const columns = key.columns.replace('{tenant}', 'tenant_uuid');
      const index = { name: indexName(key), table: table.name, columns, where: key.where };
      await createIndex(move, { ...index, isUnique: true });
    }
  }
  await move.step(
    'what is unique is so by UUID, and rows refer to tenants and parents by it',
    async (runner) => {
      for (const table of migratedTables) await addUniqueKeys(runner, table);
      for (const table of migratedTables) {
        await referToTenants(runner, table);
        if (table.parent) await referToParents(runner, table, table.parent);
      }
    },
  );
  for (const table of migratedTables) {
    await validate(move, table.name, tenantKey(table));
    if (table.parent) await validate(move, table.name, table.parent.constraint);
  }
  const dropFormerKeys = async (runner: SqlRunner) => {
    for (const table of migratedTables) {
      await dropConstraint(runner, table, uuidKey(table));
      const former = table.parent?.legacyConstraint;
      if (former) await dropConstraint(runner, table, former);
    }
    await dropLiveViews(runner);
    await createLiveViews(runner, 'ENFORCED');
  };
  await move.step('the keys that these take the place of go', dropFormerKeys, 'ENFORCED');
}

async function addUniqueKeys(runner: SqlRunner, { name: table, uniqueKeys }: MigratedTable): Promise<void> {
  for (const { name, kind } of uniqueKeys) {
    if (kind !== 'constraint' || (await hasConstraint(runner, table, name))) continue;
    await runner.rows(raw(`ALTER TABLE crm.${table} ADD CONSTRAINT ${name} UNIQUE USING INDEX ${name}`));
  }
}

async function needTenant(runner: SqlRunner, table: MigratedTable): Promise<void> {
  if (await hasConstraint(runner, table.name, knownCheck(table))) return;
  await runner.rows(sql`
    ALTER TABLE ${raw(`crm.${table.name}`)} ADD CONSTRAINT ${raw(knownCheck(table))}
      CHECK (tenant_uuid IS NOT NULL AND tenant_id IS NOT NULL) NOT VALID`);
}

async function referToTenants(runner: SqlRunner, table: MigratedTable): Promise<void> {
  if (await hasConstraint(runner, table.name, tenantKey(table))) return;
  await runner.rows(sql`
    ALTER TABLE ${raw(`crm.${table.name}`)} ADD CONSTRAINT ${raw(tenantKey(table))}
      FOREIGN KEY (tenant_uuid, tenant_id) REFERENCES crm.tenant (id, slug) ON UPDATE CASCADE NOT VALID`);
}

async function referToParents(
  runner: SqlRunner,
  { name }: MigratedTable,
  { constraint, column, table, onDelete }: NonNullable<MigratedTable['parent']>,
): Promise<void> {
  if (await hasConstraint(runner, name, constraint)) return;
  await runner.rows(sql`
    ALTER TABLE ${raw(`crm.${name}`)} ADD CONSTRAINT ${raw(constraint)}
      FOREIGN KEY (tenant_uuid, ${raw(column)}) REFERENCES ${raw(`crm.${table}`)} (tenant_uuid, id)
      ${raw(onDelete)} NOT VALID`);
}

/** ENFORCED to EXPANDED: rows may again lack their UUID (A44). */
export async function takeEnforcementBack(move: Move): Promise<void> {
  await move.step('rows need not know the UUID of their tenant', dropEnforcement, 'EXPANDED');
}

/** What an enforcement that was broken off, or its way back, left behind in EXPANDED. */
export async function clearEnforcement(move: Move): Promise<void> {
  if (await isEnforcedAnywhere(move.owner)) {
    await move.step('rows need not know the UUID of their tenant', dropEnforcement);
  }
  for (const table of migratedTables) {
    const former = table.parent?.legacyConstraint;
    if (former && (await isUnchecked(move.owner, table.name, former))) {
      await validate(move, table.name, former);
    }
    for (const key of table.uniqueKeys) await dropIndex(move, indexName(key));
  }
}

/** It is demanded of all tables at once, first of all, and given up so. */
async function isEnforcedAnywhere(runner: SqlRunner): Promise<boolean> {
  const [table] = migratedTables;
  return table !== undefined && hasConstraint(runner, table.name, knownCheck(table));
}

async function dropEnforcement(runner: SqlRunner): Promise<void> {
  for (const table of migratedTables) await referAsBefore(runner, table);
  for (const table of migratedTables) {
    await dropConstraint(runner, table, knownCheck(table));
    for (const { name, kind } of table.uniqueKeys) {
      if (kind === 'constraint') await dropConstraint(runner, table, name);
    }
  }
  await dropLiveViews(runner);
  await createLiveViews(runner, 'EXPANDED');
}

async function referAsBefore(runner: SqlRunner, table: MigratedTable): Promise<void> {
  const { parent } = table;
  await referByUuid(runner, table);
  await dropConstraint(runner, table, tenantKey(table));
  if (!parent) return;
  const former = parent.legacyConstraint;
  if (former !== null && !(await hasConstraint(runner, table.name, former))) {
    await runner.rows(sql`
      ALTER TABLE ${raw(`crm.${table.name}`)} ADD CONSTRAINT ${raw(former)}
        FOREIGN KEY (${raw(parent.column)}) REFERENCES ${raw(`crm.${parent.table}`)} (id)
        ${raw(parent.onDelete)} NOT VALID`);
  }
  await dropConstraint(runner, table, parent.constraint);
}

async function dropConstraint(runner: SqlRunner, { name }: MigratedTable, constraint: string): Promise<void> {
  await runner.rows(sql`ALTER TABLE ${raw(`crm.${name}`)} DROP CONSTRAINT IF EXISTS ${raw(constraint)}`);
}
