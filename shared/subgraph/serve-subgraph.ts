import type { Logger } from 'pino';
import { reportHealth } from '../http/health';
import { createHttpServer, type HttpServer } from '../http/http-server';
import type { ReceiveCall } from '../identity/internal-token';
import type { Metrics } from '../metrics/metrics';
import type { MetricsAccess } from '../metrics-settings';
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
export function serveSubgraph(
  subgraph: Subgraph,
  { receiveCall, metrics, metricsAccess, logger }: ServeOptions,
): HttpServer {
  return createHttpServer({
    graphql: subgraph.server,
    createContext: async (request) =>
      subgraph.createContext(await receiveCall(request.raw.headersDistinct['authorization'])),
    reportHealth: () => reportHealth({ database: subgraph.checkHealth }),
    metrics,
    metricsAccess,
    bodyLimit: MAX_BODY_BYTES,
    logger,
  });
}
