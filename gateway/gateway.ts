import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { Logger } from 'pino';
import { type DoorSettings, defaultDoor } from '../shared/door-settings';
import { formatError, withoutStack } from '../shared/errors/format-error';
import { logUnexpectedErrors } from '../shared/errors/log-unexpected-errors';
import { reportHealth } from '../shared/http/health';
import { createHttpServer, type HttpServer } from '../shared/http/http-server';
import { defaultLimits, type Limits } from '../shared/limit-settings';
import type { Metrics } from '../shared/metrics/metrics';
import type { MetricsAccess } from '../shared/metrics-settings';
import { parseAddress } from '../shared/network-address';
import type { SubgraphCall, SubgraphTransport } from '../shared/subgraph/transport';
import type { TenantDirectory } from '../shared/tenancy/tenant-directory';
import { apolloRoute } from './apollo-route';
import { executableOperation } from './executable-operation';
import { createCompiledGateway } from './execution/compiled-gateway';
import { isOfOthers } from './execution/subgraph-errors';
import { failedResponseStatus } from './failed-response-status';
import { addGraphiql } from './graphiql';
import { addHttpHygiene, PREFLIGHTED_HEADERS } from './http-hygiene';
import type { Identity } from './identity/identity';
import { addJwks } from './identity/jwks-route';
import { withinOpenTenants } from './identity/open-tenants';
import { createAdmission, createDocumentStore } from './limits/admission';
import { nameTokenLimit, withoutSuggestion } from './limits/error-details';
import { createPersistedQueryStore } from './limits/persisted-queries';
import { addBodyRules } from './limits/request-body';
import { readTrustedDocuments } from './limits/trusted-documents';
import { publicOperations } from './public-operations';
import { countedTenant } from './rate-limits/counted-tenant';
import { createLimitStore } from './rate-limits/limit-store';
import { rateLimits } from './rate-limits/rate-limits';
import { createRefusedDocuments } from './rate-limits/refused-documents';
import { createSubgraphDataSource } from './subgraph-data-source';

export interface GatewayOptions {
  /** The composed schema, `supergraph.graphql`. */
  supergraphSdl: string;
  /** How to reach each subgraph. None of them needs to be up when the gateway starts. */
  transports: Readonly<Record<string, SubgraphTransport>>;
  /** Tells who sends a request. */
  identity: Identity;
  /** Tells which tenants are disabled, and whose a lead is that is counted; `null` for a graph that has no tenants. */
  tenants: TenantDirectory | null;
  /** In development there is GraphiQL at `/`, and the schema can be read by introspection. */
  isProduction: boolean;
  /** Rate limits, trusted proxies and origins; `defaultDoor` unless given. */
  door?: DoorSettings;
  /** What one request may ask; `defaultLimits` unless given. */
  limits?: Limits;
  /** What the process counts. */
  metrics: Metrics;
  /** Who may read that; nobody unless given. */
  metricsAccess?: MetricsAccess;
  /** Milliseconds in which connections are still accepted after the stop was asked for; none unless given. */
  drainMs?: number;
  logger: Logger;
}

export interface Gateway {
  readonly http: HttpServer;
  readonly server: ApolloServer<SubgraphCall>;
  /** Lets running requests finish, then stops. */
  stop(): Promise<void>;
}

const MAX_USER_AGENT = 200;

/** Builds the public door of the graph: plans each query over the subgraphs and joins their answers. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { transports, identity, logger, door = defaultDoor, limits = defaultLimits } = options;
  const trustedDocuments = limits.trustedDocumentsFile
    ? await readTrustedDocuments(limits.trustedDocumentsFile)
    : null;
  const limitStore = await createLimitStore(door, logger);
  const refusedDocuments = createRefusedDocuments(door.rateLimits.reads);
  const gateway = createCompiledGateway({
    supergraphSdl: options.supergraphSdl,
    dataSourceOf: (name) => {
      const transport = transports[name];
      if (!transport) throw new Error(`The supergraph names "${name}", which has no transport`);
      return createSubgraphDataSource(name, transport, logger);
    },
    metrics: options.metrics,
    logger,
  });
  const viewerWithin = options.tenants
    ? withinOpenTenants(options.tenants, logger)
    : async ({ viewer }: SubgraphCall) => viewer;
  const isCounted = door.rateLimits.leadsPerTenant > 0;
  let http: HttpServer | undefined;
  const server = new ApolloServer<SubgraphCall>({
    gateway,
    formatError: (formatted, error) => {
      if (isOfOthers(formatted)) return withoutStack(formatted);
      const named = formatError(nameTokenLimit(formatted, limits.tokens), error);
      return options.isProduction ? withoutSuggestion(named) : named;
    },
    parseOptions: { maxTokens: limits.tokens },
    documentStore: createDocumentStore(options.metrics),
    persistedQueries: trustedDocuments ? false : { cache: createPersistedQueryStore(options.metrics) },
    allowBatchedHttpRequests: false,
    hideSchemaDetailsFromClientErrors: options.isProduction,
    includeStacktraceInErrorResponses: false,
    introspection: !options.isProduction,
    csrfPrevention: { requestHeaders: PREFLIGHTED_HEADERS },
    stopOnTerminationSignals: false,
    logger,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      // No answer of this graph may be kept by anybody.
      ApolloServerPluginCacheControlDisabled(),
      // First, so that its refusal is the one that is answered.
      createAdmission({ supergraphSdl: options.supergraphSdl, limits, trustedDocuments }),
      executableOperation,
      publicOperations,
      rateLimits(limitStore, refusedDocuments, countedTenant(isCounted ? options.tenants : null), logger),
      failedResponseStatus,
      logUnexpectedErrors(logger),
      { serverWillStart: async () => ({ drainServer: async () => http?.close() }) },
    ],
  });
  await server.start();

  http = createHttpServer({
    graphql: apolloRoute(server, async (request) => {
      const deadline = Date.now() + limits.requestMs;
      const viewer = await identity.identify(request.raw);
      const userAgent = request.headers['user-agent']?.slice(0, MAX_USER_AGENT) || null;
      const call = { viewer, requestId: request.id, address: parseAddress(request.ip), userAgent, deadline };
      refusedDocuments.assertFew(call);
      return { ...call, viewer: await viewerWithin(call) };
    }),
    reportHealth: () =>
      reportHealth(
        Object.fromEntries(
          Object.entries(transports).map(([name, transport]) => [name, () => transport.checkHealth()]),
        ),
      ),
    metrics: options.metrics,
    metricsAccess: options.metricsAccess,
    drainMs: options.drainMs,
    bodyLimit: limits.bodyBytes,
    trustedProxies: door.trustedProxies,
    logger,
  });
  addBodyRules(http.app);
  addHttpHygiene(http.app, door.corsOrigins);
  if (!options.isProduction) addGraphiql(http.app, identity.localIssuer);
  if (identity.localIssuer) addJwks(http.app, identity.localIssuer);
  return { http, server, stop: () => server.stop().finally(() => limitStore.close()) };
}
