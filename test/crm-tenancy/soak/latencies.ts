/** How long requests took, in milliseconds, apart by what went on meanwhile. */
export class Latencies {
  readonly #during = new Map<string, number[]>();
  #now = 'warm-up';

  /** From here on requests count as made during `what`. */
  during(what: string): void {
    this.#now = what;
  }

  add(ms: number): void {
    const list = this.#during.get(this.#now);
    if (list) list.push(ms);
    else this.#during.set(this.#now, [ms]);
  }

  /** The 99th percentile during `what`. */
  p99(what: string): number {
    const sorted = [...(this.#during.get(what) ?? [])].sort((one, other) => one - other);
    return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  }

  /** `before: p99 12 ms of 400, …` */
  toString(): string {
    return [...this.#during.entries()]
      .map(([what, list]) => `${what}: p99 ${this.p99(what).toFixed(0)} ms of ${list.length}`)
      .join(', ');
  }
}
