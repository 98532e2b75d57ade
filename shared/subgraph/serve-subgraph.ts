import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { CodedError } from '../errors/coded-error';
import { reportHealth } from '../http/health';
import { createHttpServer, type HttpServer } from '../http/http-server';
import type { ReceiveViewer } from '../identity/internal-token';
import type { Metrics } from '../metrics/metrics';
import type { MetricsAccess } from '../metrics-settings';
import { readCallHeaders } from './call-headers';
import type { Subgraph } from './subgraph';
import type { SubgraphCall, SubgraphRequest } from './transport';

/** The gateway sends every entity of a list at once. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
const GRAPHQL_RESPONSE = 'application/graphql-response+json';

export interface ServeOptions {
  /** Reads for whom a call is. What it refuses is not answered. */
  receiveViewer: ReceiveViewer;
  /** What the process counts. */
  metrics: Metrics;
  /** Who may read that; nobody unless given. */
  metricsAccess?: MetricsAccess;
  /** Milliseconds in which connections are still accepted after the stop was asked for; none unless given. */
  drainMs?: number;
  logger: Logger;
}

/** Puts a subgraph behind HTTP, for the gateway of the distributed shape: what `execute` answers, as GraphQL over HTTP has it. */
export function serveSubgraph(
  subgraph: Pick<Subgraph, 'execute' | 'checkHealth'>,
  { receiveViewer, metrics, metricsAccess, drainMs, logger }: ServeOptions,
): HttpServer {
  async function createContext({ raw, headers, id }: FastifyRequest): Promise<SubgraphCall> {
    const viewer = await receiveViewer(raw.headersDistinct['authorization']);
    return { viewer, requestId: id, ...readCallHeaders(headers) };
  }

  async function answer(request: FastifyRequest, reply: FastifyReply, call: SubgraphCall) {
    const { data, ...rest } = await subgraph.execute(parseOperation(request.body), call);
    reply.type(request.headers.accept?.includes(GRAPHQL_RESPONSE) ? GRAPHQL_RESPONSE : 'application/json');
    if (data === undefined) reply.code(400);
    return { data, ...rest };
  }

  return createHttpServer({
    graphql: { methods: ['POST'], createContext, answer },
    reportHealth: () => reportHealth({ database: subgraph.checkHealth }),
    metrics,
    metricsAccess,
    drainMs,
    bodyLimit: MAX_BODY_BYTES,
    logger,
  });
}

/** Throws `BAD_REQUEST` for a body that is no operation. */
function parseOperation(body: unknown): SubgraphRequest {
  const { query, variables, operationName } = (body ?? {}) as Record<string, unknown>;
  if (typeof query !== 'string') throw new CodedError('BAD_REQUEST', 'The body has no `query`');
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) {
    throw new CodedError('BAD_REQUEST', 'The `variables` of the body are no object');
  }
  if (operationName != null && typeof operationName !== 'string') {
    throw new CodedError('BAD_REQUEST', 'The `operationName` of the body is no text');
  }
  return {
    query,
    variables: (variables ?? undefined) as SubgraphRequest['variables'],
    operationName: operationName ?? undefined,
  };
}
