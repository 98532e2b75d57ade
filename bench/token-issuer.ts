import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** An OpenID provider as far as the products ask one: its keys, and a token of a platform administrator. */
export interface TokenIssuer {
  /** The settings by which the product accepts its tokens. */
  readonly settings: { OIDC_ISSUER: string; OIDC_AUDIENCE: string };
  readonly authorization: string;
  stop(): void;
}

const AUDIENCE = 'tenant-graph';
const ALGORITHM = 'RS256';

export async function startTokenIssuer(): Promise<TokenIssuer> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM);
  const jwk = { ...(await exportJWK(publicKey)), alg: ALGORITHM, use: 'sig', kid: 'bench' };
  const server = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = await new SignJWT({ roles: ['PLATFORM_ADMIN'] })
    .setProtectedHeader({ alg: ALGORITHM, kid: jwk.kid })
    .setIssuer(issuer)
    .setAudience(AUDIENCE)
    .setSubject('bench')
    .setIssuedAt()
    .setExpirationTime('6h')
    .sign(privateKey);
  return {
    settings: { OIDC_ISSUER: issuer, OIDC_AUDIENCE: AUDIENCE },
    authorization: `Bearer ${token}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
