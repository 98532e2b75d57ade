/** What a counter says of one more use. `unknown` where what it counts in did not answer. */
export type Verdict =
  | { kind: 'within' }
  | { kind: 'over'; retryAfterSeconds: number }
  | { kind: 'unknown'; cause: unknown };

/** Counts uses by key in windows of a minute that begin with a key's first use. Uses that are refused count too. */
export interface Counter {
  /** Counts `points` uses at once: two callers that meet at the limit do not both get in. Never rejects. */
  consume(key: string, points: number): Promise<Verdict>;
}

/** Seconds of a window. */
export const WINDOW_SECONDS = 60;
