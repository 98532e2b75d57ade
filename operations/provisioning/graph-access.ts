import { openLocalIssuer } from '../../gateway/identity/local-issuer';
import type { Settings } from '../../shared/settings';
import { StartError } from '../../shared/start-error';
import { type AskGraph, createAskGraph } from './ask-graph';

const TOKEN_LIVES_S = 300;

/** What a command is told of the graph that it asks; both have defaults on a developer's machine. */
interface GraphOptions {
  url: string | undefined;
  token: string | undefined;
  /** The command's name in the audit trail, where the local issuer makes its token. */
  subject: string;
}

/** The way to a running graph with the options of a command. Throws a `StartError` for an option that cannot be used. */
export function openGraph({ url, token, subject }: GraphOptions, settings: Settings): AskGraph {
  const address = checkedUrl(url ?? `http://localhost:${settings.port ?? 4000}`);
  return createAskGraph(address, tokenSource(token ?? settings.graphToken, subject, settings));
}

function checkedUrl(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new StartError(`--url must be an address such as https://graph.example.com; it was ${url}`);
}

/** Where the token of a request comes from: the operator, or on a developer's machine the local issuer. */
function tokenSource(given: string | undefined, subject: string, settings: Settings): () => Promise<string> {
  if (given) return async () => given;
  if (settings.isProduction || settings.identity.provider) {
    throw new StartError('Give a token of your OpenID provider: --token TOKEN, or TENANT_GRAPH_TOKEN.');
  }
  const issuer = openLocalIssuer(settings.dataDirectory);
  return async () => (await issuer).issue({ roles: ['PLATFORM_MANAGER'], sub: subject }, TOKEN_LIVES_S);
}
