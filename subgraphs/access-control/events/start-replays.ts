import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import sql, { raw } from 'sql-template-tag';
import type { DatabasePool } from '../../../shared/database/database';
import { MAX_ERROR_LENGTH } from '../../../shared/events/delivery/delivery-store';
import type { EventConsumer, HandOver } from '../../../shared/events/delivery/event-consumer';
import { HAND_OVER_MAY_TAKE_MS, LEASE_SECONDS } from '../../../shared/events/delivery/lease-times';
import { beforeDeadline } from '../../../shared/subgraph/deadline';
import { systemCall } from '../../../shared/subgraph/transport';
import type { ConsumerList } from './consumer-list';
import { DEAD_LETTERS, type DeadLetter, deadLetterColumns, deadLetterOf } from './dead-letters';
import { REPLAY_QUEUE, replayJob } from './replay-dead-letters';

const AT_ONCE = 4;
/** How soon a consumer is asked again that could not be. */
const AWAY_MS = 10_000;

interface ReplayOptions {
  database: DatabasePool;
  consumers: ConsumerList;
  logger: Logger;
}

/** Begins to hand over again, in this process, what was given up and asked for. */
export async function startReplays({ database, consumers, logger }: ReplayOptions): Promise<void> {
  await database.jobs.work(REPLAY_QUEUE, {
    batchSize: 1,
    concurrency: AT_ONCE,
    async handle(jobs) {
      for (const { id } of jobs as { id: string }[]) {
        const delayMs = await replay({ database, consumers, logger }, id);
        if (delayMs !== null) await database.jobs.enqueue([replayJob(id, delayMs)]);
      }
    },
  });
}

/**
 * Hands the letter's event over, by itself, whatever else the consumer hears meanwhile. One worker at a time does so, by a
 * lease. Answers after how many milliseconds to come again, or `null` where there is nothing left to do.
 */
async function replay({ database, consumers, logger }: ReplayOptions, id: string): Promise<number | null> {
  const lease = randomUUID();
  const letter = await leaseLetter(database, id, lease);
  if (letter === null) return null;
  if (letter === 'leased') return LEASE_SECONDS * 1_000;
  const consumer = (await consumers.all()).find(({ name }) => name === letter.consumer);
  if (!consumer) {
    await noteRefusal(database, id, lease, { error: 'no consumer has this name now', isLast: true });
    return null;
  }
  const turn = consumer.takeTurn?.() ?? null;
  if (turn && 'notForMs' in turn) {
    await giveBack(database, id, lease);
    return turn.notForMs;
  }
  try {
    const { refusal, retryAfterMs } = await hand(consumer, letter);
    if (refusal === null) {
      await removeLetter(database, id, lease);
      return null;
    }
    const times = letter.replayAttempts + 1;
    const isLast = times >= consumer.retry.attempts;
    await noteRefusal(database, id, lease, { error: refusal, isLast });
    return isLast ? null : Math.max(consumer.retry.delayMs(times), retryAfterMs ?? 0);
  } catch (error) {
    const about = { consumer: consumer.name, deadLetter: id, reason: (error as Error).message };
    logger.warn(about, 'A dead letter waits for its consumer, which cannot be asked');
    await giveBack(database, id, lease);
    return AWAY_MS;
  } finally {
    turn?.end();
  }
}

async function hand(consumer: EventConsumer, { event }: DeadLetter): Promise<HandOver> {
  const call = systemCall('events-replay', HAND_OVER_MAY_TAKE_MS);
  const answer = await beforeDeadline(call, () => consumer.handOver([event], call));
  if (answer.taken === 1) return { taken: 1, refusal: null };
  return { ...answer, refusal: answer.refusal ?? 'it was not taken, and no reason given' };
}

const scoped = (database: DatabasePool) => database.forCall(systemCall('events-replay'));

/** The letter that this worker has from now on; `leased` where another one has it, `null` where nobody waits for it. */
async function leaseLetter(
  database: DatabasePool,
  id: string,
  lease: string,
): Promise<DeadLetter | 'leased' | null> {
  const got = await scoped(database).rows(sql`
    UPDATE access_control.event_dead_letter
    SET lease = ${lease}, leased_until = now() + make_interval(secs => ${LEASE_SECONDS})
    WHERE id = ${id} AND replay_asked_at IS NOT NULL AND (lease IS NULL OR leased_until < now()) RETURNING id`);
  const row = await scoped(database).row<Parameters<typeof deadLetterOf>[0]>(sql`
    SELECT ${raw(deadLetterColumns)} FROM ${raw(DEAD_LETTERS)} WHERE d.id = ${id} AND d.replay_asked_at IS NOT NULL`);
  if (row === null) return null;
  return got.length === 0 ? 'leased' : deadLetterOf(row);
}

async function removeLetter(database: DatabasePool, id: string, lease: string): Promise<void> {
  await scoped(database).rows(sql`
    DELETE FROM access_control.event_dead_letter WHERE id = ${id} AND lease = ${lease}`);
}

/** The letter stays, with one attempt more and its reason; after the last one nobody waits for it any more. */
async function noteRefusal(
  database: DatabasePool,
  id: string,
  lease: string,
  { error, isLast }: { error: string; isLast: boolean },
): Promise<void> {
  await scoped(database).rows(sql`
    UPDATE access_control.event_dead_letter SET attempts = attempts + 1, error = ${error.slice(0, MAX_ERROR_LENGTH)},
      replay_asked_at = CASE WHEN ${isLast} THEN NULL ELSE replay_asked_at END,
      replay_attempts = CASE WHEN ${isLast} THEN 0 ELSE replay_attempts + 1 END,
      lease = NULL, leased_until = NULL
    WHERE id = ${id} AND lease = ${lease}`);
}

async function giveBack(database: DatabasePool, id: string, lease: string): Promise<void> {
  await scoped(database).rows(sql`
    UPDATE access_control.event_dead_letter SET lease = NULL, leased_until = NULL WHERE id = ${id} AND lease = ${lease}`);
}
