import { beforeDeadline } from './deadline';

/** When who asks must have an answer, and when what it would ask by itself gives up; both by `Date.now()`. */
export interface AskingTimes {
  deadline: number;
  asksUntil: number;
}

/** Lets equal queries that are under way at the same time share one answer. */
export interface QuerySharing<Answer> {
  /**
   * What `ask` answers, or what an equal query that was asked a moment ago is answered. `name` tells all that an answer
   * depends on. Throws `REQUEST_TIMEOUT` for whoever shares an answer that does not come before its own deadline, and what
   * `ask` throws for all who share it.
   */
  share(name: string, times: AskingTimes, ask: () => Promise<Answer>): Promise<Answer>;
  /** Lets nobody share what is under way: something was written since it was asked. */
  forget(): void;
}

/** How much older than asked for an answer may be, and how much of its time whoever shares it may lose. */
const MAY_DIFFER_MS = 100;

export function createQuerySharing<Answer>(): QuerySharing<Answer> {
  const underWay = new Map<string, { askedAt: number; asksUntil: number; answer: Promise<Answer> }>();

  return {
    share(name, { deadline, asksUntil }, ask) {
      const askedAt = Date.now();
      const known = underWay.get(name);
      if (known && askedAt - known.askedAt <= MAY_DIFFER_MS && asksUntil - known.asksUntil <= MAY_DIFFER_MS) {
        return beforeDeadline({ deadline }, () => known.answer);
      }
      const answer = ask().finally(() => {
        if (underWay.get(name)?.answer === answer) underWay.delete(name);
      });
      underWay.set(name, { askedAt, asksUntil, answer });
      return answer;
    },
    forget: () => underWay.clear(),
  };
}
