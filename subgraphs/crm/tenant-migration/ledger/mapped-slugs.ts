import type { Logger } from 'pino';
import sql from 'sql-template-tag';
import type { DatabasePool } from '../../../../shared/database/database';
import { systemCall } from '../../../../shared/subgraph/transport';
import type { DirectoryTenant } from '../../../../shared/tenancy/tenant-directory';
import { createUseCounter } from '../../../../shared/use-counter';
import { findMappedTenant } from './tenant-phase';

/** The slugs that operators mapped to tenants, while callers use them. Source: A41. */
export interface MappedSlugs {
  /** The tenant to which the slug is mapped, as `resolve` finds it by its UUID; that is counted as a use. */
  find(
    slug: string,
    resolve: (id: string) => Promise<DirectoryTenant | null>,
  ): Promise<DirectoryTenant | null>;
  /** Writes down what is not written yet. */
  stop(): Promise<void>;
}

export function createMappedSlugs({ pool, logger }: { pool: DatabasePool; logger: Logger }): MappedSlugs {
  const books = () => pool.forCall(systemCall('crm-tenancy'));
  const uses = createUseCounter<string>({
    keyOf: (slug) => slug,
    write: (slug, { uses, lastUsedAt }) =>
      books().rows(sql`
        UPDATE crm_tenancy.slug_alias SET uses = uses + ${uses}::bigint,
          last_used_at = greatest(last_used_at, ${lastUsedAt.toISOString()}::timestamptz)
        WHERE slug = ${slug}`),
    onError: (error, slug) =>
      logger.warn({ err: error, slug }, 'Uses of a mapped slug could not be written down yet'),
  });
  return {
    async find(slug, resolve) {
      const id = await findMappedTenant(books(), slug);
      const tenant = id === null ? null : await resolve(id);
      if (tenant !== null) uses.count(slug);
      return tenant;
    },
    stop: () => uses.stop(),
  };
}
