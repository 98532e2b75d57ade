import type { GraphQLFormattedError } from 'graphql';
import type { Viewer } from '../identity/viewer';

/** One GraphQL operation for a subgraph. */
export interface SubgraphRequest {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

/** On whose behalf, and under which request id, the operation runs. */
export interface SubgraphCall {
  viewer: Viewer;
  requestId: string;
}

export interface SubgraphResponse {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
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
