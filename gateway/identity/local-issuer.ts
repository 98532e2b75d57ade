import path from 'node:path';
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, SignJWT } from 'jose';
import { readOrCreateKeyPair } from '../../shared/identity/key-file';
import type { TokenSource } from './verify-token';

/** What a token of the local issuer says beside `sub`, `iss`, `aud`, `iat` and `exp`. */
export interface LocalClaims extends JWTPayload {
  roles: string[];
  /** UUIDs; left out for a token of the whole platform. */
  tenants?: string[];
  /** For a `SERVICE`: its scopes, with spaces between. */
  scope?: string;
}

/** Issues tokens on a developer's own machine, in place of an OpenID provider. */
export interface LocalIssuer extends TokenSource {
  /** Its public key, as it is served at `/.well-known/jwks.json`. */
  readonly jwks: JSONWebKeySet;
  /** Signs a token that is good for `seconds`. The claims may replace any that the issuer sets by itself. */
  issue(claims: LocalClaims, seconds: number): Promise<string>;
}

const ISSUER = 'urn:tenant-graph:local';
const AUDIENCE = 'tenant-graph';
const SUBJECT = 'local-developer';

/** Opens the issuer whose key is under `<dataDirectory>/identity/`, making the key where there is none. */
export async function openLocalIssuer(dataDirectory: string): Promise<LocalIssuer> {
  const { privateKey, publicJwk } = await readOrCreateKeyPair(
    path.join(dataDirectory, 'identity', 'local-issuer.json'),
  );
  const jwks: JSONWebKeySet = { keys: [publicJwk] };
  return {
    issuer: ISSUER,
    audience: AUDIENCE,
    keys: createLocalJWKSet(jwks),
    jwks,
    issue(claims, seconds) {
      const issuedAt = Math.floor(Date.now() / 1000);
      return new SignJWT({
        iss: ISSUER,
        aud: AUDIENCE,
        sub: SUBJECT,
        iat: issuedAt,
        exp: issuedAt + seconds,
        ...claims,
      })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: publicJwk.kid })
        .sign(privateKey);
    },
  };
}
