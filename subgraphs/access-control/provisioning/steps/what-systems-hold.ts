import { registrySurveyViewer } from '../../../../shared/identity/viewer';
import type { SubgraphName } from '../../../../shared/subgraph/names';
import type { SubgraphCall, SubgraphTransport } from '../../../../shared/subgraph/transport';
import { askSystem } from '../ask-system';

const TEETIME = `query ClubsOfTenant($keys: [String!]) {
  teetimeHoldings(first: 1, keys: $keys) { edges { node { clubs { id } } } }
}`;
const CRM = `query RowsOfTenant($keys: [String!]) {
  crmHoldings(first: 1, keys: $keys) {
    edges { node { customerCount leadCount segmentCount journeyCount } }
  }
}`;

interface Holdings<Node> {
  edges: { node: Node }[];
}

/**
 * What the systems that know a tenant by its UUID hold of it, in words; the others know it by the registry alone. Throws
 * what `askSystem` throws.
 */
export async function whatSystemsHold(
  subgraphs: Record<SubgraphName, SubgraphTransport>,
  tenantId: string,
  call: SubgraphCall,
): Promise<string[]> {
  const survey = { ...call, viewer: registrySurveyViewer };
  const variables = { keys: [tenantId] };
  const [clubs, rows] = await Promise.all([
    askSystem<Holdings<{ clubs: unknown[] }>>(subgraphs.teetime, { query: TEETIME, variables }, survey),
    askSystem<Holdings<Record<string, number>>>(subgraphs.crm, { query: CRM, variables }, survey),
  ]);
  return [
    ...(clubs.edges.some(({ node }) => node.clubs.length > 0) ? ['TeeTime has clubs of it'] : []),
    ...(rows.edges.some(({ node }) => Object.values(node).some((count) => count > 0))
      ? ['CRM has data of it']
      : []),
  ];
}
