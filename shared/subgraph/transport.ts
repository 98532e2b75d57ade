import type { GraphQLFormattedError } from 'graphql';
import { systemViewer, type Viewer } from '../identity/viewer';

/** One GraphQL operation for a subgraph. */
export interface SubgraphRequest {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

/** On whose behalf, under which request id, and until when the operation runs. */
export interface SubgraphCall {
  viewer: Viewer;
  requestId: string;
  /** The caller's network address as the gateway saw it; `null` for what the graph does by itself. */
  address: string | null;
  /** The `User-Agent` that the caller sent, cut to 200 characters; `null` where there is none. */
  userAgent: string | null;
  /** The moment, by `Date.now()`, after which nobody waits for the answer any more. */
  deadline: number;
}

/**
 * The call alone: a context passes for a call, and has more. Spread it last into a context: V8 adds properties behind a spread
 * one by one, some fifty times as slowly as it makes an object of known ones.
 */
export function callOf({ viewer, requestId, address, userAgent, deadline }: SubgraphCall): SubgraphCall {
  return { viewer, requestId, address, userAgent, deadline };
}

export interface SubgraphResponse {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
  extensions?: Record<string, unknown>;
}

/**
 * The way to a subgraph: inside this process or over HTTP. `execute` rejects when the subgraph gives no GraphQL
 * answer; a GraphQL answer with errors is an answer.
 */
export interface SubgraphTransport {
  execute(request: SubgraphRequest, call: SubgraphCall): Promise<SubgraphResponse>;
  /** Rejects when the subgraph cannot serve at the moment. */
  checkHealth(): Promise<void>;
}

const SYSTEM_CALL_MS = 10_000;

/** A call that the graph makes by itself. `milliseconds` is how long its answer is waited for. */
export function systemCall(requestId: string, milliseconds = SYSTEM_CALL_MS): SubgraphCall {
  return {
    viewer: systemViewer,
    requestId,
    address: null,
    userAgent: null,
    deadline: Date.now() + milliseconds,
  };
}
