import sql, { raw, type Sql } from 'sql-template-tag';
import type { Database } from '../../../shared/database/database';
import type { EventEnvelope } from '../../../shared/events/event';
import { type OutboxRow, outboxEventOf } from '../../../shared/events/outbox';
import type { Connection, PageRequest } from '../../../shared/pagination/connection';
import { readConnection } from '../../../shared/pagination/keyset-list';

/** An event that was given up for one consumer. */
export interface DeadLetter {
  id: string;
  consumer: string;
  attempts: number;
  error: string;
  diedAt: Date;
  /** When somebody asked for it to be handed over again, until that is done. */
  replayAskedAt: Date | null;
  /** How often it was refused since. */
  replayAttempts: number;
  event: EventEnvelope;
}

/** A dead letter's row, with its event's columns under names of their own. */
interface DeadLetterRow extends Omit<DeadLetter, 'event'>, Omit<OutboxRow, 'id'> {
  eventId: string;
}

export const DEAD_LETTERS = `access_control.event_dead_letter d
  JOIN access_control.outbox_event e ON e.tenant_key = d.tenant_key AND e.position = d.position`;

export const deadLetterColumns = `d.id AS "id", d.consumer AS "consumer", d.attempts AS "attempts", d.error AS "error",
  d.died_at AS "diedAt", d.replay_asked_at AS "replayAskedAt", d.replay_attempts AS "replayAttempts", e.id AS "eventId", e.position, e.type, e.version,
  e.source, e.payload, e.occurred_at AS "occurredAt", e.tenant_id AS "tenantId", e.tenant_slug AS "tenantSlug",
  e.user_id AS "userId", e.correlation_id AS "correlationId"`;

export function deadLetterOf(row: DeadLetterRow): DeadLetter {
  const { id, consumer, attempts, error, diedAt, replayAskedAt, replayAttempts } = row;
  const { event } = outboxEventOf({ ...row, id: row.eventId });
  return { id, consumer, attempts, error, diedAt, replayAskedAt, replayAttempts, event };
}

export interface DeadLetterConditions {
  consumer: string | null;
  tenantId: string | null;
}

/** Those that the viewer reaches, newest first. Throws `BAD_USER_INPUT` when the cursor is not one of this list. */
export async function listDeadLetters(
  database: Database,
  page: PageRequest,
  { consumer, tenantId }: DeadLetterConditions,
): Promise<Connection<DeadLetter>> {
  const list = {
    name: `deadLetters:${consumer ?? ''}:${tenantId ?? ''}`,
    from: DEAD_LETTERS,
    columns: deadLetterColumns,
    id: 'd.id',
    sort: { column: 'd.died_at', property: 'diedAt', type: 'timestamptz', direction: 'DESC' },
  } as const;
  const where: Sql[] = [];
  if (consumer !== null) where.push(sql`d.consumer = ${consumer}`);
  if (tenantId !== null) where.push(sql`d.tenant_key = ${tenantId}`);
  const { edges, ...rest } = await readConnection<DeadLetterRow>(database, list, page, where);
  return { edges: edges.map(({ node, cursor }) => ({ node: deadLetterOf(node), cursor })), ...rest };
}

/** Those of the ids that the viewer reaches. */
export async function findDeadLetters(database: Database, ids: readonly string[]): Promise<DeadLetter[]> {
  const rows = await database.rows<DeadLetterRow>(sql`
    SELECT ${raw(deadLetterColumns)} FROM ${raw(DEAD_LETTERS)} WHERE d.id = ANY (${[...ids]}::uuid[])`);
  return rows.map(deadLetterOf);
}
