import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

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

const ALLOWED_HEADERS = [
  'authorization',
  'content-type',
  'x-tenant-id',
  'x-request-id',
  'apollo-require-preflight',
];
const PREFLIGHT_LIVES_SECONDS = 7_200;

/**
 * Gives every answer helmet's headers and `Cache-Control: no-store`, and lets pages of `origins` read answers. No
 * credentials are allowed across origins: a token travels in a header that the page sets itself.
 */
export function addHttpHygiene(app: FastifyInstance, origins: string[]): void {
  app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: NOTHING_RUNS },
    frameguard: { action: 'deny' },
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
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
}
