import { type CryptoKey, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { CodedError } from '../errors/coded-error';
import type { SubgraphName } from '../subgraph/names';
import { bearerToken } from './bearer-token';
import { type CallerKeys, type InternalCaller, isInternalCaller } from './internal-keys';
import { allInternalScopes, isScope, type Scope } from './policy';
import { auditViewer, lookUpViewer, registrySurveyViewer, systemViewer, type Viewer } from './viewer';

/** Seconds that a token lives, and seconds that two machines' clocks may differ. */
const LIFETIME_S = 60;
const CLOCK_TOLERANCE_S = 5;
/** How long a token is sent again by its signer, and taken again by its receiver without a look at its signature. */
const KEPT_MS = 30_000;
/** So many characters of tokens are kept at each end. */
const MAX_KEPT_CHARACTERS = 2_000_000;
const keptTokens = { maxSize: MAX_KEPT_CHARACTERS, ttl: KEPT_MS, ttlResolution: 0 };

/** Turns a viewer into the token by which one subgraph knows for whom it is called. */
export type SignViewer = (viewer: Viewer) => Promise<string>;

/** Reads the viewer from the `Authorization` headers of a request. Throws `UNAUTHENTICATED` for whatever is not one. */
export type ReceiveViewer = (authorization: readonly string[] | undefined) => Promise<Viewer>;

/** What a token says beside the claims of RFC 7519. */
interface ViewerClaims extends JWTPayload {
  kind: Viewer['kind'];
  scope: string;
  tenants: Viewer['tenants'];
  obo: string | null;
}

/**
 * Signs viewers as `caller` for one subgraph (EdDSA): a token counts for a minute, and for that subgraph alone. The same
 * viewer gets the same token for half of that time.
 */
export function createViewerSigner(options: {
  caller: InternalCaller;
  audience: SubgraphName;
  key: CryptoKey;
}): SignViewer {
  const { caller, audience, key } = options;
  const kept = new LRUCache<string, Promise<string>>(keptTokens);

  return (viewer) => {
    const claims: ViewerClaims = {
      kind: viewer.kind,
      scope: [...viewer.scopes].join(' '),
      tenants: viewer.tenants,
      obo: viewer.onBehalfOf,
      sub: viewer.subject,
    };
    const name = JSON.stringify(claims);
    const known = kept.get(name);
    if (known) return known;
    const token = new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', kid: caller })
      .setIssuer(caller)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME_S} s`)
      .sign(key);
    kept.set(name, token, { size: name.length });
    return token;
  };
}

/** Who was found to have signed a token, by which key, and for whom. */
interface Verified {
  caller: InternalCaller;
  key: unknown;
  viewer: Viewer;
  expiresInMs: number;
}

/**
 * Receives the viewers of the calls to one subgraph. The gateway may speak for any viewer. A subgraph speaks as the graph
 * itself alone: each may ask Access Control who a tenant is and hand it its events; Access Control may hand events to
 * each, ask each for one tenant's audit trail, work on one tenant in it, and look at what it holds of all.
 */
export function createViewerReceiver(options: { audience: SubgraphName; keys: CallerKeys }): ReceiveViewer {
  const { audience, keys } = options;
  const kept = new LRUCache<string, Verified>(keptTokens);

  async function verify(token: string): Promise<Verified> {
    let named: InternalCaller | null = null;
    const check = () =>
      jwtVerify<ViewerClaims>(
        token,
        async ({ kid }) => {
          if (!isInternalCaller(kid)) throw new Error('unknown caller');
          named = kid;
          const key = await keys.keyOf(kid);
          if (!key) throw new Error('caller without a key');
          return key;
        },
        {
          algorithms: ['EdDSA'],
          audience,
          requiredClaims: ['exp', 'iss', 'sub'],
          maxTokenAge: LIFETIME_S,
          clockTolerance: CLOCK_TOLERANCE_S,
        },
      );
    const { payload, protectedHeader, key } = await check().catch(async (error) => {
      if (named !== null && (await keys.refresh(named))) return check();
      throw error;
    });
    const { iss: caller, exp = 0 } = payload;
    if (caller !== protectedHeader.kid) throw new Error('signed by another than its issuer');
    const viewer = viewerOf(payload);
    if (!isInternalCaller(caller) || !maySpeak(caller, audience, viewer)) {
      throw new Error('speaks for whom it may not');
    }
    return { caller, key, viewer, expiresInMs: exp * 1_000 - Date.now() };
  }

  /** A key that was replaced takes with it what it signed. */
  async function isStillGood({ caller, key }: Verified): Promise<boolean> {
    return (await keys.keyOf(caller)) === key;
  }

  return async (authorization) => {
    const token = bearerToken(authorization);
    if (token === null) throw refused();
    const known = kept.get(token);
    if (known && (await isStillGood(known))) return known.viewer;
    try {
      const verified = await verify(token);
      const ttl = Math.min(KEPT_MS, verified.expiresInMs);
      if (ttl > 0) kept.set(token, verified, { size: token.length, ttl });
      return verified.viewer;
    } catch (cause) {
      throw refused(cause);
    }
  };
}

function viewerOf({ sub, kind, scope, tenants, obo }: ViewerClaims): Viewer {
  // A newer gateway may know scopes that this process does not.
  return {
    subject: String(sub),
    kind,
    scopes: new Set<Scope>(scope.split(' ').filter(isScope)),
    tenants,
    onBehalfOf: obo,
  };
}

/** What a viewer of each kind may hold, beside whom it must be: see decision 6. */
function maySpeak(caller: InternalCaller, audience: SubgraphName, viewer: Viewer): boolean {
  if (caller === 'gateway') return !holdsAny(viewer, allInternalScopes);
  if (viewer.kind !== 'system' || viewer.subject !== systemViewer.subject) return false;
  const isBetweenHubAndSystem = caller === 'access-control' || audience === 'access-control';
  if (isBetweenHubAndSystem && viewer.onBehalfOf === caller && holdsOnly(viewer, ['events:deliver']))
    return true;
  if (audience === 'access-control' && holdsOnly(viewer, [...lookUpViewer.scopes])) return true;
  if (caller !== 'access-control') return false;
  if (viewer.tenants === 'all') return holdsOnly(viewer, [...registrySurveyViewer.scopes]);
  return holdsOnly(viewer, [...auditViewer.scopes]) || holdsOnly(viewer, ['systems:provision']);
}

function holdsOnly({ scopes }: Viewer, allowed: readonly Scope[]): boolean {
  return [...scopes].every((scope) => allowed.includes(scope));
}

function holdsAny({ scopes }: Viewer, named: readonly Scope[]): boolean {
  return named.some((scope) => scopes.has(scope));
}

/** The same words for every reason: whoever holds no key need not learn more. */
function refused(cause?: unknown): CodedError {
  return new CodedError('UNAUTHENTICATED', 'Only the graph itself may call this service', { cause });
}
