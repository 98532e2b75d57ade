import { badInput } from '../errors/coded-error';

/** Arguments of a connection as GraphQL hands them over. */
export interface PageArguments {
  first?: number | null;
  after?: string | null;
}

export interface PageRequest {
  first: number;
  after: string | null;
}

/** A value that may cost something to make; GraphQL calls the function when the query asks for the field. */
export type Lazy<Value> = Value | (() => Value);

/** A Relay connection without its count. */
export interface Page<Node> {
  edges: { node: Node; cursor: Lazy<string> }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: Lazy<string | null>;
    endCursor: Lazy<string | null>;
  };
}

/** A Relay connection. `totalCount` is a function, so that it is counted only when the query asks for it. */
export interface Connection<Node> extends Page<Node> {
  totalCount: () => number | Promise<number>;
}

const DEFAULT_FIRST = 25;
const MAX_FIRST = 100;
const MAX_CURSOR_LENGTH = 2_000;

/** Checks the arguments of a connection. Throws `BAD_USER_INPUT`. */
export function parsePage(args: PageArguments): PageRequest {
  const first = args.first ?? DEFAULT_FIRST;
  if (first < 1 || first > MAX_FIRST) {
    throw badInput('first', 'range', `must be from 1 to ${MAX_FIRST}; it was ${first}`);
  }
  const after = args.after ?? null;
  if (after !== null && after.length > MAX_CURSOR_LENGTH) {
    throw badInput('after', 'cursor', 'must be a cursor that this same list answered');
  }
  return { first, after };
}

/** The answer where there is nothing to list, such as for a system that is disabled. */
export function emptyConnection<Node>(): Connection<Node> {
  return {
    edges: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    totalCount: () => 0,
  };
}
