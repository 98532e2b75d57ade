import type { Logger } from 'pino';
import { reportHealth } from '../http/health';
import { createHttpServer, type HttpServer } from '../http/http-server';
import type { Subgraph } from './subgraph';
import { systemCall } from './transport';

/** The gateway sends every entity of a list at once. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Puts a subgraph behind HTTP, for the gateway of the distributed shape. */
export function serveSubgraph(subgraph: Subgraph, logger: Logger): HttpServer {
  return createHttpServer({
    graphql: subgraph.server,
    createContext: (request) => subgraph.createContext(systemCall(request.id)),
    reportHealth: () => reportHealth({ database: subgraph.checkHealth }),
    bodyLimit: MAX_BODY_BYTES,
    logger,
  });
}
