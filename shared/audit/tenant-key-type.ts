import type { SubgraphName } from '../subgraph/names';

/** The type of a system's keys for tenants: SCL and Messaging have texts of their own, the others Access Control's UUID. */
export function tenantKeyType(subgraph: SubgraphName): 'uuid' | 'text' {
  return subgraph === 'scl' || subgraph === 'messaging' ? 'text' : 'uuid';
}
