import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { CodedError } from '../../shared/errors/coded-error';

export interface PublishedKeysOptions {
  /** Milliseconds that one fetch may take. */
  timeoutMs?: number;
  /** Milliseconds after a fetch in which an unknown key causes no other. */
  cooldownMs?: number;
  /** Milliseconds after which the keys are fetched again in any case, so that a withdrawn one is forgotten. */
  maxAgeMs?: number;
}

/**
 * The keys that an OpenID provider publishes as a JWKS (RFC 7517). They are kept, and fetched again for a token whose
 * key is unknown. Throws `IDENTITY_UNAVAILABLE` when they cannot be fetched.
 */
export function publishedKeys(
  jwksUri: string,
  { timeoutMs = 3_000, cooldownMs = 10_000, maxAgeMs = 600_000 }: PublishedKeysOptions = {},
): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(jwksUri), {
    timeoutDuration: timeoutMs,
    cooldownDuration: cooldownMs,
    cacheMaxAge: maxAgeMs,
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      if (isAboutTheToken(cause)) throw cause;
      throw new CodedError(
        'IDENTITY_UNAVAILABLE',
        'The keys of the identity provider cannot be fetched at the moment, so the token cannot be checked',
        { cause },
      );
    }
  };
}

function isAboutTheToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
