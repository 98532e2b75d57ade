import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';

/** Answers are data: a browser that shows one as a page may load and run nothing, and nobody may frame it. */
const NOTHING_RUNS = {
  'default-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** What GraphiQL's one page needs: its own script and style inside the page, its editor's workers, and this origin. */
export const GRAPHIQL_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join(';');

/** A page of another site cannot send these without asking by a preflight first. */
export const PREFLIGHTED_HEADERS = ['authorization', 'apollo-require-preflight', 'x-apollo-operation-name'];
const ALLOWED_HEADERS = [...PREFLIGHTED_HEADERS, 'content-type', 'x-tenant-id', 'x-request-id'];
const PREFLIGHT_LIVES_SECONDS = 7_200;

/**
 * Gives every answer helmet's headers and `Cache-Control: no-store`, and lets pages of `origins` read answers. No
 * credentials are allowed across origins: a token travels in a header that the page sets itself.
 */
export function addHttpHygiene(app: FastifyInstance, origins: string[]): void {
  // Made once: the plugin for fastify makes it anew for each request.
  const setSecurityHeaders = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: NOTHING_RUNS },
    frameguard: { action: 'deny' },
  });
  app.addHook('onRequest', (request, reply, done) => {
    setSecurityHeaders(request.raw, reply.raw, (error) => done(error as Error | undefined));
  });
  if (origins.length > 0) {
    app.register(cors, {
      origin: origins,
      methods: ['GET', 'POST'],
      allowedHeaders: ALLOWED_HEADERS,
      exposedHeaders: ['x-request-id', 'retry-after'],
      maxAge: PREFLIGHT_LIVES_SECONDS,
    });
  }
  app.addHook('onSend', (_request, reply, payload, done) => {
    reply.header('cache-control', 'no-store');
    done(null, payload);
  });
}
