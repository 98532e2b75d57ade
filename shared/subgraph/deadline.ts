import { CodedError } from '../errors/coded-error';
import type { SubgraphCall } from './transport';

type Timed = Pick<SubgraphCall, 'deadline'>;

/** How much of a call's time one wait within it may take; the rest is for telling whose answer did not come. */
const SHARE_OF_CALL = 0.75;

/** `REQUEST_TIMEOUT`. */
export function tookTooLong(cause?: unknown): CodedError {
  return new CodedError('REQUEST_TIMEOUT', 'The request took longer than it may', { cause });
}

/** Milliseconds until the call's deadline, 1 or more. Throws `REQUEST_TIMEOUT` when it has passed. */
export function remainingMs({ deadline }: Timed): number {
  const remaining = deadline - Date.now();
  if (remaining <= 0) throw tookTooLong();
  return remaining;
}

/**
 * The same call for what is asked of another system within it: over before the call itself is, and after `milliseconds` at the
 * latest, so that of two systems the one that hangs is named. Throws `REQUEST_TIMEOUT` when the call is over.
 */
export function innerCall<Call extends Timed>(call: Call, milliseconds = Number.POSITIVE_INFINITY): Call {
  // Between processes the time that is left travels as a whole number.
  const mayTake = Math.floor(Math.min(milliseconds, SHARE_OF_CALL * remainingMs(call)));
  return { ...call, deadline: Date.now() + mayTake };
}

/** What `ask` answers, if it does so before the call's deadline. Throws `REQUEST_TIMEOUT` otherwise; `ask` goes on. */
export function beforeDeadline<T>(call: Timed, ask: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const remaining = remainingMs(call);
    const asked = ask();
    const timer = setTimeout(() => reject(tookTooLong()), remaining);
    asked.then(
      (answer) => {
        clearTimeout(timer);
        resolve(answer);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
