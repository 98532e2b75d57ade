import type { Logger } from 'pino';
import sql, { raw, type Sql } from 'sql-template-tag';
import type { DatabasePool, Transaction } from '../../database/database';
import { isDatabaseUnavailable } from '../../database/postgres-errors';
import { CodedError, isOutage } from '../../errors/coded-error';
import { systemViewer } from '../../identity/viewer';
import { type SubgraphName, schemaOf } from '../../subgraph/names';
import type { EventEnvelope } from '../event';
import type { TakeEvents } from './receive-events';

/** Longer than whoever sends events keeps them. */
const NOTES_ARE_KEPT_DAYS = 60;

/**
 * Takes events one by one, each in a transaction with its note in the schema's `event_inbox`, so that one that comes
 * again has no effect. `handle` gets the transaction; what it throws refuses the event and undoes everything.
 */
export function oncePerEvent(
  pool: DatabasePool,
  { name, consumer, logger }: { name: SubgraphName; consumer: string; logger: Logger },
  handle: (transaction: Transaction, event: EventEnvelope) => Promise<void>,
): TakeEvents {
  return async (events, call) => {
    for (const [taken, event] of events.entries()) {
      const requestId = event.metadata.correlationId;
      const database = pool.forCall({ ...call, viewer: systemViewer, requestId });
      try {
        await database.transaction(async (transaction) => {
          const noted = await transaction.rows(sql`
            INSERT INTO ${raw(schemaOf(name))}.event_inbox (consumer, event_id, tenant_id)
            VALUES (${consumer}, ${event.id}, ${event.tenantId})
            ON CONFLICT DO NOTHING RETURNING event_id`);
          if (noted.length === 0) return;
          await handle(transaction, event);
          await transaction.rows(forgetOldNotes(name));
        });
      } catch (error) {
        if (!isOutage(error) && !isDatabaseUnavailable(error))
          return { taken, refusal: refusalOf(error, event, logger) };
        // The sender comes again with the rest, and meets the outage by itself.
        if (taken > 0) return { taken, refusal: null };
        throw error;
      }
    }
    return { taken: events.length, refusal: null };
  };
}

/** The statement that removes the notes of events that nobody keeps any more. */
export function forgetOldNotes(name: SubgraphName): Sql {
  return sql`
    DELETE FROM ${raw(schemaOf(name))}.event_inbox
    WHERE taken_at < now() - make_interval(days => ${NOTES_ARE_KEPT_DAYS}::int)`;
}

/** What the sender is told, and whoever reads its list of consumers; words of the database or of a library stop at the log. */
function refusalOf(error: unknown, { id }: EventEnvelope, logger: Logger): string {
  if (error instanceof CodedError) return error.message;
  logger.error({ err: error, eventId: id }, 'An event met a defect');
  return `the event met a defect; the log tells of it under the event ${id}`;
}
