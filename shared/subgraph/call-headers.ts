import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { CodedError } from '../errors/coded-error';
import { remainingMs } from './deadline';
import type { SubgraphCall } from './transport';

/** What differs between calls for one viewer. It travels beside the viewer's token, and nobody signs it. */
type Circumstances = Omit<SubgraphCall, 'viewer'>;

/** No call may ask for more time than the longest that REQUEST_TIMEOUT_MS allows. */
const MAX_REMAINING_MS = 600_000;
const MAX_ADDRESS = 64;
const MAX_USER_AGENT = 200;

/**
 * The headers of a call to one of our subgraphs. The time that is left travels as a length, because clocks differ. Throws
 * `REQUEST_TIMEOUT` when none is left.
 */
export function callHeaders(call: Circumstances): Record<string, string> {
  return {
    'x-request-id': call.requestId,
    'x-remaining-ms': String(remainingMs(call)),
    ...(call.address !== null && { 'x-caller-address': call.address }),
    ...(call.userAgent !== null && { 'x-caller-user-agent': call.userAgent }),
  };
}

/** Reads what `callHeaders` wrote, except for the request id. Throws `BAD_REQUEST` for a call that leaves no time. */
export function readCallHeaders(headers: IncomingHttpHeaders): Omit<Circumstances, 'requestId'> {
  const address = textOf(headers['x-caller-address'], MAX_ADDRESS);
  const remaining = Number(/^\d{1,9}$/.exec(String(headers['x-remaining-ms']))?.[0] ?? 0);
  if (remaining === 0) {
    throw new CodedError(
      'BAD_REQUEST',
      'The header x-remaining-ms says for how long the answer is waited for',
    );
  }
  return {
    address: isIP(address) === 0 ? null : address,
    userAgent: textOf(headers['x-caller-user-agent'], MAX_USER_AGENT) || null,
    deadline: Date.now() + Math.min(remaining, MAX_REMAINING_MS),
  };
}

function textOf(header: string | string[] | undefined, maxLength: number): string {
  return typeof header === 'string' ? header.slice(0, maxLength) : '';
}
