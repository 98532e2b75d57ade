import sql, { join, raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import { parseUuid } from '../../../shared/input/parse-input';
import type { Page } from '../../../shared/pagination/connection';
import { type HoldingArguments, holdingPage, parseHoldings } from '../../../shared/provisioning/holdings';
import type { TemplatePackKey } from '../graphql.generated';
import { isOfTenant, isOfTenants, TENANT_KEY, type TenantTable, tenantTables } from '../tenancy/tenant-row';

/** What CRM has of one tenant; its rows are counted when the query asks for that. */
export interface CrmHolding {
  key: string;
  slug: string;
  /** Whether there is more than the copy. */
  hasRows: boolean;
  templatePacks: TemplatePackKey[];
  customerCount: () => Promise<number>;
  leadCount: () => Promise<number>;
  segmentCount: () => Promise<number>;
  journeyCount: () => Promise<number>;
}

/** The tenants that CRM has a copy of: all that it heard of, with rows or without. Throws `BAD_USER_INPUT`. */
export async function readCrmHoldings(
  database: SqlRunner,
  args: HoldingArguments,
): Promise<Page<CrmHolding>> {
  const request = parseHoldings(args, parseUuid);
  const rows = await database.rows<Pick<CrmHolding, 'key' | 'slug' | 'hasRows' | 'templatePacks'>>(sql`
    SELECT t.id AS key, t.slug, ${hasRows} AS "hasRows", ARRAY (
      SELECT i.pack_key FROM template_pack_installation i
      WHERE ${isOfTenant('i', raw('t.id'))} ORDER BY i.pack_key
    ) AS "templatePacks"
    FROM tenant t
    WHERE (${request.after}::uuid IS NULL OR t.id > ${request.after}::uuid)
      AND (${request.keys}::uuid[] IS NULL OR t.id = ANY (${request.keys}::uuid[]))
    ORDER BY t.id LIMIT ${request.first + 1}`);

  const countIn = (table: TenantTable) => {
    const counts = createLoader((tenantIds) => countRows(database, table, tenantIds));
    return async (tenantId: string) => (await counts.load(tenantId)) ?? 0;
  };
  const [customers, leads] = [countIn('customer'), countIn('lead')];
  const [segments, journeys] = [countIn('segment'), countIn('journey')];
  const holdings = rows.map((row) => ({
    ...row,
    customerCount: () => customers(row.key),
    leadCount: () => leads(row.key),
    segmentCount: () => segments(row.key),
    journeyCount: () => journeys(row.key),
  }));
  return holdingPage(holdings, request);
}

const hasRows = join(
  tenantTables.map(
    (table) => sql`EXISTS (SELECT FROM ${raw(table)} own WHERE ${isOfTenant('own', raw('t.id'))})`,
  ),
  ' OR ',
);

async function countRows(
  database: SqlRunner,
  table: TenantTable,
  tenantIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await database.rows<{ key: string; count: number }>(sql`
    SELECT own.${raw(TENANT_KEY)} AS key, count(*)::int AS count FROM ${raw(table)} own
    WHERE ${isOfTenants('own', tenantIds)} GROUP BY 1`);
  return new Map(rows.map(({ key, count }) => [key, count]));
}
