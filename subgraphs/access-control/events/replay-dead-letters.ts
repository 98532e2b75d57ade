import sql from 'sql-template-tag';
import { badInput } from '../../../shared/errors/coded-error';
import { parseUuid } from '../../../shared/input/parse-input';
import type { NewJob } from '../../../shared/jobs/jobs';
import { NO_TENANT } from '../../../shared/tenancy/no-tenant';
import type { Context } from '../context';
import { findDeadLetters } from './dead-letters';

export const REPLAY_QUEUE = 'events-replay';
const MAX_AT_ONCE = 100;

/** What comes of asking for a dead letter to be handed over again. */
export interface DeadLetterReplay {
  id: string;
  outcome: 'ASKED' | 'CONSUMER_GONE' | 'NOT_FOUND';
}

/** The job that hands one dead letter over, now or later. */
export function replayJob(id: string, delayMs = 0): NewJob {
  return { queue: REPLAY_QUEUE, data: { id }, key: id, delayMs };
}

/**
 * Asks for each dead letter to be handed to its consumer again. What is asked for twice is done once. Throws
 * `BAD_USER_INPUT` for more than a hundred, or for what is no id.
 */
export async function replayDeadLetters(
  { database, consumers }: Context,
  given: readonly string[],
): Promise<DeadLetterReplay[]> {
  if (given.length > MAX_AT_ONCE) throw badInput('ids', 'max', `must be ${MAX_AT_ONCE} at most`);
  const ids = [...new Set(given.map((id, index) => parseUuid(id, `ids.${index}`)))];
  const found = new Map((await findDeadLetters(database, ids)).map((letter) => [letter.id, letter]));
  const present = new Set((await consumers.all()).map(({ name }) => name));
  const replays = ids.map((id): DeadLetterReplay => {
    const letter = found.get(id);
    if (!letter) return { id, outcome: 'NOT_FOUND' };
    return { id, outcome: present.has(letter.consumer) ? 'ASKED' : 'CONSUMER_GONE' };
  });
  const asked = replays.filter(({ outcome }) => outcome === 'ASKED').map(({ id }) => id);
  if (asked.length === 0) return replays;

  await database.transaction(async (transaction) => {
    const marked = await transaction.rows<{ id: string; replayAskedAt: Date }>(sql`
      UPDATE access_control.event_dead_letter SET replay_asked_at = now()
      WHERE id = ANY (${asked}::uuid[]) AND replay_asked_at IS NULL
      RETURNING id, replay_asked_at AS "replayAskedAt"`);
    for (const { id, replayAskedAt } of marked) {
      const letter = found.get(id);
      await transaction.record({
        action: 'replayDeadLetters',
        tenantKey: letter?.event.tenantId ?? NO_TENANT,
        recordType: 'DeadLetter',
        recordId: id,
        before: { consumer: letter?.consumer, eventId: letter?.event.id, replayAskedAt: null },
        after: { consumer: letter?.consumer, eventId: letter?.event.id, replayAskedAt },
      });
    }
    for (const id of asked) await transaction.enqueue(replayJob(id));
  });
  return replays;
}
