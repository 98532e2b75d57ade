import { Agent, request } from 'undici';
import type { SignCall } from '../identity/internal-token';
import { remainingMs } from './deadline';
import {
  type SubgraphCall,
  type SubgraphRequest,
  type SubgraphResponse,
  type SubgraphTransport,
  systemCall,
} from './transport';

export interface HttpTransportOptions {
  /** The subgraph's GraphQL address, such as `http://crm:4002/graphql`. */
  url: string;
  /** Milliseconds for one operation, from connecting to the last byte; fewer where the call's deadline is nearer. */
  timeoutMs: number;
  /** Makes the token by which the subgraph knows who calls, for whom, and until when; `null` where it is not ours. */
  sign: SignCall | null;
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
 * `execute` throws `REQUEST_TIMEOUT` for a call whose deadline has passed.
 */
export function createHttpTransport({ url, timeoutMs, sign }: HttpTransportOptions): HttpTransport {
  const dispatcher = new Agent({
    connections: MAX_CONNECTIONS,
    connect: { timeout: Math.min(timeoutMs, 2_000) },
    maxResponseSize: MAX_RESPONSE_BYTES,
  });
  const readiness = new URL('/health/ready', url);

  async function execute(operation: SubgraphRequest, call: SubgraphCall): Promise<SubgraphResponse> {
    // Whoever answers is told how long this process waits, not only how long its caller does.
    const waiting = { ...call, deadline: Math.min(call.deadline, Date.now() + timeoutMs) };
    const authorization = sign && `Bearer ${await sign(waiting)}`;
    const remaining = remainingMs(waiting);
    const { statusCode, headers, body } = await request(url, {
      method: 'POST',
      dispatcher,
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        'x-request-id': call.requestId,
        ...(authorization === null ? {} : { authorization }),
      },
      body: JSON.stringify(operation),
      signal: AbortSignal.timeout(remaining),
    });
    // A refusal of our own token is no answer to the caller, whose token was good.
    if (headers['www-authenticate'] !== undefined) {
      await body.dump();
      throw new Error(`${url} refuses the calls of this process; compare the keys in INTERNAL_KEYS_DIR`);
    }
    return parseResponse(await body.text(), statusCode);
  }

  async function askReadiness(): Promise<void> {
    const { statusCode, body } = await request(readiness, {
      dispatcher,
      signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
    });
    await body.dump();
    if (statusCode !== 200) throw new Error(`${readiness} answered ${statusCode}`);
  }

  async function askTypename(): Promise<void> {
    await execute({ query: '{ __typename }' }, systemCall('health', HEALTH_TIMEOUT_MS));
  }

  return {
    execute,
    // Only a subgraph of ours has an address for it.
    checkHealth: sign === null ? askTypename : askReadiness,
    close: () => dispatcher.close(),
  };
}

function isGraphqlAnswer(answer: unknown): answer is SubgraphResponse {
  if (typeof answer !== 'object' || answer === null) return false;
  const { data, errors } = answer as { data?: unknown; errors?: unknown };
  const hasData = typeof data === 'object' && !Array.isArray(data);
  return errors === undefined ? hasData : Array.isArray(errors) && (data === undefined || hasData);
}

function parseResponse(text: string, statusCode: number): SubgraphResponse {
  const answer: unknown = JSON.parse(text);
  if (isGraphqlAnswer(answer)) return answer;
  throw new Error(`HTTP ${statusCode} without a GraphQL answer`);
}
