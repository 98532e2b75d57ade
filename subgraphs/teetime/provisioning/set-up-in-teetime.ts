import sql, { raw } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { lookAgainIfTaken, withConflicts } from '../../../shared/database/postgres-errors';
import { conflict } from '../../../shared/errors/coded-error';
import { parseInput } from '../../../shared/input/parse-input';
import { getTenantToSetUp } from '../../../shared/provisioning/tenant-of-run';
import { insertClub, tellOfNewClub } from '../clubs/add-club';
import { Club } from '../clubs/club.entity';
import type { Context } from '../context';
import type { SetUpInTeeTimeInput, TeeTimeSetUp } from '../graphql.generated';
import { clubOfRun, PATH, SET_UP } from './club-of-run';
import { SetUpInTeeTimeRules } from './provisioning-input';

/**
 * Makes the clubs that the tenant has not by code. Safe to repeat, also at the same moment. Throws `BAD_USER_INPUT`,
 * `CONFLICT` when another tenant has a club of a code or an id, and what `getTenantToSetUp` throws.
 */
export async function setUpInTeeTime(context: Context, input: SetUpInTeeTimeInput): Promise<TeeTimeSetUp> {
  const { runId, tenantId, clubs, ...given } = parseInput(SetUpInTeeTimeRules, input, PATH);
  const tenant = await getTenantToSetUp(context.tenants, tenantId, context);
  const clubIds = given.clubIds.map((id) => id.toLowerCase());
  const wanted = new Map(clubs.map((club) => [club.clubCode, club]));
  await assertFree(context.everyTenant, tenantId, { clubIds, clubCodes: [...wanted.keys()] });
  const { database, viewer } = context;

  const write = () =>
    database.transaction(async (transaction): Promise<TeeTimeSetUp> => {
      const runIds = new Map([...wanted.keys()].map((code) => [code, clubOfRun(runId, code)]));
      const present = await findClubs(database, transaction, tenantId, runIds, clubIds);
      const ofCode = (code: string) =>
        present.find((club) => club.id === runIds.get(code)) ??
        present.find((club) => club.clubCode === code);
      const made = new Map<string, Club>();
      for (const [code, values] of wanted) {
        if (ofCode(code)) continue;
        const id = clubOfRun(runId, code);
        made.set(code, await insertClub(transaction, viewer, { ...values, id, tenantId }));
      }

      for (const club of made.values()) await tellOfNewClub(transaction, SET_UP, { club, tenant });
      const all = [...wanted.keys()].flatMap((code) => ofCode(code) ?? made.get(code) ?? []);
      const own = new Set(runIds.values());
      const known = [...present, ...made.values()].map(({ id }) => id);
      return {
        clubIds: [...new Set([...clubIds, ...all.map(({ id }) => id)])],
        created: known.filter((id) => own.has(id)),
        adopted: known.filter((id) => !own.has(id)),
      };
    });
  return withConflicts(clubConflicts, () => lookAgainIfTaken(write));
}

const takenCode = { path: `${PATH}.clubs`, message: 'another tenant has a club of one of these codes' };
const clubConflicts = { club_club_code_key: takenCode, club_pkey: takenCode };

/** Throws `CONFLICT` when a club of an id or a code is another tenant's. */
async function assertFree(
  everyTenant: SqlRunner,
  tenantId: string,
  { clubIds, clubCodes }: { clubIds: string[]; clubCodes: string[] },
): Promise<void> {
  const taken = await everyTenant.rows<{ id: string; clubCode: string }>(sql`
    SELECT c.id, c.club_code AS "clubCode" FROM teetime.club c
    WHERE c.tenant_id <> ${tenantId}
      AND (c.id = ANY (${clubIds}::uuid[]) OR c.club_code = ANY (${clubCodes}::text[]))
    ORDER BY c.club_code`);
  if (taken.length === 0) return;
  const ids = taken.map(({ id }) => id).filter((id) => clubIds.includes(id));
  if (ids.length > 0) throw conflict(`${PATH}.clubIds`, `another tenant has ${ids.join(', ')}`);
  const codes = taken.map(({ clubCode }) => clubCode);
  throw conflict(`${PATH}.clubs`, `another tenant has ${codes.join(', ')}`);
}

/** The tenant's clubs that have one of the codes or ids, or are the run's under another code since. */
function findClubs(
  database: Database,
  transaction: SqlRunner,
  tenantId: string,
  runIds: ReadonlyMap<string, string>,
  clubIds: readonly string[],
): Promise<Club[]> {
  return transaction.rows<Club>(sql`
    SELECT ${raw(database.columns(Club, 'c'))} FROM teetime.club c
    WHERE c.tenant_id = ${tenantId}
      AND (c.club_code = ANY (${[...runIds.keys()]}::text[])
        OR c.id = ANY (${[...runIds.values(), ...clubIds]}::uuid[]))
    ORDER BY c.name, c.id`);
}
