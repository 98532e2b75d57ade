import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { Logger } from 'pino';
import { formatError } from '../errors/format-error';
import { logUnexpectedErrors } from '../errors/log-unexpected-errors';
import { reportHealth } from '../http/health';
import { createHttpServer, type HttpServer } from '../http/http-server';
import type { ReceiveCall } from '../identity/internal-token';
import type { Metrics } from '../metrics/metrics';
import type { MetricsAccess } from '../metrics-settings';
import { extensionsOf, type NotingCall } from './deprecated-use';
import type { Subgraph } from './subgraph';

/** The gateway sends every entity of a list at once. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

export interface ServeOptions {
  /** Reads who calls, and for whom. What it refuses is not answered. */
  receiveCall: ReceiveCall;
  /** What the process counts. */
  metrics: Metrics;
  /** Who may read that; nobody unless given. */
  metricsAccess?: MetricsAccess;
  logger: Logger;
}

/** Puts a subgraph behind HTTP, for the gateway of the distributed shape. */
export async function serveSubgraph(
  subgraph: Subgraph,
  { receiveCall, metrics, metricsAccess, logger }: ServeOptions,
): Promise<HttpServer> {
  const server = createSubgraphServer(subgraph, logger);
  await server.start();
  const http = createHttpServer({
    graphql: server,
    createContext: async (request) =>
      subgraph.createContext(await receiveCall(request.raw.headersDistinct['authorization'])),
    reportHealth: () => reportHealth({ database: subgraph.checkHealth }),
    metrics,
    metricsAccess,
    bodyLimit: MAX_BODY_BYTES,
    logger,
  });
  http.app.addHook('onClose', () => server.stop());
  return http;
}

/** Answers over HTTP what `Subgraph.execute` answers inside of a process. */
export function createSubgraphServer(
  { schema }: Pick<Subgraph, 'schema'>,
  logger: Logger,
): ApolloServer<NotingCall> {
  return new ApolloServer<NotingCall>({
    schema,
    formatError,
    includeStacktraceInErrorResponses: false,
    introspection: true,
    // Only the gateway speaks to a subgraph, and it sends JSON; the public door has its own rules.
    csrfPrevention: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    logger,
    plugins: [
      logUnexpectedErrors(logger),
      tellDeprecatedUses,
      // It wraps every field of every row, for hints that no caller gets: half of the time of a long list.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
    ],
  });
}

const tellDeprecatedUses: ApolloServerPlugin<NotingCall> = {
  async requestDidStart() {
    return {
      async willSendResponse({ contextValue, response: { body } }) {
        const extensions = extensionsOf(contextValue.deprecatedUses);
        if (extensions && body.kind === 'single') body.singleResult.extensions = extensions;
      },
    };
  },
};
