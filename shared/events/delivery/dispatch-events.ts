import sql, { raw, type Sql } from 'sql-template-tag';
import { tenantKeyType } from '../../audit/tenant-key-type';
import type { DatabasePool, Transaction } from '../../database/database';
import type { NewJob } from '../../jobs/jobs';
import { type SubgraphName, schemaOf } from '../../subgraph/names';
import { systemCall } from '../../subgraph/transport';
import type { EventType } from '../event-catalogue';
import { announcement } from '../outbox';
import { type EventConsumer, wants } from './event-consumer';

/** Under this name `event_cursor` keeps how far the events of a tenant were dispatched; each that has any has such a row. */
export const DISPATCHER = '*';
/** How soon a tenant is looked at again to which somebody was writing. */
const LOOK_AGAIN_MS = 50;

/**
 * The position of a cursor that may be missing. Under row-level security an index is not searched by `coalesce`, which
 * PostgreSQL does not count among the expressions that leak nothing; by `CASE` it is.
 */
function heardUpTo(cursor: string): Sql {
  return raw(`CASE WHEN ${cursor}.position IS NULL THEN 0 ELSE ${cursor}.position END`);
}

/** The job that tells a consumer's queue that there are events of a tenant for it, now or later. */
export function deliveryJob({ name, queue }: EventConsumer, tenantKey: string, delayMs = 0): NewJob {
  return { queue, data: { consumer: name, tenantKey }, key: `${name} ${tenantKey}`, delayMs };
}

interface NewEvents {
  tenantKey: string;
  types: EventType[];
  position: string;
}

/**
 * Tells the consumers who want them of the tenants' new events, in one transaction. A tenant whose events somebody is
 * writing at this moment is left for later: its lock would be waited for, and what is not committed cannot be seen.
 */
export async function dispatchEvents(
  database: DatabasePool,
  name: SubgraphName,
  consumers: readonly EventConsumer[],
  tenantKeys: readonly string[],
): Promise<void> {
  const schema = raw(schemaOf(name));
  const keyType = raw(tenantKeyType(name));
  await database.forCall(systemCall('events-dispatch')).transaction(async (transaction) => {
    const quiet = await lockQuietTenants(transaction, name, tenantKeys);
    for (const tenantKey of tenantKeys.filter((key) => !quiet.includes(key))) {
      await transaction.enqueue({
        ...announcement(tenantKey),
        // Under another key, so that nobody who writes to the tenant waits for this transaction.
        key: `${tenantKey} later`,
        delayMs: LOOK_AGAIN_MS,
      });
    }
    // After the locks, so that this statement sees everything that was written under them.
    const found = await transaction.rows<NewEvents>(sql`
      SELECT e.tenant_key AS "tenantKey", array_agg(DISTINCT e.type) AS types, max(e.position) AS position
      FROM unnest(${quiet}::${keyType}[]) AS quiet(tenant_key)
      LEFT JOIN ${schema}.event_cursor c ON c.consumer = ${DISPATCHER} AND c.tenant_key = quiet.tenant_key
      JOIN ${schema}.outbox_event e ON e.tenant_key = quiet.tenant_key AND e.position > ${heardUpTo('c')}
      GROUP BY e.tenant_key`);
    if (found.length === 0) return;
    for (const { tenantKey, types } of found) {
      for (const consumer of consumers) {
        if (wants(consumer, tenantKey, types)) await transaction.enqueue(deliveryJob(consumer, tenantKey));
      }
    }
    await transaction.rows(sql`
      INSERT INTO ${schema}.event_cursor AS c (consumer, tenant_key, position)
      SELECT ${DISPATCHER}, moved.* FROM unnest(
        ${found.map(({ tenantKey }) => tenantKey)}::${keyType}[],
        ${found.map(({ position }) => position)}::bigint[]
      ) AS moved
      ON CONFLICT (consumer, tenant_key) DO UPDATE SET position = greatest(c.position, excluded.position)`);
  });
}

/** The tenants to which nobody is writing events; nobody can until this transaction ends. */
async function lockQuietTenants(
  transaction: Transaction,
  name: SubgraphName,
  tenantKeys: readonly string[],
): Promise<string[]> {
  const rows = await transaction.rows<{ tenantKey: string; isQuiet: boolean }>(sql`
    SELECT key AS "tenantKey",
      pg_try_advisory_xact_lock_shared(hashtextextended(${`${schemaOf(name)}.outbox_event `} || key, 0)) AS "isQuiet"
    FROM unnest(${[...tenantKeys]}::text[]) AS asked(key)`);
  return rows.flatMap(({ tenantKey, isQuiet }) => (isQuiet ? [tenantKey] : []));
}
