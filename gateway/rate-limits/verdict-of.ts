import { RateLimiterRes } from 'rate-limiter-flexible';
import type { Verdict } from './counter';

/** Reads how rate-limiter-flexible answers: it resolves within the limit, rejects with a result over it, or fails. */
export async function verdictOf(consumption: Promise<RateLimiterRes>): Promise<Verdict> {
  try {
    await consumption;
    return { kind: 'within' };
  } catch (reason) {
    if (!(reason instanceof RateLimiterRes)) return { kind: 'unknown', cause: reason };
    return { kind: 'over', retryAfterSeconds: Math.max(Math.ceil(reason.msBeforeNext / 1_000), 1) };
  }
}
