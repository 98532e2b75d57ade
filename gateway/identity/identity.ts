import { anonymousViewer } from '../../shared/identity/viewer';
import type { Metrics } from '../../shared/metrics/metrics';
import type { Settings } from '../../shared/settings';
import { StartError } from '../../shared/start-error';
import { createIdentify, type Identify } from './identify';
import { type LocalIssuer, openLocalIssuer } from './local-issuer';
import { publishedKeys } from './published-keys';

/** How a gateway knows who asks. */
export interface Identity {
  identify: Identify;
  /** `null` where an OpenID provider issues the tokens. */
  localIssuer: LocalIssuer | null;
}

/** For a graph that no request reaches, such as a command's. */
export const nobody: Identity = { identify: async () => anonymousViewer, localIssuer: null };

/**
 * The identity that the settings name: an OpenID provider's, or the local issuer's. Throws a `StartError` in production
 * without a provider, because whoever reads the data folder could issue tokens there.
 */
export async function openIdentity(
  {
    identity: { provider },
    isProduction,
    dataDirectory,
  }: Pick<Settings, 'identity' | 'isProduction' | 'dataDirectory'>,
  metrics: Metrics,
): Promise<Identity> {
  if (provider) {
    const keys = publishedKeys(provider.jwksUri);
    return { identify: createIdentify({ ...provider, keys }, metrics), localIssuer: null };
  }
  if (isProduction) {
    throw new StartError(
      'Set OIDC_ISSUER and OIDC_AUDIENCE: with NODE_ENV=production tokens come from an OpenID provider, never from the local issuer.',
    );
  }
  const localIssuer = await openLocalIssuer(dataDirectory);
  return { identify: createIdentify(localIssuer, metrics), localIssuer };
}
