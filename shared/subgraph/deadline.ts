import { CodedError } from '../errors/coded-error';
import type { SubgraphCall } from './transport';

type Timed = Pick<SubgraphCall, 'deadline'>;

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
