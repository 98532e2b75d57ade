import path from 'node:path';
import { type CleanedEnv, str } from 'envalid';
import { httpUrl } from './setting-validators';
import { StartError } from './start-error';

/** The OpenID provider whose tokens are accepted. */
export interface OidcProvider {
  /** The claim `iss` of its tokens. */
  issuer: string;
  /** What the claim `aud` of a token for this graph contains. */
  audience: string;
  /** Where its public keys are. */
  jwksUri: string;
}

export interface IdentitySettings {
  /** `null` where the local issuer takes its place, which is for development alone. */
  provider: OidcProvider | null;
  /** Holds the keys by which the processes of the distributed shape know each other. */
  internalKeysDirectory: string;
}

/** The environment variables of identity, with their rules. */
export const identityVariables = {
  OIDC_ISSUER: httpUrl({ default: undefined }),
  OIDC_AUDIENCE: str({ default: undefined }),
  OIDC_JWKS_URI: httpUrl({ default: undefined }),
  INTERNAL_KEYS_DIR: str({ default: undefined }),
};

/** Throws a `StartError` for a provider of which only a part is told. */
export function identitySettings(
  values: CleanedEnv<typeof identityVariables>,
  dataDirectory: string,
): IdentitySettings {
  return {
    provider: providerOf(values),
    internalKeysDirectory: path.resolve(
      values.INTERNAL_KEYS_DIR || path.join(dataDirectory, 'internal-keys'),
    ),
  };
}

function providerOf(values: CleanedEnv<typeof identityVariables>): OidcProvider | null {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_JWKS_URI: jwksUri } = values;
  if (issuer && audience) {
    return {
      issuer,
      audience,
      jwksUri: jwksUri ?? `${issuer.replace(/\/+$/, '')}/.well-known/jwks.json`,
    };
  }
  if (!issuer && !audience && !jwksUri) return null;
  const missing = issuer ? 'OIDC_AUDIENCE' : 'OIDC_ISSUER';
  throw new StartError(
    `Wrong setting: ${missing}: must be set where another OIDC setting is; OIDC_ISSUER and OIDC_AUDIENCE belong together`,
  );
}
