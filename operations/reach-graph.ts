import { openLocalIssuer } from '../gateway/identity/local-issuer';
import type { Role } from '../shared/identity/policy';
import type { Settings } from '../shared/settings';
import { StartError } from '../shared/start-error';
import { type AskGraph, createAskGraph } from './provisioning/ask-graph';

/** How a command of an operator reaches a running graph, as its options say it. */
export interface GraphOptions {
  url: string | undefined;
  token: string | undefined;
}

const TOKEN_LIVES_S = 300;

/**
 * Asks the graph at `url`, or on this machine, with the operator's token. Without one, on a developer's machine, the local
 * issuer makes one of `role` for `subject`. Throws `StartError` for an address or a token that cannot be.
 */
export function reachGraph(
  { url, token }: GraphOptions,
  settings: Settings,
  { role, subject }: { role: Role; subject: string },
): AskGraph {
  const address = checkedUrl(url ?? `http://localhost:${settings.port ?? 4000}`);
  const given = token ?? settings.graphToken;
  if (given) return createAskGraph(address, async () => given);
  if (settings.isProduction || settings.identity.provider) {
    throw new StartError('Give a token of your OpenID provider: --token TOKEN, or TENANT_GRAPH_TOKEN.');
  }
  const issuer = openLocalIssuer(settings.dataDirectory);
  return createAskGraph(address, async () =>
    (await issuer).issue({ roles: [role], sub: subject }, TOKEN_LIVES_S),
  );
}

function checkedUrl(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new StartError(`--url must be an address such as https://graph.example.com; it was ${url}`);
}
