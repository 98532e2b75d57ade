import { StartError } from '../../shared/start-error';

/** Asks the graph over HTTP. Throws a `GraphRefusal`, or a `StartError` when no graph answers. */
export type AskGraph = <Data>(query: string, variables: Record<string, unknown>) => Promise<Data>;

/** The graph understood the request and refuses it; one line for each reason. */
export class GraphRefusal extends Error {
  constructor(readonly reasons: string[]) {
    super(reasons.join('\n'));
    this.name = 'GraphRefusal';
  }
}

interface GraphError {
  message: string;
  extensions?: { code?: string };
}

const ANSWER_MS = 60_000;

/** `url` is the graph's address with or without `/graphql`; `token` is asked for before each request. */
export function createAskGraph(url: string, token: () => Promise<string>): AskGraph {
  const endpoint = url.replace(/\/+$/, '').replace(/(\/graphql)?$/, '/graphql');
  return async <Data>(query: string, variables: Record<string, unknown>) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await token()}` };
    const answer = await send(endpoint, headers, JSON.stringify({ query, variables }));
    if (answer.errors) {
      throw new GraphRefusal(
        answer.errors.map(({ message, extensions }) => `${message} (${extensions?.code ?? 'no code'})`),
      );
    }
    return answer.data as Data;
  };
}

async function send(
  endpoint: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ data?: unknown; errors?: GraphError[] }> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers,
    body,
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((error: Error & { cause?: Error }) => {
    throw new StartError(`No graph answers at ${endpoint}: ${error.cause?.message || error.message}`, error);
  });
  const answer: unknown = await response.json().catch(() => null);
  if (typeof answer !== 'object' || answer === null || !('data' in answer || 'errors' in answer)) {
    throw new StartError(`What answers at ${endpoint} is no graph (HTTP ${response.status})`);
  }
  return answer as { data?: unknown; errors?: GraphError[] };
}
