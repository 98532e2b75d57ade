import { badInput } from '../errors/coded-error';
import type { Page } from '../pagination/connection';

/** Arguments of a query for what a system holds, as GraphQL hands them over. */
export interface HoldingArguments {
  first?: number | null;
  after?: string | null;
  keys?: readonly string[] | null;
  anyCase?: boolean | null;
}

export interface HoldingRequest {
  first: number;
  /** The key behind which to begin. */
  after: string | null;
  keys: readonly string[] | null;
  /** The same in lower case, where capitals are not to matter; then `keys` is `null`. */
  keysInLowerCase: readonly string[] | null;
}

const DEFAULT_FIRST = 100;
const MAX_FIRST = 500;

/** Reads the arguments; `parseKey` reads one key of the system's. Throws `BAD_USER_INPUT`. */
export function parseHoldings(
  { first, after, keys, anyCase }: HoldingArguments,
  parseKey: (value: string, path: string) => string,
): HoldingRequest {
  const count = first ?? DEFAULT_FIRST;
  if (count < 1 || count > MAX_FIRST) throw badInput('first', 'range', `must be from 1 to ${MAX_FIRST}`);
  if (keys && keys.length > MAX_FIRST) throw badInput('keys', 'count', `must be at most ${MAX_FIRST}`);
  const parsed = keys?.map((key) => parseKey(key, 'keys')) ?? null;
  return {
    first: count,
    after: after ? parseKey(after, 'after') : null,
    keys: anyCase ? null : parsed,
    keysInLowerCase: anyCase && parsed ? parsed.map((key) => key.toLowerCase()) : null,
  };
}

/** The page of which `rowsAndOneMore` has one row too many where there are more. A row's cursor is its key. */
export function holdingPage<Row extends { key: string }>(
  rowsAndOneMore: readonly Row[],
  { first, after }: HoldingRequest,
): Page<Row> {
  const edges = rowsAndOneMore.slice(0, first).map((node) => ({ node, cursor: node.key }));
  return {
    edges,
    pageInfo: {
      hasNextPage: rowsAndOneMore.length > first,
      hasPreviousPage: after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
