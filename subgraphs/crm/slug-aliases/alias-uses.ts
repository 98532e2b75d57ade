import type { Logger } from 'pino';
import sql from 'sql-template-tag';
import type { DatabasePool } from '../../../shared/database/database';
import { systemCall } from '../../../shared/subgraph/transport';
import { createUseCounter, type UseCounter } from '../../../shared/use-counter';

/** An alias of a tenant's. */
interface UsedAlias {
  slug: string;
  tenantId: string;
}

/** Counts how often aliases are used. */
export type AliasUses = UseCounter<UsedAlias>;

/** Writes uses of aliases down, the first of each at once and then once a minute (`everyMs`). */
export function createAliasUses({
  database,
  logger,
  everyMs,
}: {
  database: DatabasePool;
  logger: Logger;
  everyMs?: number;
}): AliasUses {
  return createUseCounter({
    everyMs,
    keyOf: ({ slug, tenantId }) => `${slug} ${tenantId}`,
    write: ({ slug, tenantId }, { uses, lastUsedAt }) =>
      database.forCall(systemCall('crm-slug-aliases')).rows(sql`
        UPDATE crm.tenant_slug_alias
        SET uses = uses + ${uses}::int, last_used_at = greatest(last_used_at, ${lastUsedAt.toISOString()}::timestamptz)
        WHERE slug = ${slug} AND tenant_id = ${tenantId}`),
    onError: (error, { slug }) =>
      logger.warn({ err: error, slug }, 'Uses of a slug alias could not be written down yet'),
  });
}
