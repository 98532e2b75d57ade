import { urlToHttpOptions } from 'node:url';
import { Pool } from 'undici';
import { AnswerLate, postText, type TextAnswer } from '../http/post';
import type { SignViewer } from '../identity/internal-token';
import { callHeaders } from './call-headers';
import { remainingMs, tookTooLong } from './deadline';
import { createOperationBatches, type SendOperation } from './operation-batches';
import { createQuerySharing } from './query-sharing';
import {
  type SubgraphCall,
  type SubgraphRequest,
  type SubgraphResponse,
  type SubgraphTransport,
  systemCall,
} from './transport';

export interface HttpTransportOptions {
  /** The subgraph's GraphQL address, such as `http://crm:4002/graphql`; of somebody else's subgraph also with a login. */
  url: string;
  /** Milliseconds for one operation, from connecting to the last byte; fewer where the call's deadline is nearer. */
  timeoutMs: number;
  /** Makes the token by which the subgraph knows who calls, and for whom; `null` where it is not ours. */
  sign: SignViewer | null;
}

export interface HttpTransport extends SubgraphTransport {
  /** Ends the connections; what is under way rejects, so that a subgraph that hangs keeps no process from its end. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 64;
const HEALTH_TIMEOUT_MS = 2_000;
const CONTENT_HEADERS = {
  'content-type': 'application/json',
  accept: 'application/graphql-response+json, application/json',
};

/**
 * Speaks GraphQL over HTTP with a subgraph on kept connections. Nothing is sent twice: a request without an answer
 * rejects, because the subgraph may have done the work. Equal queries that are under way at once are sent once, and queries
 * that are asked of a subgraph of ours in the same turn of the event loop in one request.
 * `execute` throws `REQUEST_TIMEOUT` where the call's deadline ended the wait, and not where `timeoutMs` did.
 */
export function createHttpTransport({ url, timeoutMs, sign }: HttpTransportOptions): HttpTransport {
  const address = new URL(url);
  const { origin, pathname, search } = address;
  const { auth } = urlToHttpOptions(address);
  const login = auth ? `Basic ${Buffer.from(auth).toString('base64')}` : null;
  const pool = new Pool(origin, {
    connections: MAX_CONNECTIONS,
    connect: { timeout: Math.min(timeoutMs, 2_000) },
  });
  const sharing = createQuerySharing<TextAnswer>();

  const path = pathname + search;
  const sendAlone: SendOperation = ({ headers, text, timeoutMs }) =>
    postText(pool, { path, headers: { ...CONTENT_HEADERS, ...headers }, text, timeoutMs });
  // Whoever else's subgraph it is reads one operation at a time.
  const sendQuery = sign === null ? sendAlone : createOperationBatches(pool, path, sendAlone);

  async function execute(operation: SubgraphRequest, call: SubgraphCall): Promise<SubgraphResponse> {
    // Whoever answers is told how long this process waits, not only how long its caller does.
    const waiting = { ...call, deadline: Math.min(call.deadline, Date.now() + timeoutMs) };
    const token = sign && (await sign(call.viewer));
    const text = JSON.stringify(operation);
    const headers = token === null ? headersOfOthers(waiting, login) : headersOfOurs(waiting, token);
    const ask = async (send: SendOperation) =>
      send({ headers, text, timeoutMs: remainingMs(waiting) }).catch((error: unknown) => {
        const endedWithCall = error instanceof AnswerLate && waiting.deadline === call.deadline;
        throw endedWithCall ? tookTooLong(error) : error;
      });
    if (mayWrite(operation)) return readAnswer(await ask(sendAlone).finally(sharing.forget));
    // Whoever reads the log of a subgraph finds the request that asked first.
    const name = [token, call.address, call.userAgent, text].join('\n');
    // Each parses an answer of its own, because the gateway merges into what it gets.
    const times = { deadline: call.deadline, asksUntil: waiting.deadline };
    return readAnswer(await sharing.share(name, times, () => ask(sendQuery)));
  }

  function readAnswer({ statusCode, text }: TextAnswer): SubgraphResponse {
    // A refusal of our own token is no answer to the caller, whose token was good.
    if (sign !== null && statusCode === 401) {
      throw new Error(`${url} refuses the calls of this process; compare the keys in INTERNAL_KEYS_DIR`);
    }
    const answer = parseJson(text);
    if (isGraphqlAnswer(answer)) return answer;
    throw new Error(`HTTP ${statusCode} without a GraphQL answer`);
  }

  async function askReadiness(): Promise<void> {
    const { statusCode, body } = await pool.request({
      method: 'GET',
      path: '/health/ready',
      signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
    });
    await body.dump();
    if (statusCode !== 200) throw new Error(`${origin}/health/ready answered ${statusCode}`);
  }

  async function askTypename(): Promise<void> {
    await execute({ query: '{ __typename }' }, systemCall('health', HEALTH_TIMEOUT_MS));
  }

  return {
    execute,
    // Only a subgraph of ours has an address for it.
    checkHealth: sign === null ? askTypename : askReadiness,
    close: () => pool.destroy(),
  };
}

function headersOfOurs(call: SubgraphCall, token: string): Record<string, string> {
  return { ...callHeaders(call), authorization: `Bearer ${token}` };
}

/** Whoever else's subgraph it is learns nothing of who calls. */
function headersOfOthers({ requestId }: SubgraphCall, login: string | null): Record<string, string> {
  return { 'x-request-id': requestId, ...(login !== null && { authorization: login }) };
}

/** A document without the word has no mutation. */
function mayWrite({ query }: SubgraphRequest): boolean {
  return query.includes('mutation');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isGraphqlAnswer(answer: unknown): answer is SubgraphResponse {
  if (!isObject(answer)) return false;
  const { data, errors } = answer as { data?: unknown; errors?: unknown };
  const hasData = typeof data === 'object' && !Array.isArray(data);
  // Some servers always send the key.
  return errors === undefined || errors === null
    ? hasData
    : Array.isArray(errors) && errors.every(isObject) && (data === undefined || hasData);
}

/** `undefined` for what is no JSON, as a proxy may answer. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
