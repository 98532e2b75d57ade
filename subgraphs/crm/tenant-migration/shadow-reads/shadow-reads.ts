import type { Logger } from 'pino';
import sql, { type Sql } from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import type { Database, DatabasePool, SqlRunner } from '../../../../shared/database/database';
import { storableJson } from '../../../../shared/database/storable-json';
import { systemViewer, withinTenant } from '../../../../shared/identity/viewer';
import { logSeldom } from '../../../../shared/log-seldom';
import { type SubgraphCall, systemCall } from '../../../../shared/subgraph/transport';
import type { KnownTenancy } from '../tenancy-watch';
import { compareRows, type Difference, isEmpty } from './compare-rows';
import { isRead, tenantsOf } from './which-reads';

/**
 * Reads a share of what is read of tenants in DUAL_WRITE again, once by the slug and once by the UUID, and keeps what differs.
 * It does so after the answer, one read at a time, and lets reads go by when many wait: no read is slowed or broken by it.
 * Source: A23.
 */
export interface ShadowReads {
  /** The database, whose reads outside of transactions may be looked at. */
  watched(database: Database, call: SubgraphCall): Database;
  /** Waits for the read that is looked at. */
  stop(): Promise<void>;
}

/** A read of one tenant. */
interface Look {
  statement: Sql;
  tenantId: string;
}

const MAX_WAITING = 100;
/** Tenants of one read that are looked at. */
const MAX_TENANTS = 3;
const LOOK_MAY_TAKE_MS = 2_000;
/** Differences of one tenant that are kept within an hour; all are counted. */
const MAX_KEPT_PER_HOUR = 20;
const MAX_STATEMENT_CHARACTERS = 2_000;

export function createShadowReads({
  pool,
  known,
  logger,
}: {
  pool: DatabasePool;
  known: () => KnownTenancy;
  logger: Logger;
}): ShadowReads {
  const waiting: Look[] = [];
  let working: Promise<void> | null = null;
  const warn = logSeldom((error, leftOut) =>
    logger.warn({ err: error, leftOut }, 'A read could not be compared by slug and by UUID'),
  );

  function consider(statement: Sql, rows: readonly unknown[], call: SubgraphCall): void {
    const { dualWriting, shadowReadShare } = known();
    if (dualWriting.size === 0 || Math.random() >= shadowReadShare || !isRead(statement)) return;
    const moving = tenantsOf(statement, rows, call).filter((id) => dualWriting.has(id));
    for (const tenantId of moving.slice(0, MAX_TENANTS)) {
      if (waiting.length >= MAX_WAITING) return;
      waiting.push({ statement, tenantId });
    }
    working ??= workOff().finally(() => {
      working = null;
    });
  }

  async function workOff(): Promise<void> {
    for (let look = waiting.shift(); look; look = waiting.shift()) {
      await lookAt(pool, look).catch(warn);
    }
  }

  return {
    watched(database, call) {
      const rows = async <Row>(statement: Sql) => {
        const found = await database.rows<Row>(statement);
        consider(statement, found, call);
        return found;
      };
      return {
        ...database,
        rows,
        row: async <Row>(statement: Sql) => (await rows<Row>(statement))[0] ?? null,
      };
    },
    async stop() {
      waiting.length = 0;
      await working;
    },
  };
}

async function lookAt(pool: DatabasePool, { statement, tenantId }: Look): Promise<void> {
  const difference = await readBothWays(pool.forCall(callWithin(tenantId)), statement);
  await writeDown(pool.forCall(callWithin(tenantId)), { statement, tenantId }, difference);
}

function callWithin(tenantId: string): SubgraphCall {
  const call = systemCall('crm-shadow-reads', LOOK_MAY_TAKE_MS);
  return { ...call, viewer: withinTenant(systemViewer, tenantId) };
}

/** Of one snapshot, so that no write between the two readings makes a difference that is none. */
function readBothWays(database: Database, statement: Sql): Promise<Difference> {
  const read = async (transaction: SqlRunner) => {
    const by = async (way: 'slug' | 'uuid') => {
      await transaction.rows(sql`SELECT set_config('crm_tenancy.read_by', ${way}, true)`);
      return transaction.rows<Record<string, unknown>>(statement);
    };
    return compareRows(await by('slug'), await by('uuid'));
  };
  return database.transaction(read, { isolation: 'REPEATABLE READ' });
}

async function writeDown(
  runner: SqlRunner,
  { statement, tenantId }: Look,
  difference: Difference,
): Promise<void> {
  const hasDiffered = !isEmpty(difference);
  await runner.rows(sql`
    INSERT INTO crm_tenancy.read_comparison AS c (tenant_id, hour, compared, differed)
    VALUES (${tenantId}, date_trunc('hour', now()), 1, ${hasDiffered ? 1 : 0}::int)
    ON CONFLICT (tenant_id, hour) DO UPDATE
    SET compared = c.compared + 1, differed = c.differed + excluded.differed`);
  if (!hasDiffered) return;
  const text = statement.text.replace(/\s+/g, ' ').trim().slice(0, MAX_STATEMENT_CHARACTERS);
  await runner.rows(sql`
    INSERT INTO crm_tenancy.read_mismatch (id, tenant_id, statement, only_by_slug, only_by_uuid)
    SELECT ${uuid7()}::uuid, ${tenantId}::uuid, ${text}, ${jsonOf(difference.onlyBySlug)}::jsonb,
      ${jsonOf(difference.onlyByUuid)}::jsonb
    WHERE (SELECT count(*) FROM crm_tenancy.read_mismatch
      WHERE tenant_id = ${tenantId}::uuid AND seen_at > now() - interval '1 hour') < ${MAX_KEPT_PER_HOUR}`);
}

function jsonOf(rows: Difference['onlyBySlug']): string {
  return storableJson(rows);
}
