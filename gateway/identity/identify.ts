import type { IncomingMessage } from 'node:http';
import { bearerToken } from '../../shared/identity/bearer-token';
import { anonymousViewer, type Viewer } from '../../shared/identity/viewer';
import { withChosenTenant } from './chosen-tenant';
import { type TokenSource, verifyToken } from './verify-token';
import { viewerOfToken } from './viewer-of-token';

/** Who sends a request. Throws `UNAUTHENTICATED`, `FORBIDDEN`, `BAD_REQUEST` or `IDENTITY_UNAVAILABLE`. */
export type Identify = (request: Pick<IncomingMessage, 'headersDistinct'>) => Promise<Viewer>;

/** Reads the viewer from a request's headers: anonymous without a token, and never anonymous with a bad one. */
export function createIdentify(source: TokenSource): Identify {
  return async ({ headersDistinct }) => {
    const token = bearerToken(headersDistinct['authorization']);
    if (token === null) return anonymousViewer;
    const viewer = viewerOfToken(await verifyToken(token, source));
    return withChosenTenant(viewer, headersDistinct['x-tenant-id']?.join());
  };
}
