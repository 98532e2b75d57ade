import type { EventConsumer } from '../../../shared/events/delivery/event-consumer';

/** Who hears of events now. */
export interface ConsumerList {
  all(): Promise<readonly EventConsumer[]>;
  /** Reads them anew at the next look, for whoever has changed one. */
  forget(): void;
}

/** How long a consumer that another process added or took away may go unnoticed. */
export const CONSUMERS_LIVE_MS = 1_000;

/** The consumers that are always there, and those that `readOthers` finds, which is asked once a second at most. */
export function createConsumerList(
  fixed: readonly EventConsumer[],
  readOthers: () => Promise<readonly EventConsumer[]>,
): ConsumerList {
  let known: { until: number; consumers: Promise<readonly EventConsumer[]> } | null = null;

  async function read(): Promise<readonly EventConsumer[]> {
    return [...fixed, ...(await readOthers())];
  }

  return {
    all() {
      if (known && Date.now() < known.until) return known.consumers;
      const consumers = read();
      const entry = { until: Date.now() + CONSUMERS_LIVE_MS, consumers };
      known = entry;
      // What could not be read is read again by whoever asks next.
      consumers.catch(() => {
        if (known === entry) known = null;
      });
      return consumers;
    },
    forget() {
      known = null;
    },
  };
}
