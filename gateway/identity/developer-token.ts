import type { LocalIssuer } from './local-issuer';

const TWELVE_HOURS_S = 12 * 3_600;

/** A platform administrator's token for whoever runs the graph on a machine of their own; good for twelve hours. */
export function developerToken(issuer: LocalIssuer): Promise<string> {
  return issuer.issue({ roles: ['PLATFORM_ADMIN'] }, TWELVE_HOURS_S);
}

/** A line for a terminal that asks the graph at `address` something; with a token where there is a local issuer. */
export async function firstRequest(address: string, issuer: LocalIssuer | null): Promise<string> {
  const token = issuer ? await developerToken(issuer) : '<token>';
  const query = '{ tenant(slug: \\"digiwedge\\") { id displayName clubs { name } } }';
  return `curl -s ${address}/graphql -H 'content-type: application/json' -H 'authorization: Bearer ${token}' -d '{"query":"${query}"}'`;
}
