import { type CryptoKey, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { CodedError } from '../errors/coded-error';
import type { SubgraphName } from '../subgraph/names';
import type { SubgraphCall } from '../subgraph/transport';
import { bearerToken } from './bearer-token';
import { type CallerKeys, type InternalCaller, isInternalCaller } from './internal-keys';
import { allInternalScopes, isScope, type Scope } from './policy';
import { auditViewer, lookUpViewer, registrySurveyViewer, systemViewer, type Viewer } from './viewer';

/** Seconds that a token lives, and seconds that two machines' clocks may differ. */
const LIFETIME_S = 60;
const CLOCK_TOLERANCE_S = 5;
/** No call may ask for more time than the longest that REQUEST_TIMEOUT_MS allows. */
const MAX_REMAINING_MS = 600_000;

/** Turns a call into the token that carries it to one subgraph. */
export type SignCall = (call: SubgraphCall) => Promise<string>;

/** Reads a call from the `Authorization` headers of a request. Throws `UNAUTHENTICATED` for whatever is not one. */
export type ReceiveCall = (authorization: readonly string[] | undefined) => Promise<SubgraphCall>;

/** What a token says beside the claims of RFC 7519. `jti` is the request id. */
interface CallClaims extends JWTPayload {
  kind: Viewer['kind'];
  scope: string;
  tenants: Viewer['tenants'];
  obo: string | null;
  address: string | null;
  userAgent: string | null;
  /** Milliseconds that are left for the answer. */
  remaining: number;
}

/** Signs calls as `caller` for one subgraph (EdDSA): they count for a minute, and for that subgraph alone. */
export function createCallSigner(options: {
  caller: InternalCaller;
  audience: SubgraphName;
  key: CryptoKey;
}): SignCall {
  const { caller, audience, key } = options;
  return ({ viewer, requestId, address, userAgent, deadline }) => {
    const claims: CallClaims = {
      kind: viewer.kind,
      scope: [...viewer.scopes].join(' '),
      tenants: viewer.tenants,
      obo: viewer.onBehalfOf,
      address,
      userAgent,
      remaining: deadline - Date.now(),
    };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', kid: caller })
      .setIssuer(caller)
      .setAudience(audience)
      .setSubject(viewer.subject)
      .setJti(requestId)
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME_S} s`)
      .sign(key);
  };
}

/**
 * Receives the calls to one subgraph. The gateway may speak for any viewer. A subgraph speaks as the graph itself alone:
 * each may ask Access Control who a tenant is and hand it its events; Access Control may hand events to each, ask each
 * for one tenant's audit trail, work on one tenant in it, and look at what it holds of all.
 */
export function createCallReceiver(options: { audience: SubgraphName; keys: CallerKeys }): ReceiveCall {
  const { audience, keys } = options;

  async function verify(token: string): Promise<CallClaims> {
    let caller: InternalCaller | null = null;
    const check = () =>
      jwtVerify<CallClaims>(
        token,
        async ({ kid }) => {
          if (!isInternalCaller(kid)) throw new Error('unknown caller');
          caller = kid;
          const key = await keys.keyOf(kid);
          if (!key) throw new Error('caller without a key');
          return key;
        },
        {
          algorithms: ['EdDSA'],
          audience,
          requiredClaims: ['exp', 'iss', 'sub', 'jti'],
          maxTokenAge: LIFETIME_S,
          clockTolerance: CLOCK_TOLERANCE_S,
        },
      );
    const { payload, protectedHeader } = await check().catch(async (error) => {
      if (caller !== null && (await keys.refresh(caller))) return check();
      throw error;
    });
    if (payload.iss !== protectedHeader.kid) throw new Error('signed by another than its issuer');
    return payload;
  }

  return async (authorization) => {
    const token = bearerToken(authorization);
    if (token === null) throw refused();
    try {
      const claims = await verify(token);
      const call = callOf(claims);
      if (isInternalCaller(claims.iss) && maySpeak(claims.iss, audience, call.viewer)) return call;
    } catch (cause) {
      throw refused(cause);
    }
    throw refused();
  };
}

function callOf(claims: CallClaims): SubgraphCall {
  return {
    viewer: viewerOf(claims),
    requestId: String(claims.jti),
    address: claims.address,
    userAgent: claims.userAgent,
    deadline: Date.now() + Math.min(claims.remaining, MAX_REMAINING_MS),
  };
}

function viewerOf({ sub, kind, scope, tenants, obo }: CallClaims): Viewer {
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
