import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import type { Logger } from 'pino';
import { formatError } from '../shared/errors/format-error';
import { logUnexpectedErrors } from '../shared/errors/log-unexpected-errors';
import { reportHealth } from '../shared/http/health';
import { createHttpServer, type HttpServer } from '../shared/http/http-server';
import { systemViewer } from '../shared/identity/viewer';
import type { SubgraphName } from '../shared/subgraph/names';
import type { SubgraphCall, SubgraphTransport } from '../shared/subgraph/transport';
import { executableOperation } from './executable-operation';
import { failedResponseStatus } from './failed-response-status';
import { addGraphiql } from './graphiql';
import { createSubgraphDataSource } from './subgraph-data-source';

export interface GatewayOptions {
  /** The composed schema, `supergraph.graphql`. */
  supergraphSdl: string;
  /** How to reach each subgraph. None of them needs to be up when the gateway starts. */
  transports: Record<SubgraphName, SubgraphTransport>;
  /** In development there is GraphiQL at `/`, and the schema can be read by introspection. */
  isProduction: boolean;
  logger: Logger;
}

export interface Gateway {
  readonly http: HttpServer;
  readonly server: ApolloServer<SubgraphCall>;
  /** Lets running requests finish, then stops. */
  stop(): Promise<void>;
}

const MAX_BODY_BYTES = 1024 * 1024;
const REQUEST_MAY_TAKE_MS = 15_000;

/** Builds the public door of the graph: plans each query over the subgraphs and joins their answers. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { transports, logger } = options;
  const gateway = new ApolloGateway({
    supergraphSdl: options.supergraphSdl,
    buildService: ({ name }) => {
      const transport = transports[name as SubgraphName];
      if (!transport) throw new Error(`The supergraph names "${name}", which has no transport`);
      return createSubgraphDataSource(name, transport, logger);
    },
    logger,
  });
  let http: HttpServer | undefined;
  const server = new ApolloServer<SubgraphCall>({
    gateway,
    formatError,
    includeStacktraceInErrorResponses: false,
    introspection: !options.isProduction,
    // A GET cannot change anything, only JSON bodies are read, and no cookie identifies anyone.
    csrfPrevention: false,
    stopOnTerminationSignals: false,
    logger,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      executableOperation,
      failedResponseStatus,
      logUnexpectedErrors(logger),
      { serverWillStart: async () => ({ drainServer: async () => http?.close() }) },
    ],
  });
  await server.start();

  http = createHttpServer({
    graphql: server,
    createContext: (request) => ({
      viewer: systemViewer,
      requestId: request.id,
      address: request.ip,
      deadline: Date.now() + REQUEST_MAY_TAKE_MS,
    }),
    reportHealth: () =>
      reportHealth(
        Object.fromEntries(
          Object.entries(transports).map(([name, transport]) => [name, () => transport.checkHealth()]),
        ),
      ),
    bodyLimit: MAX_BODY_BYTES,
    logger,
  });
  if (!options.isProduction) addGraphiql(http.app);
  return { http, server, stop: () => server.stop() };
}
