import sql, { raw, type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { type HasConstraint, isUnchecked, readConstraints } from './catalogue';
import { createLiveViews, dropLiveViews } from './live-views';
import { type MigratedTable, migratedTables } from './migrated-tables';
import { createIndex, dropIndex, type Move, validate } from './move';
import { runTogether } from './run-together';
import { referByUuid, uuidKey } from './uuid-key';

export const knownCheck = ({ name }: MigratedTable) => `${name}_tenant_known`;
const tenantKey = ({ name }: MigratedTable) => `${name}_tenant_fkey`;

/** The index that becomes a primary key only as the schema is contracted has a name of its own until then. */
export const indexName = ({ name, kind }: MigratedTable['uniqueKeys'][number]) =>
  kind === 'primary key' ? `${name}_by_uuid` : name;

/**
 * EXPANDED to ENFORCED: every row has its tenant for certain, and what is unique is so by UUID (A25, A38, A39). What needs
 * the tables for itself is done for all of them at once, in one message; what reads through them lets others read and write.
 */
export async function enforce(move: Move): Promise<void> {
  const has = await readConstraints(move.owner);
  const needed = migratedTables.flatMap((table) => needTenant(has, table));
  await together(move, 'every row needs its tenant', needed);
  for (const table of migratedTables) await validate(move, table.name, knownCheck(table));
  for (const table of migratedTables) {
    for (const key of table.uniqueKeys) {
      const columns = key.columns.replace('{tenant}', 'tenant_uuid');
      const index = { name: indexName(key), table: table.name, columns, where: key.where };
      await createIndex(move, { ...index, isUnique: true });
    }
  }
  await together(move, 'what is unique is so by UUID, and rows refer to tenants and parents by it', [
    ...migratedTables.flatMap((table) => addUniqueKeys(has, table)),
    ...migratedTables.flatMap((table) => referToTenants(has, table)),
    ...migratedTables.flatMap((table) => referToParents(has, table)),
  ]);
  for (const table of migratedTables) {
    await validate(move, table.name, tenantKey(table));
    if (table.parent) await validate(move, table.name, table.parent.constraint);
  }
  const dropFormerKeys = async (runner: SqlRunner) => {
    await runTogether(runner, migratedTables.flatMap(dropFormer));
    await dropLiveViews(runner);
    await createLiveViews(runner, 'ENFORCED');
  };
  await move.step('the keys that these take the place of go', dropFormerKeys, 'ENFORCED');
}

/** A step in one message; none where all of it has been done. */
async function together(move: Move, what: string, statements: readonly Sql[]): Promise<void> {
  if (statements.length > 0) await move.step(what, (runner) => runTogether(runner, statements));
}

function needTenant(has: HasConstraint, table: MigratedTable): Sql[] {
  if (has(table, knownCheck(table))) return [];
  return [
    sql`
    ALTER TABLE ${raw(`crm.${table.name}`)} ADD CONSTRAINT ${raw(knownCheck(table))}
      CHECK (tenant_uuid IS NOT NULL AND tenant_id IS NOT NULL) NOT VALID`,
  ];
}

function addUniqueKeys(has: HasConstraint, table: MigratedTable): Sql[] {
  return table.uniqueKeys
    .filter(({ name, kind }) => kind === 'constraint' && !has(table, name))
    .map(({ name }) =>
      raw(`ALTER TABLE crm.${table.name} ADD CONSTRAINT ${name} UNIQUE USING INDEX ${name}`),
    );
}

function referToTenants(has: HasConstraint, table: MigratedTable): Sql[] {
  if (has(table, tenantKey(table))) return [];
  return [
    sql`
    ALTER TABLE ${raw(`crm.${table.name}`)} ADD CONSTRAINT ${raw(tenantKey(table))}
      FOREIGN KEY (tenant_uuid, tenant_id) REFERENCES crm.tenant (id, slug) ON UPDATE CASCADE NOT VALID`,
  ];
}

/** Parents have their unique key by UUID before. */
function referToParents(has: HasConstraint, child: MigratedTable): Sql[] {
  if (!child.parent || has(child, child.parent.constraint)) return [];
  const { constraint, column, table, onDelete } = child.parent;
  return [
    sql`
    ALTER TABLE ${raw(`crm.${child.name}`)} ADD CONSTRAINT ${raw(constraint)}
      FOREIGN KEY (tenant_uuid, ${raw(column)}) REFERENCES ${raw(`crm.${table}`)} (tenant_uuid, id)
      ${raw(onDelete)} NOT VALID`,
  ];
}

function dropFormer(table: MigratedTable): Sql[] {
  const former = table.parent?.legacyConstraint;
  return [dropConstraint(table, uuidKey(table)), ...(former ? [dropConstraint(table, former)] : [])];
}

/** ENFORCED to EXPANDED: rows may again lack their UUID (A44). */
export async function takeEnforcementBack(move: Move): Promise<void> {
  const drop = dropEnforcement(await readConstraints(move.owner));
  await move.step('rows need not know the UUID of their tenant', drop, 'EXPANDED');
}

/** What an enforcement that was broken off, or its way back, left behind in EXPANDED. */
export async function clearEnforcement(move: Move): Promise<void> {
  const has = await readConstraints(move.owner);
  if (isEnforcedAnywhere(has)) {
    await move.step('rows need not know the UUID of their tenant', dropEnforcement(has));
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
function isEnforcedAnywhere(has: HasConstraint): boolean {
  const [table] = migratedTables;
  return table !== undefined && has(table, knownCheck(table));
}

function dropEnforcement(has: HasConstraint): (runner: SqlRunner) => Promise<void> {
  const statements = [
    ...migratedTables.flatMap((table) => referAsBefore(has, table)),
    ...migratedTables.flatMap((table) => [
      dropConstraint(table, knownCheck(table)),
      ...table.uniqueKeys
        .filter(({ kind }) => kind === 'constraint')
        .map(({ name }) => dropConstraint(table, name)),
    ]),
  ];
  return async (runner) => {
    await runTogether(runner, statements);
    await dropLiveViews(runner);
    await createLiveViews(runner, 'EXPANDED');
  };
}

function referAsBefore(has: HasConstraint, table: MigratedTable): Sql[] {
  const { parent } = table;
  return [
    ...referByUuid(has, table),
    dropConstraint(table, tenantKey(table)),
    ...referToParentsAsBefore(has, table),
    ...(parent ? [dropConstraint(table, parent.constraint)] : []),
  ];
}

function referToParentsAsBefore(has: HasConstraint, table: MigratedTable): Sql[] {
  const { parent } = table;
  const former = parent?.legacyConstraint ?? null;
  if (!parent || former === null || has(table, former)) return [];
  return [
    sql`
    ALTER TABLE ${raw(`crm.${table.name}`)} ADD CONSTRAINT ${raw(former)}
      FOREIGN KEY (${raw(parent.column)}) REFERENCES ${raw(`crm.${parent.table}`)} (id)
      ${raw(parent.onDelete)} NOT VALID`,
  ];
}

function dropConstraint({ name }: MigratedTable, constraint: string): Sql {
  return sql`ALTER TABLE ${raw(`crm.${name}`)} DROP CONSTRAINT IF EXISTS ${raw(constraint)}`;
}
