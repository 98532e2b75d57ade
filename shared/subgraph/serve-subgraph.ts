import type { Logger } from 'pino';
import { reportHealth } from '../http/health';
import { createHttpServer, type HttpServer } from '../http/http-server';
import type { ReceiveCall } from '../identity/internal-token';
import type { Subgraph } from './subgraph';

/** The gateway sends every entity of a list at once. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Puts a subgraph behind HTTP, for the gateway of the distributed shape. It answers what `receiveCall` accepts alone. */
export function serveSubgraph(subgraph: Subgraph, receiveCall: ReceiveCall, logger: Logger): HttpServer {
  return createHttpServer({
    graphql: subgraph.server,
    createContext: async (request) =>
      subgraph.createContext(await receiveCall(request.raw.headersDistinct['authorization'])),
    reportHealth: () => reportHealth({ database: subgraph.checkHealth }),
    bodyLimit: MAX_BODY_BYTES,
    logger,
  });
}
