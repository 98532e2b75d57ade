import type { QueryRunner } from 'typeorm';

/** The keys of the tenants whose rows exist, as an array of `type`; NULL where none, or all, do. */
const keys = (type: 'uuid' | 'text') =>
  `(SELECT nullif(nullif(current_setting('tenant_graph.tenants', true), ''), '*')::${type}[])::${type}[]`;

/** Compared inside of the select: of a boolean PostgreSQL's planner expects a half, of a comparison hardly a row. */
const EVERY_TENANT = `(SELECT current_setting('tenant_graph.tenants', true) = '*')`;

/** The condition that `column` is the key of a tenant whose rows exist. */
export function isOfReachedTenant(column: string, type: 'uuid' | 'text' = 'uuid'): string {
  return `${column} = ANY (${keys(type)})`;
}

/** The condition by which rows exist: that of all tenants, or `condition` for some. */
export function existsFor(condition: string): string {
  return `(${EVERY_TENANT} OR ${condition})`;
}

/** The statement that makes the policy by which only those rows exist for which `condition` holds, or all of them. */
export function createIsolationPolicy(table: string, condition: string): string {
  return `CREATE POLICY tenant_isolation ON ${table} USING ${existsFor(condition)}`;
}

/**
 * Lets only those rows of a table exist for which `condition` holds, and all of them where the setting
 * `tenant_graph.tenants` says so; forced on the table's owner too. Without the setting there are no rows.
 * The selects make PostgreSQL read the setting once a statement instead of once a row.
 */
export async function isolateTenants(runner: QueryRunner, table: string, condition: string): Promise<void> {
  // Gives up instead of holding up every request behind a long read; the migration is then run again.
  await runner.query("SET LOCAL lock_timeout = '5s'");
  await runner.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`);
  await runner.query(createIsolationPolicy(table, condition));
}

/** Takes `isolateTenants` back. */
export async function joinTenants(runner: QueryRunner, table: string): Promise<void> {
  await runner.query(`DROP POLICY tenant_isolation ON ${table}`);
  await runner.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY`);
}
