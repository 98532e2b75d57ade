type Kind = 'read' | 'write';

/** How long requests took, in milliseconds, reads and writes apart, by what went on meanwhile. */
export class Latencies {
  readonly #during = new Map<string, Record<Kind, number[]>>();
  #now = 'warm-up';

  /** From here on requests count as made during `what`. */
  during(what: string): void {
    this.#now = what;
  }

  add(kind: Kind, ms: number): void {
    const lists = this.#during.get(this.#now) ?? { read: [], write: [] };
    lists[kind].push(ms);
    this.#during.set(this.#now, lists);
  }

  /** `before: p99 12 ms of 400 (read 9, write 15), …` */
  toString(): string {
    return [...this.#during].map(([what, lists]) => described(what, lists)).join(', ');
  }

  /** The same of all that was made during none of `others`, as one. */
  butDuring(...others: string[]): string {
    const lists = [...this.#during].filter(([what]) => !others.includes(what)).map(([, each]) => each);
    return described('all of it', {
      read: lists.flatMap(({ read }) => read),
      write: lists.flatMap(({ write }) => write),
    });
  }
}

function described(what: string, { read, write }: Record<Kind, number[]>): string {
  const all = [...read, ...write];
  return `${what}: p99 ${p99(all)} ms of ${all.length} (read ${p99(read)}, write ${p99(write)})`;
}

/** The 99th percentile, rounded. */
function p99(list: readonly number[]): number {
  const sorted = [...list].sort((one, other) => one - other);
  return Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0);
}
