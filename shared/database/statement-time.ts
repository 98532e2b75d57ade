import { remainingMs, tookTooLong } from '../subgraph/deadline';
import type { SubgraphCall } from '../subgraph/transport';
import { postgresErrorOf } from './postgres-errors';

/** Milliseconds after which PostgreSQL ends a statement of ours. */
export const STATEMENT_TIMEOUT_MS = 10_000;

/** Milliseconds that PostgreSQL may take for a statement of the call. Throws `REQUEST_TIMEOUT` when there are none. */
export function statementTimeout(call: SubgraphCall): number {
  return Math.min(remainingMs(call), STATEMENT_TIMEOUT_MS);
}

/** What PostgreSQL says of a statement that it ended at the call's deadline is that the request took too long. */
export function atDeadline(error: unknown, { deadline }: SubgraphCall): unknown {
  const isLate = postgresErrorOf(error)?.code === '57014' && Date.now() >= deadline;
  return isLate ? tookTooLong(error) : error;
}
