/** Counts how often each of some things is used. */
export interface UseCounter<Thing> {
  count(thing: Thing): void;
  /** How many things were used within the last interval. */
  size(): number;
  /** Writes down what is not written yet. */
  stop(): Promise<void>;
}

/** Uses of one thing that are not written yet. */
export interface CountedUses {
  uses: number;
  lastUsedAt: Date;
}

export interface UseCounterOptions<Thing> {
  /** What tells one thing from another. */
  keyOf: (thing: Thing) => string;
  /** Adds the uses to those that are written. When it throws, they are written with the next ones. */
  write: (thing: Thing, counted: CountedUses) => Promise<unknown>;
  onError: (error: unknown, thing: Thing) => void;
  everyMs?: number;
}

interface Counted<Thing> extends CountedUses {
  thing: Thing;
  /** Until it rings, nothing more is written. */
  timer?: NodeJS.Timeout;
  writing: Promise<void>;
}

const WRITE_EVERY_MS = 60_000;

/**
 * Writes uses down: the first at once, what follows once a minute (`everyMs`) for each thing, whatever the traffic. Nobody
 * waits for it, and a process that is killed loses the uses of its last minute.
 */
export function createUseCounter<Thing>({
  keyOf,
  write,
  onError,
  everyMs = WRITE_EVERY_MS,
}: UseCounterOptions<Thing>): UseCounter<Thing> {
  const counted = new Map<string, Counted<Thing>>();

  async function writeDown(item: Counted<Thing>): Promise<void> {
    const { thing, uses, lastUsedAt } = item;
    item.uses = 0;
    try {
      await write(thing, { uses, lastUsedAt });
    } catch (error) {
      item.uses += uses;
      onError(error, thing);
    }
  }

  function writeNow(key: string, item: Counted<Thing>): void {
    item.writing = writeDown(item);
    item.timer = setTimeout(() => {
      if (item.uses > 0) writeNow(key, item);
      else counted.delete(key);
    }, everyMs).unref();
  }

  return {
    count(thing) {
      const key = keyOf(thing);
      const known = counted.get(key);
      if (known) {
        known.uses += 1;
        known.lastUsedAt = new Date();
        return;
      }
      const item = { thing, uses: 1, lastUsedAt: new Date(), writing: Promise.resolve() };
      counted.set(key, item);
      writeNow(key, item);
    },
    size: () => counted.size,
    async stop() {
      const last = [...counted.values()];
      counted.clear();
      for (const item of last) {
        clearTimeout(item.timer);
        await item.writing;
        if (item.uses > 0) await writeDown(item);
      }
    },
  };
}
