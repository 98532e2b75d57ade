import { Agent, request } from 'undici';
import type { SubgraphRequest, SubgraphResponse, SubgraphTransport } from './transport';

export interface HttpTransportOptions {
  /** The subgraph's GraphQL address, such as `http://crm:4002/graphql`. */
  url: string;
  /** Milliseconds for one operation, from connecting to the last byte. */
  timeoutMs: number;
}

export interface HttpTransport extends SubgraphTransport {
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 64;
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;
const HEALTH_TIMEOUT_MS = 2_000;

/**
 * Speaks GraphQL over HTTP with a subgraph on kept connections. Nothing is sent twice: a request without an answer
 * rejects, because the subgraph may have done the work.
 */
export function createHttpTransport({ url, timeoutMs }: HttpTransportOptions): HttpTransport {
  const dispatcher = new Agent({
    connections: MAX_CONNECTIONS,
    connect: { timeout: Math.min(timeoutMs, 2_000) },
    maxResponseSize: MAX_RESPONSE_BYTES,
  });
  const readiness = new URL('/health/ready', url);

  return {
    async execute(operation, { requestId }) {
      const { statusCode, body } = await request(url, {
        method: 'POST',
        dispatcher,
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
          'x-request-id': requestId,
        },
        body: JSON.stringify(operation satisfies SubgraphRequest),
        signal: AbortSignal.timeout(timeoutMs),
      });
      return parseResponse(await body.text(), statusCode);
    },

    async checkHealth() {
      const { statusCode, body } = await request(readiness, {
        dispatcher,
        signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
      });
      await body.dump();
      if (statusCode !== 200) throw new Error(`${readiness} answered ${statusCode}`);
    },

    close: () => dispatcher.close(),
  };
}

function parseResponse(text: string, statusCode: number): SubgraphResponse {
  const answer: unknown = JSON.parse(text);
  if (typeof answer === 'object' && answer !== null && ('data' in answer || 'errors' in answer)) {
    return answer as SubgraphResponse;
  }
  throw new Error(`HTTP ${statusCode} without a GraphQL answer`);
}
