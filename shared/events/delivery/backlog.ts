import sql, { raw, type Sql } from 'sql-template-tag';
import { tenantKeyType } from '../../audit/tenant-key-type';
import type { DatabasePool, SqlRunner } from '../../database/database';
import type { NewJob } from '../../jobs/jobs';
import { type SubgraphName, schemaOf } from '../../subgraph/names';
import { systemCall } from '../../subgraph/transport';
import { DISPATCHER, deliveryJob } from './dispatch-events';
import type { EventConsumer } from './event-consumer';

type Named = Pick<EventConsumer, 'name' | 'queue'>;

/**
 * The job that hands a consumer whatever it has not heard, of every tenant: for one that was not there for a while, so that
 * nobody told it of what was new.
 */
export function backlogJob({ name, queue }: Named, delayMs = 0): NewJob {
  return { queue, data: { consumer: name, tenantKey: null }, key: `${name} backlog`, delayMs };
}

/** Puts one job into the consumer's queue for each tenant that has events for it. */
export async function deliverBacklog(
  database: DatabasePool,
  name: SubgraphName,
  consumer: EventConsumer,
): Promise<void> {
  const rows = await database
    .forCall(systemCall('events-backlog'))
    .rows<{ tenantKey: string }>(sql`SELECT "tenantKey" FROM (${undelivered(name, [consumer])}) AS found`);
  await database.jobs.enqueue(rows.map(({ tenantKey }) => deliveryJob(consumer, tenantKey)));
}

/**
 * Each consumer's tenants that have events for it, with the time of the first: `consumer`, `tenantKey`, `occurredAt`. It
 * costs index entries: two for a tenant that it has heard all of, for any other one more, or one for each type.
 */
export function undelivered(name: SubgraphName, consumers: readonly EventConsumer[]): Sql {
  const schema = raw(schemaOf(name));
  const keyType = raw(tenantKeyType(name));
  const wanted = consumers.map(({ name: consumer, tenantKey, types, since }) => ({
    consumer,
    tenant_key: tenantKey,
    types: types === 'all' ? null : types,
    since,
  }));
  return sql`
    -- Positions are columns here: under row-level security an index is not searched by most expressions.
    WITH behind AS MATERIALIZED (
      SELECT w.consumer, w.types, w.since, d.tenant_key, heard.position, heard.position + 1 AS following
      FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb)
        AS w(consumer text, tenant_key ${keyType}, types text[], since timestamptz)
      JOIN ${schema}.event_cursor d
        ON d.consumer = ${DISPATCHER} AND (w.tenant_key IS NULL OR d.tenant_key = w.tenant_key)
      LEFT JOIN ${schema}.event_cursor c ON c.consumer = w.consumer AND c.tenant_key = d.tenant_key
      CROSS JOIN LATERAL (SELECT coalesce(c.position, 0) AS position) AS heard
      WHERE d.position > heard.position
    )
    SELECT b.consumer, b.tenant_key AS "tenantKey", coalesce(typed.occurred_at, later.occurred_at, next.occurred_at)
      AS "occurredAt"
    FROM behind b
    -- Who hears of all types has the next number before it; that event is gone where the cursor is new.
    LEFT JOIN ${schema}.outbox_event next
      ON b.types IS NULL AND next.tenant_key = b.tenant_key AND next.position = b.following
    LEFT JOIN LATERAL (
      SELECT e.occurred_at FROM ${schema}.outbox_event e
      WHERE next.occurred_at < b.since
        AND e.tenant_key = b.tenant_key AND e.position > b.position AND e.occurred_at >= b.since
      ORDER BY e.position LIMIT 1
    ) AS later ON true
    LEFT JOIN LATERAL (
      SELECT first.occurred_at FROM unnest(b.types) AS wanted(type)
      CROSS JOIN LATERAL (
        SELECT e.position, e.occurred_at FROM ${schema}.outbox_event e
        WHERE e.tenant_key = b.tenant_key AND e.type = wanted.type AND e.position > b.position
          AND (b.since IS NULL OR e.occurred_at >= b.since)
        ORDER BY e.position LIMIT 1
      ) AS first ORDER BY first.position LIMIT 1
    ) AS typed ON true
    WHERE CASE
      WHEN b.types IS NOT NULL THEN typed.occurred_at IS NOT NULL
      ELSE later.occurred_at IS NOT NULL OR (next.occurred_at < b.since) IS NOT TRUE
    END`;
}

/** Lets a new consumer stand behind everything that was dispatched, so that nobody searches there for events for it. */
export async function beginAtNewest(
  transaction: SqlRunner,
  name: SubgraphName,
  { name: consumer, tenantKey }: Pick<EventConsumer, 'name' | 'tenantKey'>,
): Promise<void> {
  const schema = raw(schemaOf(name));
  const keyType = raw(tenantKeyType(name));
  await transaction.rows(sql`
    INSERT INTO ${schema}.event_cursor (consumer, tenant_key, position)
    SELECT ${consumer}, d.tenant_key, d.position FROM ${schema}.event_cursor d
    WHERE d.consumer = ${DISPATCHER} AND (${tenantKey}::${keyType} IS NULL OR d.tenant_key = ${tenantKey}::${keyType})
    ON CONFLICT DO NOTHING`);
}

/** Ends the pauses in which a consumer is left alone, for one that was mended. */
export async function endPauses(transaction: SqlRunner, name: SubgraphName, consumer: string): Promise<void> {
  await transaction.rows(sql`
    UPDATE ${raw(schemaOf(name))}.event_cursor SET retry_at = NULL, attempts = 0, outages = 0
    WHERE consumer = ${consumer} AND retry_at IS NOT NULL`);
}

/** Forgets how far a consumer came, for one that is gone. */
export async function forgetCursors(
  transaction: SqlRunner,
  name: SubgraphName,
  consumer: string,
): Promise<void> {
  await transaction.rows(sql`DELETE FROM ${raw(schemaOf(name))}.event_cursor WHERE consumer = ${consumer}`);
}
