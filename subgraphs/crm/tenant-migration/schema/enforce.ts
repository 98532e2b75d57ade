import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { hasConstraint } from './catalogue';
import { type MigratedTable, migratedTables } from './migrated-tables';
import { createIndex, dropIndex, type Move, validate } from './move';

export const knownCheck = ({ name }: MigratedTable) => `${name}_tenant_known`;
const tenantKey = ({ name }: MigratedTable) => `${name}_tenant_fkey`;
const uuidKey = ({ name }: MigratedTable) => `${name}_tenant_uuid_fkey`;

/** The index that becomes a primary key only as the schema is contracted has a name of its own until then. */
export const indexName = ({ name, kind }: MigratedTable['uniqueKeys'][number]) =>
  kind === 'primary key' ? `${name}_by_uuid` : name;

/** EXPANDED to ENFORCED: every row has its tenant for certain, and what is unique is so by UUID (A25, A38, A39). */
export async function enforce(move: Move): Promise<void> {
  for (const table of migratedTables) {
    await move.step(`${table.name} needs its tenant`, (runner) => needTenant(runner, table));
    await validate(move, table.name, knownCheck(table));
    for (const key of table.uniqueKeys) {
      await createIndex(move, {
        name: indexName(key),
        table: table.name,
        columns: key.columns.replace('{tenant}', 'tenant_uuid'),
        where: key.where,
        isUnique: true,
      });
      if (key.kind !== 'constraint') continue;
      await move.step(`${table.name} is unique by ${key.name}`, async (runner) => {
        if (await hasConstraint(runner, table.name, key.name)) return;
        await runner.rows(
          raw(`ALTER TABLE crm.${table.name} ADD CONSTRAINT ${key.name} UNIQUE USING INDEX ${key.name}`),
        );
      });
    }
  }
  for (const table of migratedTables) {
    await move.step(`${table.name} refers to tenants by UUID and slug`, (runner) =>
      referToTenants(runner, table),
    );
    await validate(move, table.name, tenantKey(table));
    const { parent } = table;
    if (!parent) continue;
    await move.step(`${table.name} refers to a ${parent.table} of its tenant`, (runner) =>
      referToParents(runner, table, parent),
    );
    await validate(move, table.name, parent.constraint);
    await move.step(`${table.name} has one key to its ${parent.table}`, async (runner) => {
      await dropConstraint(runner, table, uuidKey(table));
      if (parent.legacyConstraint) await dropConstraint(runner, table, parent.legacyConstraint);
    });
  }
  for (const table of migratedTables.filter(({ parent }) => !parent)) {
    await move.step(`${table.name} has one key to its tenant`, (runner) =>
      dropConstraint(runner, table, uuidKey(table)),
    );
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
  for (const table of migratedTables) {
    const { name, parent } = table;
    await move.step(`${name} need not know its tenant's UUID`, async (runner) => {
      await dropConstraint(runner, table, knownCheck(table));
      if (!(await hasConstraint(runner, name, uuidKey(table)))) {
        await runner.rows(sql`
          ALTER TABLE ${raw(`crm.${name}`)} ADD CONSTRAINT ${raw(uuidKey(table))}
            FOREIGN KEY (tenant_uuid) REFERENCES crm.tenant (id) NOT VALID`);
      }
      await dropConstraint(runner, table, tenantKey(table));
      if (!parent) return;
      if (parent.legacyConstraint && !(await hasConstraint(runner, name, parent.legacyConstraint))) {
        await runner.rows(sql`
          ALTER TABLE ${raw(`crm.${name}`)} ADD CONSTRAINT ${raw(parent.legacyConstraint)}
            FOREIGN KEY (${raw(parent.column)}) REFERENCES ${raw(`crm.${parent.table}`)} (id)
            ${raw(parent.onDelete)} NOT VALID`);
      }
      await dropConstraint(runner, table, parent.constraint);
    });
    if (parent?.legacyConstraint) await validate(move, name, parent.legacyConstraint);
  }
  for (const table of migratedTables) {
    for (const key of table.uniqueKeys) {
      if (key.kind === 'constraint') {
        await move.step(`${table.name} is not unique by ${key.name}`, (runner) =>
          dropConstraint(runner, table, key.name),
        );
      } else {
        await dropIndex(move, indexName(key));
      }
    }
  }
}

async function dropConstraint(runner: SqlRunner, { name }: MigratedTable, constraint: string): Promise<void> {
  await runner.rows(sql`ALTER TABLE ${raw(`crm.${name}`)} DROP CONSTRAINT IF EXISTS ${raw(constraint)}`);
}
