import type { Turn } from './event-consumer';
import { exponential } from './retry-rules';

/** How many ask a consumer at once, and how long it is left alone when it cannot be asked, the first time and at most. */
export interface GateRules {
  atOnce: number;
  firstPauseMs: number;
  longestPauseMs: number;
}

/**
 * Keeps a consumer that hangs or is away from occupying the workers of its queue: few ask it at once, and while it fails
 * one alone does, after pauses that double. It knows of this process alone.
 */
export interface ConsumerGate {
  takeTurn(): Turn | { notForMs: number };
  /** The consumer answered. */
  answered(): void;
  /** It did not, or asks to be left alone for at least `forMs`. */
  failed(forMs?: number): void;
}

/** How soon somebody comes again who found enough others there. */
const BUSY_MS = 250;

export function createConsumerGate({ atOnce, firstPauseMs, longestPauseMs }: GateRules): ConsumerGate {
  let inside = 0;
  let failures = 0;
  let closedUntil = 0;
  return {
    takeTurn() {
      const notForMs = closedUntil - Date.now();
      if (notForMs > 0) return { notForMs };
      if (inside >= (failures === 0 ? atOnce : 1)) return { notForMs: BUSY_MS };
      inside += 1;
      return {
        end() {
          inside -= 1;
        },
      };
    },
    answered() {
      failures = 0;
    },
    failed(forMs = 0) {
      const now = Date.now();
      // Those who were inside together met one failure.
      if (now >= closedUntil) failures += 1;
      const pauseMs = exponential(failures, { firstMs: firstPauseMs, longestMs: longestPauseMs });
      closedUntil = Math.max(closedUntil, now + Math.max(pauseMs, forMs));
    },
  };
}
