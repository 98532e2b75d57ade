import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../../shared/start-error';

/** Asks the graph over HTTP. Throws a `GraphRefusal`, or a `StartError` when no graph answers. */
export type AskGraph = <Data>(query: string, variables: Record<string, unknown>) => Promise<Data>;

/** The graph understood the request and refuses it; one line for each reason, with its code. */
export class GraphRefusal extends Error {
  constructor(
    readonly reasons: string[],
    readonly codes: string[] = [],
  ) {
    super(reasons.join('\n'));
    this.name = 'GraphRefusal';
  }
}

interface GraphError {
  message: string;
  extensions?: { code?: string };
}

const ANSWER_MS = 60_000;

/** For so long a graph that restarts, or whose systems do, is asked again. */
const PATIENCE_MS = 60_000;
const BETWEEN_TRIES_MS = 500;
const OUTAGES = ['SUBGRAPH_UNAVAILABLE', 'REQUEST_TIMEOUT', 'IDENTITY_UNAVAILABLE'];

/** As `ask`, but asks again for a minute while no graph answers, or a system behind it does not. For what is safe to repeat. */
export function askPatiently(ask: AskGraph, patienceMs = PATIENCE_MS): AskGraph {
  return async <Data>(query: string, variables: Record<string, unknown>) => {
    const until = Date.now() + patienceMs;
    for (;;) {
      try {
        return await ask<Data>(query, variables);
      } catch (error) {
        const isOutage =
          error instanceof GraphRefusal
            ? error.codes.every((code) => OUTAGES.includes(code))
            : error instanceof StartError;
        if (!isOutage || Date.now() > until) throw error;
        await sleep(BETWEEN_TRIES_MS);
      }
    }
  };
}

/** `url` is the graph's address with or without `/graphql`; `token` is asked for before each request. */
export function createAskGraph(url: string, token: () => Promise<string>): AskGraph {
  const endpoint = url.replace(/\/+$/, '').replace(/(\/graphql)?$/, '/graphql');
  return async <Data>(query: string, variables: Record<string, unknown>) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await token()}` };
    const answer = await send(endpoint, headers, JSON.stringify({ query, variables }));
    if (answer.errors) {
      const codes = answer.errors.map(({ extensions }) => extensions?.code ?? 'no code');
      throw new GraphRefusal(
        answer.errors.map(({ message }, index) => `${message} (${codes[index]})`),
        codes,
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
