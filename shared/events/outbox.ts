import sql, { raw, type Sql } from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import { storableJson } from '../database/storable-json';
import type { NewJob } from '../jobs/jobs';
import { schemaOf } from '../subgraph/names';
import type { SubgraphCall } from '../subgraph/transport';
import type { EventEnvelope, NewEvent } from './event';
import { EVENT_VERSION, eventCatalogue } from './event-catalogue';

/**
 * The statement that puts an event into the schema's outbox; the database numbers and times it. Throws for an event
 * that the catalogue gives to another subgraph.
 */
export function outboxStatement(schema: string, { viewer, requestId }: SubgraphCall, event: NewEvent): Sql {
  const { source } = eventCatalogue[event.type];
  if (schemaOf(source) !== schema)
    throw new Error(`${event.type} is published by ${source}, not by ${schema}`);
  return sql`
    INSERT INTO ${raw(schema)}.outbox_event
      (id, tenant_key, tenant_id, tenant_slug, type, version, source, payload, user_id, correlation_id)
    VALUES (${uuid7()}, ${event.tenantKey}, ${event.tenant?.id ?? null}, ${event.tenant?.slug ?? null}, ${event.type},
      ${EVENT_VERSION}, ${source}, ${storableJson(event.payload)}, ${viewer.subject}, ${requestId})`;
}

/** The queue of jobs that say of a tenant that it has new events. */
export const OUTBOX_QUEUE = 'outbox';

/** The job that goes with an event into its transaction. */
export function announcement(tenantKey: string): NewJob {
  return { queue: OUTBOX_QUEUE, data: { tenantKey }, key: tenantKey };
}

/** An event with its place in its tenant's stream, from 1. */
export interface OutboxEvent {
  position: number;
  event: EventEnvelope;
}

/** What an event's row is read by. */
export function outboxColumns(alias: string): string {
  const names = ['position', 'id', 'type', 'version', 'source', 'payload'].map((name) => `${alias}.${name}`);
  return `${names.join(', ')}, ${alias}.occurred_at AS "occurredAt", ${alias}.tenant_id AS "tenantId",
    ${alias}.tenant_slug AS "tenantSlug", ${alias}.user_id AS "userId", ${alias}.correlation_id AS "correlationId"`;
}

/** An event as `outboxColumns` reads it. */
export interface OutboxRow extends Omit<EventEnvelope, 'timestamp' | 'metadata'> {
  position: string;
  occurredAt: Date;
  userId: string;
  correlationId: string;
}

export function outboxEventOf(row: OutboxRow): OutboxEvent {
  const { id, type, version, tenantId, tenantSlug, source, payload } = row;
  return {
    position: Number(row.position),
    // What the outbox holds was typed by the catalogue when it was written.
    event: {
      id,
      type,
      version,
      timestamp: row.occurredAt.toISOString(),
      tenantId,
      tenantSlug,
      source,
      payload,
      metadata: { userId: row.userId, correlationId: row.correlationId },
    } as EventEnvelope,
  };
}
