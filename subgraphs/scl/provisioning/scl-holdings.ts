import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import { parseKey } from '../../../shared/input/parse-input';
import type { Page } from '../../../shared/pagination/connection';
import { type HoldingArguments, holdingPage, parseHoldings } from '../../../shared/provisioning/holdings';
import type { SclHolding } from '../graphql.generated';

/** SCL's tenants in the order of their codes. Throws `BAD_USER_INPUT`. */
export async function readSclHoldings(
  database: SqlRunner,
  args: HoldingArguments,
): Promise<Page<SclHolding>> {
  const request = parseHoldings(args, parseKey);
  const rows = await database.rows<SclHolding>(sql`
    SELECT t.code AS key, t.name,
      (SELECT count(*)::int FROM scl.scl_club c WHERE c.scl_tenant_id = t.id) AS "clubCount"
    FROM scl.scl_tenant t
    WHERE (${request.after}::text IS NULL OR t.code > ${request.after})
      AND (${request.keys}::text[] IS NULL OR t.code = ANY (${request.keys}::text[]))
      AND (${request.keysInLowerCase}::text[] IS NULL OR lower(t.code) = ANY (${request.keysInLowerCase}::text[]))
    ORDER BY t.code LIMIT ${request.first + 1}`);
  return holdingPage(rows, request);
}
