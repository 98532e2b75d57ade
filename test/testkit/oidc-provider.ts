import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

type Algorithm = 'RS256' | 'ES256' | 'EdDSA';

/** An OpenID provider as far as this graph meets one: an HTTP server with a JWKS, and the keys to it. */
export interface OidcProvider {
  readonly issuer: string;
  readonly jwksUri: string;
  /** How often its keys were fetched. */
  fetches(): number;
  /** Signs claims by the newest key of an algorithm. */
  sign(claims: JWTPayload, algorithm?: Algorithm, header?: { kid?: string }): Promise<string>;
  /** The public key of an algorithm as it is published. */
  publicKey(algorithm: Algorithm): JWK;
  /** Replaces every key. */
  rotate(): Promise<void>;
  /** What the JWKS answers from now on. */
  behave(as: 'well' | 'hanging' | 'failing' | 'nonsense'): void;
  stop(): Promise<void>;
}

export async function startOidcProvider(): Promise<OidcProvider> {
  let generation = 0;
  let keys = await generateKeys(generation);
  let behaviour: Parameters<OidcProvider['behave']>[0] = 'well';
  let fetches = 0;
  const server = createServer((request, response) => {
    fetches += 1;
    if (behaviour === 'hanging') return;
    if (behaviour === 'failing' || request.url !== '/.well-known/jwks.json') response.statusCode = 500;
    const published = [...keys.values()].map(({ jwk }) => jwk);
    response.end(behaviour === 'nonsense' ? '<html>' : JSON.stringify({ keys: published }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const keyOf = (algorithm: Algorithm) => {
    const key = keys.get(algorithm);
    if (!key) throw new Error(`The provider has no key for ${algorithm}`);
    return key;
  };
  return {
    issuer,
    jwksUri: `${issuer}/.well-known/jwks.json`,
    fetches: () => fetches,
    sign(claims, algorithm = 'RS256', header = {}) {
      const { jwk, privateKey } = keyOf(algorithm);
      return new SignJWT(claims)
        .setProtectedHeader({ alg: algorithm, kid: jwk.kid, ...header })
        .sign(privateKey);
    },
    publicKey: (algorithm) => keyOf(algorithm).jwk,
    async rotate() {
      generation += 1;
      keys = await generateKeys(generation);
    },
    behave(as) {
      behaviour = as;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function generateKeys(
  generation: number,
): Promise<Map<Algorithm, { jwk: JWK; privateKey: CryptoKey }>> {
  const algorithms: Algorithm[] = ['RS256', 'ES256', 'EdDSA'];
  const pairs = algorithms.map(async (alg) => {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    const jwk: JWK = { ...(await exportJWK(publicKey)), alg, use: 'sig', kid: `${alg}-${generation}` };
    return [alg, { jwk, privateKey }] as const;
  });
  return new Map(await Promise.all(pairs));
}
