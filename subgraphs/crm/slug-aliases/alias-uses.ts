import type { Logger } from 'pino';
import sql from 'sql-template-tag';
import type { DatabasePool } from '../../../shared/database/database';
import { systemCall } from '../../../shared/subgraph/transport';

/** An alias of a tenant's. */
interface UsedAlias {
  slug: string;
  tenantId: string;
}

/** Counts how often aliases are used. */
export interface AliasUses {
  count(alias: UsedAlias): void;
  /** Writes down what is not written yet. */
  stop(): Promise<void>;
}

interface Counted extends UsedAlias {
  uses: number;
  lastUsedAt: Date;
  /** Until it rings, nothing more is written. */
  timer?: NodeJS.Timeout;
  writing: Promise<void>;
}

const WRITE_EVERY_MS = 60_000;

/**
 * Writes uses of aliases down: the first at once, what follows once a minute (`everyMs`) for each alias, whatever the
 * traffic. Nobody waits for it, and a process that is killed loses the uses of its last minute.
 */
export function createAliasUses({
  database,
  logger,
  everyMs = WRITE_EVERY_MS,
}: {
  database: DatabasePool;
  logger: Logger;
  everyMs?: number;
}): AliasUses {
  const counted = new Map<string, Counted>();

  async function write(alias: Counted): Promise<void> {
    const { slug, tenantId, uses, lastUsedAt } = alias;
    alias.uses = 0;
    try {
      await database.forCall(systemCall('crm-slug-aliases')).rows(sql`
        UPDATE crm.tenant_slug_alias
        SET uses = uses + ${uses}::int, last_used_at = greatest(last_used_at, ${lastUsedAt.toISOString()}::timestamptz)
        WHERE slug = ${slug} AND tenant_id = ${tenantId}`);
    } catch (error) {
      alias.uses += uses;
      logger.warn({ err: error, slug }, 'Uses of a slug alias could not be written down yet');
    }
  }

  function writeNow(key: string, alias: Counted): void {
    alias.writing = write(alias);
    alias.timer = setTimeout(() => {
      if (alias.uses > 0) writeNow(key, alias);
      else counted.delete(key);
    }, everyMs).unref();
  }

  return {
    count({ slug, tenantId }) {
      const key = `${slug} ${tenantId}`;
      const known = counted.get(key);
      if (known) {
        known.uses += 1;
        known.lastUsedAt = new Date();
        return;
      }
      const alias: Counted = { slug, tenantId, uses: 1, lastUsedAt: new Date(), writing: Promise.resolve() };
      counted.set(key, alias);
      writeNow(key, alias);
    },
    async stop() {
      const last = [...counted.values()];
      counted.clear();
      for (const alias of last) {
        clearTimeout(alias.timer);
        await alias.writing;
        if (alias.uses > 0) await write(alias);
      }
    },
  };
}
