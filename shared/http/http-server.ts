import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import createFastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type HTTPMethods,
} from 'fastify';
import type { Logger } from 'pino';
import { CodedError } from '../errors/coded-error';
import type { Metrics } from '../metrics/metrics';
import { addMetricsRoute } from '../metrics/metrics-route';
import type { MetricsAccess } from '../metrics-settings';
import { createRangeCheck } from '../network-address';
import { REQUESTS_MAY_TAKE_MS } from '../run-process';
import { StartError } from '../start-error';
import { type HealthReport, stopping } from './health';
import { answerClientError, answerFrameworkError, errorAnswer, httpError, httpRefusal } from './http-errors';
import { trackIdleConnections } from './idle-connections';

/** What answers at `/graphql`. A `CodedError` that it throws is answered with the status of its code. */
export interface GraphqlRoute<Context extends object> {
  methods: HTTPMethods[];
  /**
   * Says who asks, before the body is read. After an error of it nothing else runs; `UNAUTHENTICATED` is answered with
   * `WWW-Authenticate: Bearer` (RFC 6750).
   */
  createContext: (request: FastifyRequest) => Context | Promise<Context>;
  answer: (request: FastifyRequest, reply: FastifyReply, context: Context) => Promise<unknown>;
}

export interface HttpServerOptions<Context extends object> {
  graphql: GraphqlRoute<Context>;
  reportHealth: () => Promise<HealthReport>;
  /** What the process counts. */
  metrics: Metrics;
  /** Who may read that; nobody unless given. */
  metricsAccess?: MetricsAccess;
  /**
   * Milliseconds from `close` in which connections are still accepted, while `/health/ready` already tells whoever sends
   * requests here to send them elsewhere; none unless given. They are part of the time that `close` takes.
   */
  drainMs?: number;
  /** Bytes that the body of a request may have. */
  bodyLimit: number;
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is believed; none unless given. */
  trustedProxies?: string[];
  logger: Logger;
}

export interface HttpServer {
  /** The routes may be added to until `listen`. */
  readonly app: FastifyInstance;
  /** Resolves with the address. Throws `StartError` when the port is taken. */
  listen(host: string, port: number): Promise<string>;
  /**
   * Stops accepting after `drainMs`, lets running requests finish until seven seconds are over, then closes. A connection on which
   * no request waits for its answer a second after that is not waited for.
   */
  close(): Promise<void>;
}

/** A client that sends its request byte by byte keeps a connection no longer than this, and until the next look at it. */
const REQUEST_MAY_ARRIVE_MS = 30_000;
/** How often connections are looked at for that; Node itself looks every 30 seconds. */
const LOOK_AT_CONNECTIONS_MS = 5_000;
/** Whoever has begun to send a request just before the server closes still has so long to send the rest of its head. */
const HEAD_MAY_TAKE_MS = 1_000;
const HEALTH_LIVES_MS = 500;
/**
 * Under this name a request has its context. Not in a `WeakMap`: V8 counts what an old map holds as used until its old
 * space is collected, so that everything that a request ever read would be moved there.
 */
const CONTEXT = 'graphqlContext';

/**
 * GraphQL at `/graphql`, health at `/health/live` and `/health/ready`, and metrics at `/metrics`, the same for the gateway
 * and every subgraph.
 */
export function createHttpServer<Context extends object>(options: HttpServerOptions<Context>): HttpServer {
  const app = createFastify({
    bodyLimit: options.bodyLimit,
    trustProxy: options.trustedProxies?.length ? createRangeCheck(options.trustedProxies) : false,
    genReqId: (request) => acceptedRequestId(request.headers['x-request-id']) ?? randomUUID(),
    forceCloseConnections: 'idle',
    // A request that comes on a kept connection while the server closes is still served.
    return503OnClosing: false,
    http: { connectionsCheckingInterval: LOOK_AT_CONNECTIONS_MS },
    requestTimeout: REQUEST_MAY_ARRIVE_MS,
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
    routerOptions: { ignoreTrailingSlash: true },
  });
  const endIdleConnections = trackIdleConnections(app.server);
  // Only JSON is read, so that no HTML form of another site can carry an operation here.
  app.removeContentTypeParser('text/plain');
  let isClosing = false;
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    // Tells the client not to send its next request on a connection that is about to end.
    if (isClosing) reply.header('connection', 'close');
    done(null, payload);
  });
  app.setErrorHandler((error: Error, request, reply) => {
    const { status, body } = errorAnswer(error, { logger: options.logger, requestId: request.id });
    if (error instanceof CodedError) addHeaders(error, status, reply);
    reply.code(status).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    reply
      .code(404)
      .send(httpError(404, `Nothing is served at ${request.method} ${request.url.split('?')[0]}`));
  });

  const { drainMs = 0 } = options;
  const { methods, createContext, answer } = options.graphql;
  app.decorateRequest(CONTEXT, null);
  app.route({
    method: app.supportedMethods.filter((method) => !methods.includes(method)) as HTTPMethods[],
    url: '/graphql',
    onRequest: async (_request, reply) => {
      reply.header('allow', methods.join(', '));
      throw httpRefusal(405, `Operations come by ${methods.join(' or ')}`);
    },
    handler: async () => undefined,
  });
  app.route({
    method: methods,
    url: '/graphql',
    exposeHeadRoute: false,
    onRequest: async (request) => {
      request.setDecorator(CONTEXT, await createContext(request));
    },
    handler: async (request, reply) => answer(request, reply, request.getDecorator<Context>(CONTEXT)),
  });
  app.get('/health/live', async () => ({ status: 'live' }));
  const health = shareFor(HEALTH_LIVES_MS, options.reportHealth);
  app.get('/health/ready', async (_request, reply) => {
    const report = isClosing ? stopping : await health();
    reply.code(report.status === 'down' || report.status === 'stopping' ? 503 : 200);
    return report;
  });
  addMetricsRoute(app, options.metrics, options.metricsAccess ?? 'nobody');

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
      const timer = setTimeout(() => app.server.closeAllConnections(), REQUESTS_MAY_TAKE_MS);
      if (drainMs > 0 && app.server.listening) await delay(drainMs);
      const idleTimer = setTimeout(endIdleConnections, HEAD_MAY_TAKE_MS);
      await app.close().finally(() => {
        clearTimeout(timer);
        clearTimeout(idleTimer);
      });
    },
  };
}

/** Answers all who ask within `milliseconds` of each other by one call, so that asking often costs nothing. */
function shareFor<T>(milliseconds: number, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    if (answer === null) {
      answer = ask();
      setTimeout(() => {
        answer = null;
      }, milliseconds).unref();
    }
    return answer;
  };
}

/** A caller's own request id is kept when it is short and plain enough for a log. */
export function acceptedRequestId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w.-]{1,128}$/.test(header) ? header : undefined;
}

/** What tells whoever is refused what to do. */
function addHeaders({ extensions: { retryAfterSeconds } }: CodedError, status: number, reply: FastifyReply) {
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  if (typeof retryAfterSeconds === 'number') reply.header('retry-after', retryAfterSeconds);
}
