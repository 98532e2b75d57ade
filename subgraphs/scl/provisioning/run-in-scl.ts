import sql, { raw } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { recordOfRun } from '../../../shared/provisioning/record-of-run';
import { SclTenant } from '../tenants/scl-tenant.entity';

/** How SCL's parts of a provisioning input are called there. */
export const PATH = 'input.scl';

/** The mutation whose audit entries say what runs made. */
export const SET_UP = 'setUpInScl';

/** The id that a run gives to an SCL tenant that it makes. */
export function sclTenantOfRun(runId: string, code: string): string {
  return recordOfRun(runId, 'scl-tenant', code);
}

/** The id that a run gives to a club that it makes. */
export function sclClubOfRun(runId: string, code: string, name: string): string {
  return recordOfRun(runId, 'scl-club', `${code}/${name}`);
}

/** The SCL tenant of a code, locked until the transaction ends, or `null`. */
export function lockByCode(
  database: Database,
  transaction: SqlRunner,
  code: string,
): Promise<SclTenant | null> {
  return transaction.row<SclTenant>(
    sql`SELECT ${raw(database.columns(SclTenant, 't'))} FROM scl.scl_tenant t WHERE t.code = ${code} FOR UPDATE`,
  );
}
