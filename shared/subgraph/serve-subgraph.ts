import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { CodedError } from '../errors/coded-error';
import { reportHealth } from '../http/health';
import { errorAnswer } from '../http/http-errors';
import { acceptedRequestId, createHttpServer, type HttpServer } from '../http/http-server';
import type { ReceiveViewer } from '../identity/internal-token';
import type { Metrics } from '../metrics/metrics';
import type { MetricsAccess } from '../metrics-settings';
import { answerLine, BATCH_TYPE, MAX_BATCHED, readOperationLine } from './batch-lines';
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

/**
 * Puts a subgraph behind HTTP, for the gateway of the distributed shape: what `execute` answers, as GraphQL over HTTP has it. A
 * body of lines is answered by lines (`batch-lines.ts`), of which each is for the viewer of its own token.
 */
export function serveSubgraph(
  subgraph: Pick<Subgraph, 'execute' | 'checkHealth'>,
  { receiveViewer, metrics, metricsAccess, drainMs, logger }: ServeOptions,
): HttpServer {
  async function readCall(
    authorization: readonly string[] | undefined,
    headers: IncomingHttpHeaders,
    requestId: string,
  ): Promise<SubgraphCall> {
    const viewer = await receiveViewer(authorization);
    return { viewer, requestId, ...readCallHeaders(headers) };
  }

  async function execute(body: unknown, call: SubgraphCall): Promise<{ status: number; body: object }> {
    const { data, ...rest } = await subgraph.execute(parseOperation(body), call);
    return { status: data === undefined ? 400 : 200, body: { data, ...rest } };
  }

  async function answer(request: FastifyRequest, reply: FastifyReply, call: SubgraphCall) {
    if (typeof request.body === 'string') return answerLines(request.body, request.id, reply);
    const { status, body } = await execute(request.body, call);
    reply.type(request.headers.accept?.includes(GRAPHQL_RESPONSE) ? GRAPHQL_RESPONSE : 'application/json');
    reply.code(status);
    return body;
  }

  function answerLines(text: string, batchId: string, reply: FastifyReply): Readable {
    const lines = text.split('\n');
    if (lines.length > MAX_BATCHED) {
      throw new CodedError('BAD_REQUEST', `A request has ${MAX_BATCHED} operations at most`);
    }
    reply.type(BATCH_TYPE);
    return streamAsReady(lines.map((line, index) => executeLine(line, index, batchId)));
  }

  async function executeLine(line: string, index: number, batchId: string): Promise<string> {
    let requestId = batchId;
    try {
      const { headers, body } = readOperationLine(line);
      requestId = acceptedRequestId(headers['x-request-id']) ?? batchId;
      const call = await readCall([headers['authorization'] ?? ''], headers, requestId);
      return answerLine(index, await execute(body, call));
    } catch (error) {
      return answerLine(index, errorAnswer(error as Error, { logger, requestId }));
    }
  }

  const server = createHttpServer({
    graphql: {
      methods: ['POST'],
      createContext: ({ raw, headers, id }) => readCall(raw.headersDistinct['authorization'], headers, id),
      answer,
    },
    reportHealth: () => reportHealth({ database: subgraph.checkHealth }),
    metrics,
    metricsAccess,
    drainMs,
    bodyLimit: MAX_BODY_BYTES,
    logger,
  });
  server.app.addContentTypeParser(BATCH_TYPE, { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );
  return server;
}

/** A stream of lines, each of which comes when it is ready; what is ready in one turn of the event loop comes together. */
function streamAsReady(lines: Promise<string>[]): Readable {
  const stream = new Readable({ read: () => undefined });
  let ready: string[] = [];
  let awaited = lines.length;
  const flush = () => {
    stream.push(ready.join(''));
    ready = [];
    if (awaited === 0) stream.push(null);
  };
  for (const line of lines) {
    line.then(
      (text) => {
        awaited -= 1;
        if (ready.push(`${text}\n`) === 1) setImmediate(flush);
      },
      (error) => stream.destroy(error),
    );
  }
  return stream;
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
