import { randomUUID } from 'node:crypto';
import type { ApolloServer, BaseContext } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import createFastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { ErrorCode } from '../errors/catalogue';
import { StartError } from '../start-error';
import type { HealthReport } from './health';

export interface HttpServerOptions<Context extends BaseContext> {
  graphql: ApolloServer<Context>;
  createContext: (request: FastifyRequest) => Context;
  reportHealth: () => Promise<HealthReport>;
  /** Bytes that the body of a request may have. */
  bodyLimit: number;
  logger: Logger;
}

export interface HttpServer {
  /** The routes may be added to until `listen`. */
  readonly app: FastifyInstance;
  /** Resolves with the address. Throws `StartError` when the port is taken. */
  listen(host: string, port: number): Promise<string>;
  /** Stops accepting, lets running requests finish, then closes. */
  close(): Promise<void>;
}

/** GraphQL at `/graphql` and health at `/health/live` and `/health/ready`, the same for the gateway and every subgraph. */
export function createHttpServer<Context extends BaseContext>(
  options: HttpServerOptions<Context>,
): HttpServer {
  const app = createFastify({
    bodyLimit: options.bodyLimit,
    genReqId: (request) => acceptedRequestId(request.headers['x-request-id']) ?? randomUUID(),
    forceCloseConnections: 'idle',
    // A request that comes on a kept connection while the server closes is still served.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
  });
  // Only JSON is read, so that no HTML form of another site can carry an operation here.
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  let isClosing = false;
  app.addHook('onSend', async (_request, reply) => {
    // Tells the client not to send its next request on a connection that is about to end.
    if (isClosing) reply.header('connection', 'close');
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) options.logger.error({ err: error, requestId: request.id }, 'HTTP request failed');
    reply.code(status).send(httpError(status, error.message));
  });
  app.setNotFoundHandler((request, reply) => {
    reply
      .code(404)
      .send(httpError(404, `Nothing is served at ${request.method} ${request.url.split('?')[0]}`));
  });

  app.route({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    url: '/graphql',
    handler: fastifyApolloHandler(options.graphql, {
      context: async (request) => options.createContext(request as FastifyRequest),
    }),
  });
  app.get('/health/live', async () => ({ status: 'live' }));
  app.get('/health/ready', async (_request, reply) => {
    const report = await options.reportHealth();
    reply.code(report.status === 'down' ? 503 : 200);
    return report;
  });

  return {
    app,
    async listen(host, port) {
      try {
        return await app.listen({ host, port });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
          throw new StartError(
            `Port ${port} is in use. Stop what listens there, or set PORT to a free one.`,
            error,
          );
        }
        throw new StartError(`Cannot listen on ${host}:${port}: ${(error as Error).message}`, error);
      }
    },
    async close() {
      isClosing = true;
      await app.close();
    },
  };
}

/** A caller's own request id is kept when it is short and plain enough for a log. */
function acceptedRequestId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w.-]{1,128}$/.test(header) ? header : undefined;
}

function httpError(status: number, message: string) {
  const text = status >= 500 ? 'The request met a defect; report its x-request-id' : message;
  return { errors: [{ message: text, extensions: { code: codeFor(status) } }] };
}

function codeFor(status: number): ErrorCode {
  if (status === 413) return 'PAYLOAD_TOO_LARGE';
  if (status === 415) return 'UNSUPPORTED_MEDIA_TYPE';
  if (status === 404) return 'NOT_FOUND';
  return status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR';
}
