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
    return [...this.#during]
      .map(([what, { read, write }]) => {
        const all = [...read, ...write];
        return `${what}: p99 ${p99(all)} ms of ${all.length} (read ${p99(read)}, write ${p99(write)})`;
      })
      .join(', ');
  }
}

/** The 99th percentile, rounded. */
function p99(list: readonly number[]): number {
  const sorted = [...list].sort((one, other) => one - other);
  return Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0);
}
