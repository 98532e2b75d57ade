import { assertNever } from '../../shared/errors/coded-error';
import type { Consumer } from './consumers';
import type { DeadLetter, Replay } from './dead-letters';

/** A dead letter for people, in one line. */
export function letterLine({
  id,
  consumer,
  attempts,
  error,
  diedAt,
  replayAskedAt,
  event,
}: DeadLetter): string {
  const whose = event.tenantSlug ?? 'no tenant';
  const asked = replayAskedAt === null ? '' : `, asked for at ${replayAskedAt}`;
  return `${id}  ${diedAt}  ${consumer}  ${event.type} of ${whose}: ${error} (${attempts} attempts${asked})`;
}

export function replayLine({ id, outcome }: Replay): string {
  return `${id}  ${outcomeText(outcome)}`;
}

/** A consumer for people: how far behind it is, and why. */
export function consumerLine(consumer: Consumer): string {
  const { name, tenantsBehind, oldestUndeliveredAt, tenantsPaused, lastError, deadLetters } = consumer;
  const behind =
    tenantsBehind === 0
      ? 'has heard everything'
      : `${tenantsBehind} tenants behind, since ${oldestUndeliveredAt}`;
  const paused = tenantsPaused === 0 ? '' : `; ${tenantsPaused} paused: ${lastError}`;
  const dead = deadLetters === 0 ? '' : `; ${deadLetters} dead letters`;
  return `${name}  ${behind}${paused}${dead}`;
}

function outcomeText(outcome: Replay['outcome']): string {
  switch (outcome) {
    case 'ASKED':
      return 'is handed over again';
    case 'CONSUMER_GONE':
      return 'no consumer has its name now';
    case 'NOT_FOUND':
      return 'there is no such dead letter';
    default:
      return assertNever(outcome);
  }
}
