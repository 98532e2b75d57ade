import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import { badInput } from '../../../shared/errors/coded-error';
import { parseKey, parseUuid } from '../../../shared/input/parse-input';
import type { Page } from '../../../shared/pagination/connection';
import { type HoldingArguments, holdingPage, parseHoldings } from '../../../shared/provisioning/holdings';
import type { QueryTeeTimeClubsArgs, TeeTimeClub, TeeTimeHolding } from '../graphql.generated';

const MAX_CLUBS_OF_TENANT = 1_000;
const MAX_CLUBS_ASKED_FOR = 200;

/** Tenants with clubs in the order of their UUIDs. Throws `BAD_USER_INPUT`. */
export async function readTeeTimeHoldings(
  database: SqlRunner,
  args: HoldingArguments,
): Promise<Page<TeeTimeHolding>> {
  const request = parseHoldings(args, parseUuid);
  const rows = await database.rows<TeeTimeHolding>(sql`
    SELECT tenant.id AS key, ARRAY (
      SELECT jsonb_build_object('id', c.id, 'clubCode', c.club_code, 'tenantId', c.tenant_id) FROM teetime.club c
      WHERE c.tenant_id = tenant.id ORDER BY c.id LIMIT ${MAX_CLUBS_OF_TENANT}
    ) AS clubs
    FROM (
      SELECT DISTINCT c.tenant_id AS id FROM teetime.club c
      WHERE (${request.after}::uuid IS NULL OR c.tenant_id > ${request.after}::uuid)
        AND (${request.keys}::uuid[] IS NULL OR c.tenant_id = ANY (${request.keys}::uuid[]))
      ORDER BY c.tenant_id LIMIT ${request.first + 1}
    ) AS tenant
    ORDER BY tenant.id`);
  return holdingPage(rows, request);
}

/** Clubs by their ids or codes, whosever they are. Throws `BAD_USER_INPUT`. */
export async function readTeeTimeClubs(
  database: SqlRunner,
  { ids, codes }: QueryTeeTimeClubsArgs,
): Promise<TeeTimeClub[]> {
  for (const [path, list] of Object.entries({ ids, codes })) {
    if (list && list.length > MAX_CLUBS_ASKED_FOR)
      throw badInput(path, 'count', `must be at most ${MAX_CLUBS_ASKED_FOR}`);
  }
  const clubIds = (ids ?? []).map((id) => parseUuid(id, 'ids'));
  const clubCodes = (codes ?? []).map((code) => parseKey(code, 'codes'));
  return database.rows<TeeTimeClub>(sql`
    SELECT c.id, c.club_code AS "clubCode", c.tenant_id AS "tenantId" FROM teetime.club c
    WHERE c.id = ANY (${clubIds}::uuid[]) OR c.club_code = ANY (${clubCodes}::text[]) ORDER BY c.id`);
}
