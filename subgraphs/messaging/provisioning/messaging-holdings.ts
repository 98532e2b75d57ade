import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import { parseKey } from '../../../shared/input/parse-input';
import type { Page } from '../../../shared/pagination/connection';
import {
  type HoldingArguments,
  type HoldingRequest,
  holdingPage,
  parseHoldings,
} from '../../../shared/provisioning/holdings';
import type { MessagingProvider } from '../tenants/messaging-tenant.entity';

/** What Messaging has under one id; its contacts are counted when the query asks for that. */
export interface MessagingHolding {
  key: string;
  provider: MessagingProvider | null;
  contactCount: () => Promise<number>;
}

/** Messaging's ids in their order: of its tenants, and of contacts alone. Throws `BAD_USER_INPUT`. */
export async function readMessagingHoldings(
  database: SqlRunner,
  args: HoldingArguments,
): Promise<Page<MessagingHolding>> {
  const request = parseHoldings(args, parseKey);
  const rows = await database.rows<Omit<MessagingHolding, 'contactCount'>>(sql`
    SELECT held.key, t.provider FROM (
      (${distinctKeys('messaging.messaging_tenant', request)}) UNION (${distinctKeys('messaging.contact', request)})
    ) AS held
    LEFT JOIN messaging.messaging_tenant t ON t.messaging_tenant_id = held.key
    ORDER BY held.key LIMIT ${request.first + 1}`);
  const counts = createLoader((keys) => countContacts(database, keys));
  return holdingPage(
    rows.map((row) => ({ ...row, contactCount: async () => (await counts.load(row.key)) ?? 0 })),
    request,
  );
}

/** The ids of a table: each is found by the index from the one before it, over however many rows of that one. */
function distinctKeys(table: string, { first, after, keys, keysInLowerCase }: HoldingRequest) {
  const next = (behind: ReturnType<typeof sql>) => sql`
    SELECT min(own.messaging_tenant_id) AS key FROM ${raw(table)} own
    WHERE (${behind} IS NULL OR own.messaging_tenant_id > ${behind})
      AND (${keys}::text[] IS NULL OR own.messaging_tenant_id = ANY (${keys}::text[]))`;
  return sql`
    WITH RECURSIVE distinct_key AS (
      ${next(sql`${after}::text`)}
      UNION ALL
      SELECT following.key FROM distinct_key CROSS JOIN LATERAL (${next(sql`distinct_key.key`)}) AS following
      WHERE distinct_key.key IS NOT NULL
    )
    SELECT key FROM distinct_key WHERE key IS NOT NULL
      AND (${keysInLowerCase}::text[] IS NULL OR lower(key) = ANY (${keysInLowerCase}::text[]))
    LIMIT ${first + 1}`;
}

async function countContacts(database: SqlRunner, keys: readonly string[]): Promise<Map<string, number>> {
  const rows = await database.rows<{ key: string; count: number }>(sql`
    SELECT c.messaging_tenant_id AS key, count(*)::int AS count FROM messaging.contact c
    WHERE c.messaging_tenant_id = ANY (${[...keys]}::text[]) GROUP BY 1`);
  return new Map(rows.map(({ key, count }) => [key, count]));
}
