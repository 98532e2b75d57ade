import sql, { raw } from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import { tenantKeyType } from '../../audit/tenant-key-type';
import type { DatabasePool } from '../../database/database';
import { type SubgraphName, schemaOf } from '../../subgraph/names';
import { systemCall } from '../../subgraph/transport';
import { type OutboxEvent, type OutboxRow, outboxColumns, outboxEventOf } from '../outbox';
import type { EventConsumer } from './event-consumer';
import { LEASE_SECONDS } from './lease-times';

/** What a worker that has the lease hands over. */
export interface Leased {
  /** Behind which the events are. */
  position: number;
  /** How often the first of them was refused. */
  attempts: number;
  /** How often the consumer could not be asked since it answered last. */
  outages: number;
  /** Those that the consumer wants, oldest first. */
  events: OutboxEvent[];
  /** The newest event's position, where `events` are all that the consumer wants up to it; `null` otherwise. */
  newest: number | null;
}

/** How far a consumer has come in a tenant's events. Whatever a worker writes has no effect once it lost its lease. */
export interface DeliveryStore {
  /**
   * Takes the lease, or keeps it, and reads up to `limit` events. Nobody gets it for `notForMs` milliseconds where the
   * consumer is left alone; `null` where another worker has it.
   */
  lease(lease: string, limit: number): Promise<Leased | { notForMs: number | null }>;
  moveTo(lease: string, position: number): Promise<void>;
  /** Gives the lease back; behind `position`, unless it is `null`, there is nothing for the consumer. */
  release(lease: string, position: number | null): Promise<void>;
  /** Gives the lease back and hands nothing over for a while. */
  pause(
    lease: string,
    pause: { position: number; attempts: number; outages: number; error: string; delayMs: number },
  ): Promise<void>;
  /** Moves behind an event and keeps it as a dead letter. */
  bury(lease: string, letter: { position: number; attempts: number; error: string }): Promise<void>;
}

/** Of a refusal that is kept. */
export const MAX_ERROR_LENGTH = 1_000;

interface LeaseRow extends OutboxRow {
  from: string | null;
  attempts: number;
  outages: number;
  notForMs: number | null;
  newest: string | null;
}

export function createDeliveryStore(
  pool: DatabasePool,
  name: SubgraphName,
  { consumer, tenantKey }: { consumer: EventConsumer; tenantKey: string },
): DeliveryStore {
  const schema = raw(schemaOf(name));
  const key = sql`${tenantKey}::${raw(tenantKeyType(name))}`;
  const types = consumer.types === 'all' ? null : [...consumer.types];
  const database = () => pool.forCall(systemCall('events-delivery'));
  const mine = (lease: string) =>
    sql`c.consumer = ${consumer.name} AND c.tenant_key = ${key} AND c.lease = ${lease}`;

  return {
    async lease(lease, limit) {
      const rows = await database().rows<LeaseRow>(sql`
        WITH taken AS (
          INSERT INTO ${schema}.event_cursor AS c (consumer, tenant_key, lease, leased_until)
          VALUES (${consumer.name}, ${key}, ${lease}, now() + make_interval(secs => ${LEASE_SECONDS}))
          ON CONFLICT (consumer, tenant_key) DO UPDATE
          SET lease = excluded.lease, leased_until = excluded.leased_until
          WHERE (c.lease IS NULL OR c.lease = excluded.lease OR c.leased_until < now())
            AND (c.retry_at IS NULL OR c.retry_at <= now())
          RETURNING c.position, c.attempts, c.outages
        ), wanted AS (
          SELECT ${raw(outboxColumns('e'))} FROM ${schema}.outbox_event e, taken
          WHERE e.tenant_key = ${key} AND e.position > taken.position
            AND (${types}::text[] IS NULL OR e.type = ANY (${types}::text[]))
            AND (${consumer.since}::timestamptz IS NULL OR e.occurred_at >= ${consumer.since}::timestamptz)
          ORDER BY e.position LIMIT ${limit}
        )
        SELECT wanted.*, taken.position AS "from", taken.attempts, taken.outages,
          (SELECT ceil(extract(epoch FROM c.retry_at - now()) * 1000)::float FROM ${schema}.event_cursor c
           WHERE c.consumer = ${consumer.name} AND c.tenant_key = ${key} AND c.retry_at > now()) AS "notForMs",
          (SELECT max(e.position) FROM ${schema}.outbox_event e WHERE e.tenant_key = ${key}) AS newest
        FROM (SELECT) AS always LEFT JOIN taken ON true LEFT JOIN wanted ON true ORDER BY wanted.position`);
      const [first] = rows;
      if (!first) throw new Error('A lease answers one row at least');
      if (first.from === null) return { notForMs: first.notForMs };
      const events = rows.flatMap((row) => (row.id === null ? [] : [outboxEventOf(row)]));
      return {
        position: Number(first.from),
        attempts: first.attempts,
        outages: first.outages,
        events,
        newest: events.length < limit ? Number(first.newest ?? 0) : null,
      };
    },
    async moveTo(lease, position) {
      await database().rows(sql`
        UPDATE ${schema}.event_cursor c
        SET position = ${position}, attempts = 0, outages = 0, retry_at = NULL, last_error = NULL WHERE ${mine(lease)}`);
    },
    async release(lease, position) {
      await database().rows(sql`
        UPDATE ${schema}.event_cursor c SET position = greatest(c.position, ${position}::bigint), lease = NULL,
          leased_until = NULL, attempts = 0, outages = 0, retry_at = NULL, last_error = NULL WHERE ${mine(lease)}`);
    },
    async pause(lease, { position, attempts, outages, error, delayMs }) {
      await database().rows(sql`
        UPDATE ${schema}.event_cursor c SET position = ${position}, attempts = ${attempts}, outages = ${outages},
          last_error = ${error.slice(0, MAX_ERROR_LENGTH)}, lease = NULL, leased_until = NULL,
          retry_at = now() + make_interval(secs => ${delayMs / 1_000}::float) WHERE ${mine(lease)}`);
    },
    async bury(lease, { position, attempts, error }) {
      await database().rows(sql`
        WITH moved AS (
          UPDATE ${schema}.event_cursor c
          SET position = ${position}, attempts = 0, outages = 0, retry_at = NULL, last_error = NULL WHERE ${mine(lease)}
          RETURNING c.consumer, c.tenant_key, c.position
        )
        INSERT INTO ${schema}.event_dead_letter (id, consumer, tenant_key, position, attempts, error)
        SELECT ${uuid7()}, moved.*, ${attempts}::int, ${error.slice(0, MAX_ERROR_LENGTH)} FROM moved
        ON CONFLICT DO NOTHING`);
    },
  };
}
