import type { FastifyInstance } from 'fastify';
import type { LocalIssuer } from './local-issuer';

/** Serves the local issuer's public key where an OpenID provider would serve its own. */
export function addJwks(app: FastifyInstance, { jwks }: LocalIssuer): void {
  app.get('/.well-known/jwks.json', async () => jwks);
}
