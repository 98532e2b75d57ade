import type { SubgraphCall } from '../../subgraph/transport';
import type { EventEnvelope } from '../event';
import type { EventType } from '../event-catalogue';

/** What came of handing events over, oldest first: a consumer takes them in their order, up to one that it cannot take. */
export interface HandOver {
  /** How many of the events took effect, or had before. */
  taken: number;
  /** Why the next one did not; `null` when all did. */
  refusal: string | null;
  /** Milliseconds before which the next one is not to be offered again, where the consumer said so. */
  retryAfterMs?: number | null;
}

/** What a worker holds while it hands events to a consumer that is asked by few at once. */
export interface Turn {
  end(): void;
}

/** How often an event is offered to a consumer that refuses it, and how long apart. */
export interface RetryRules {
  /** After so many refusals the event is a dead letter, and the next one's turn comes. */
  attempts: number;
  /** Milliseconds to wait after that many refusals, 1 or more. */
  delayMs(refusals: number): number;
}

/** Somebody who hears of events: of each at least once, and of one tenant's in their order. */
export interface EventConsumer {
  /** Its name in cursors and dead letters, which stays. */
  name: string;
  /** The queue whose workers hand its events over. Consumers that must not delay each other have one each. */
  queue: string;
  /** The types that it hears of, or all. */
  types: readonly EventType[] | 'all';
  /** The one tenant that it hears of; `null` for all. */
  tenantKey: string | null;
  /** It hears of what happened at this moment or later; `null` for everything that is kept. */
  since: Date | null;
  retry: RetryRules;
  /** Lets a worker begin to hand events over, or says how long it is to leave the consumer alone. */
  takeTurn?(): Turn | { notForMs: number };
  /** Hands events of one tenant over, oldest first. A consumer that cannot be asked at the moment throws. */
  handOver(events: EventEnvelope[], call: SubgraphCall): Promise<HandOver>;
}

export function wants(
  { types, tenantKey }: EventConsumer,
  tenant: string,
  found: readonly EventType[],
): boolean {
  if (tenantKey !== null && tenantKey !== tenant) return false;
  return types === 'all' || found.some((type) => types.includes(type));
}
