import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import { bearerToken } from '../../shared/identity/bearer-token';
import { anonymousViewer, type Viewer } from '../../shared/identity/viewer';
import { createCacheCounts } from '../../shared/metrics/cache-counts';
import type { Metrics } from '../../shared/metrics/metrics';
import { withChosenTenant } from './chosen-tenant';
import { type TokenSource, verifyToken } from './verify-token';
import { viewerOfToken } from './viewer-of-token';

/** Who sends a request. Throws `UNAUTHENTICATED`, `FORBIDDEN`, `BAD_REQUEST` or `IDENTITY_UNAVAILABLE`. */
export type Identify = (request: Pick<IncomingMessage, 'headersDistinct'>) => Promise<Viewer>;

/** A token that was found good counts as good for so long, unless it expires before: its signature is dear to check. */
const GOOD_FOR_MS = 30_000;
const MAX_KEPT_TOKENS = 5_000;

/** Reads the viewer from a request's headers: anonymous without a token, and never anonymous with a bad one. */
export function createIdentify(source: TokenSource, metrics: Metrics): Identify {
  const viewers = new LRUCache<string, Viewer>({ max: MAX_KEPT_TOKENS });
  const named = { name: 'verified_tokens', of: 'Tokens that were found good' };
  const { hits, misses } = createCacheCounts(metrics, named, () => viewers.size);

  async function viewerOf(token: string): Promise<Viewer> {
    const known = viewers.get(token);
    (known ? hits : misses).inc();
    if (known) return known;
    const claims = await verifyToken(token, source);
    const viewer = viewerOfToken(claims);
    const expiresInMs = (claims.exp ?? 0) * 1_000 - Date.now();
    if (expiresInMs > 0) viewers.set(token, viewer, { ttl: Math.min(GOOD_FOR_MS, expiresInMs) });
    return viewer;
  }

  return async ({ headersDistinct }) => {
    const token = bearerToken(headersDistinct['authorization']);
    if (token === null) return anonymousViewer;
    return withChosenTenant(await viewerOf(token), headersDistinct['x-tenant-id']?.join());
  };
}
