import sql, { raw } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { lookAgainIfTaken, withConflicts } from '../../../shared/database/postgres-errors';
import { parseInput } from '../../../shared/input/parse-input';
import { assertKeyOfTenant, getTenantToSetUp } from '../../../shared/provisioning/tenant-of-run';
import { assertClubsFit, insertSclClub, tellOfNewSclClub } from '../clubs/add-scl-club';
import { SclClub } from '../clubs/scl-club.entity';
import type { Context } from '../context';
import type { SetUpInSclInput, SystemSetUp } from '../graphql.generated';
import { insertSclTenant, tellOfNewSclTenant } from '../tenants/add-scl-tenant';
import { SetUpInSclRules } from './provisioning-input';
import { lockByCode, PATH, SET_UP, sclClubOfRun, sclTenantOfRun } from './run-in-scl';

const sclConflicts = {
  scl_tenant_code_key: { path: `${PATH}.code`, message: 'another SCL tenant has this code' },
  scl_club_pkey: { path: `${PATH}.clubs`, message: 'a club that this run made is another SCL tenant’s' },
  scl_tenant_pkey: { path: `${PATH}.code`, message: 'the SCL tenant that this run made has another code' },
};

/**
 * Makes the SCL tenant of a code, unless there is one, and the clubs that it has not by name. Safe to repeat, also at the
 * same moment. Throws `BAD_USER_INPUT`, `CONFLICT` when the registry maps the code to another tenant, and what
 * `getTenantToSetUp` throws.
 */
export async function setUpInScl(context: Context, input: SetUpInSclInput): Promise<SystemSetUp> {
  const { runId, tenantId, code, name, clubs } = parseInput(SetUpInSclRules, input, PATH);
  const tenant = await getTenantToSetUp(context.tenants, tenantId, context);
  const mapping = { tenantId, key: { sclTenantCode: code }, path: `${PATH}.code` };
  await assertKeyOfTenant(context.tenants, mapping, context);
  const names = [...new Set(clubs.map((club) => club.name))];
  const { viewer } = context;
  const database = context.databaseOfCode(code);

  const write = () =>
    database.transaction(async (transaction): Promise<SystemSetUp> => {
      const found = await lockByCode(database, transaction, code);
      const values = { id: sclTenantOfRun(runId, code), code, name };
      const sclTenant = found ?? (await insertSclTenant(transaction, viewer, values));
      const clubIds = new Map(names.map((each) => [each, sclClubOfRun(runId, code, each)]));
      const present = await findClubs(database, transaction, sclTenant.id, clubIds);
      const missing = [...clubIds].filter(
        ([each, id]) => !present.some((club) => club.id === id || club.name === each),
      );
      await assertClubsFit(transaction, {
        sclTenantId: sclTenant.id,
        added: missing.length,
        path: `${PATH}.clubs`,
      });
      const made: SclClub[] = [];
      for (const [each, id] of missing) {
        made.push(await insertSclClub(transaction, viewer, { id, sclTenantId: sclTenant.id, name: each }));
      }

      if (!found) await tellOfNewSclTenant(transaction, SET_UP, sclTenant);
      for (const club of made) await tellOfNewSclClub(transaction, SET_UP, { club, sclTenant, tenant });
      const ids = [sclTenant, ...present, ...made].map(({ id }) => id);
      const own = new Set([values.id, ...clubIds.values()]);
      return { created: ids.filter((id) => own.has(id)), adopted: ids.filter((id) => !own.has(id)) };
    });
  return withConflicts(sclConflicts, () => lookAgainIfTaken(write));
}

/** The clubs of an SCL tenant that have one of the names, or are the run's under another name since. */
function findClubs(
  database: Database,
  transaction: SqlRunner,
  sclTenantId: string,
  clubIds: ReadonlyMap<string, string>,
): Promise<SclClub[]> {
  return transaction.rows<SclClub>(sql`
    SELECT ${raw(database.columns(SclClub, 'c'))} FROM scl.scl_club c
    WHERE c.scl_tenant_id = ${sclTenantId}
      AND (c.name = ANY (${[...clubIds.keys()]}::text[]) OR c.id = ANY (${[...clubIds.values()]}::uuid[]))
    ORDER BY c.name`);
}
