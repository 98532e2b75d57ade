import { beforeDeadline } from './deadline';
import type { SubgraphCall } from './transport';

/** Lets equal queries that are under way at the same time share one answer. */
export interface QuerySharing<Answer> {
  /**
   * What `ask` answers, or what an equal query that was asked a moment ago is answered. `name` tells all that an answer
   * depends on. Throws `REQUEST_TIMEOUT` for whoever shares an answer that does not come before its own deadline.
   */
  share(name: string, call: Pick<SubgraphCall, 'deadline'>, ask: () => Promise<Answer>): Promise<Answer>;
  /** Lets nobody share what is under way: something was written since it was asked. */
  forget(): void;
}

/** How much older than asked for an answer may be, and how much of its time whoever shares it may lose. */
const MAY_DIFFER_MS = 100;

export function createQuerySharing<Answer>(): QuerySharing<Answer> {
  const underWay = new Map<string, { askedAt: number; deadline: number; answer: Promise<Answer> }>();

  return {
    share(name, call, ask) {
      const askedAt = Date.now();
      const known = underWay.get(name);
      if (
        known &&
        askedAt - known.askedAt <= MAY_DIFFER_MS &&
        call.deadline - known.deadline <= MAY_DIFFER_MS
      ) {
        return beforeDeadline(call, () => known.answer);
      }
      const answer = ask().finally(() => {
        if (underWay.get(name)?.answer === answer) underWay.delete(name);
      });
      underWay.set(name, { askedAt, deadline: call.deadline, answer });
      return answer;
    },
    forget: () => underWay.clear(),
  };
}
