import type { Counter } from 'prom-client';
import type { Metrics } from './metrics';

/** How often a cache had what it was asked for, and how often not. */
export interface CacheCounts {
  hits: Counter;
  misses: Counter;
}

/**
 * The metrics `<name>_hits_total`, `<name>_misses_total` and `<name>_size` of a cache, from which follows whether it is large enough.
 * `of` says in the plural what it keeps.
 */
export function createCacheCounts(
  metrics: Metrics,
  { name, of }: { name: string; of: string },
  size: () => number,
): CacheCounts {
  metrics.gauge({ name: `${name}_size`, help: `${of} that are kept.` }, size);
  return {
    hits: metrics.counter({ name: `${name}_hits_total`, help: `${of} that were asked for and kept.` }),
    misses: metrics.counter({
      name: `${name}_misses_total`,
      help: `${of} that were asked for and not kept.`,
    }),
  };
}
