import { LRUCache } from 'lru-cache';
import { CodedError } from '../../shared/errors/coded-error';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import { callerOf } from './charges';
import { WINDOW_SECONDS } from './counter';

/** Counts documents that cannot be parsed or do not fit the schema, which cost work and are never counted as reads. */
export interface RefusedDocuments {
  count(call: SubgraphCall): void;
  /** Throws `RATE_LIMITED` for a caller who sent more of them within a minute than it may read. */
  assertFew(call: SubgraphCall): void;
}

const MAX_CALLERS = 50_000;

/** Each process counts for itself, because what is saved is its own time. A `limit` of 0 is no limit. */
export function createRefusedDocuments(limit: number): RefusedDocuments {
  const counts = new LRUCache<string, number>({
    max: MAX_CALLERS,
    ttl: WINDOW_SECONDS * 1_000,
    noUpdateTTL: true,
  });
  return {
    count(call) {
      const caller = callerOf(call);
      counts.set(caller, (counts.get(caller) ?? 0) + 1);
    },
    assertFew(call) {
      const caller = callerOf(call);
      if (limit === 0 || (counts.get(caller) ?? 0) <= limit) return;
      const retryAfterSeconds = Math.ceil(counts.getRemainingTTL(caller) / 1_000);
      throw new CodedError(
        'RATE_LIMITED',
        `Too many documents that are none; repeat in ${retryAfterSeconds} s`,
        {
          retryAfterSeconds,
        },
      );
    },
  };
}
