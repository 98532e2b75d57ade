import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { CodedError } from '../../shared/errors/coded-error';

/** Seconds that the issuer's clock and ours may differ. */
const CLOCK_TOLERANCE_S = 30;
/** Signatures alone, and none whose key a reader could forge with. */
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];

/** Whose tokens are accepted, for whom they must be, and by which keys they are signed. */
export interface TokenSource {
  issuer: string;
  audience: string;
  keys: JWTVerifyGetKey;
}

/**
 * The claims of a token whose signature, issuer, audience, expiry and not-before are right. Throws `UNAUTHENTICATED`
 * otherwise, in words that repeat nothing of the token; errors of `keys` that are not about the token pass as they are.
 */
export async function verifyToken(
  token: string,
  { issuer, audience, keys }: TokenSource,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ALGORITHMS,
      issuer,
      audience,
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ['exp'],
    });
    return payload;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw new CodedError('UNAUTHENTICATED', problemOf(error), { cause: error });
  }
}

function problemOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The token is expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `The claim \`${error.claim}\` of the token is ${error.reason === 'missing' ? 'missing' : 'not what it must be here'}`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return `The token is not signed by one of the algorithms ${ALGORITHMS.join(', ')}`;
  }
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'The token is signed by a key that its issuer does not publish';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the token is wrong';
  return 'The token is not a signed JSON Web Token';
}
