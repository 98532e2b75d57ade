import { type AskGraph, GraphRefusal } from '../operations/provisioning/ask-graph';
import { importRegistry, lacksAnything } from '../operations/registry-import/import-registry';
import type { Platform } from '../platform';
import { systemCall } from '../shared/subgraph/transport';

/**
 * Gives the tenants without a registry entry one, as `npm run registry:import` does, in a graph of this process (B53).
 * Returns the slugs of the tenants whose entries were written. Throws `GraphRefusal`.
 */
export async function importInProcess({ gateway }: Platform): Promise<string[]> {
  const ask: AskGraph = async <Data>(query: string, variables: Record<string, unknown>) => {
    const contextValue = systemCall('seed');
    const { body } = await gateway.server.executeOperation({ query, variables }, { contextValue });
    if (body.kind !== 'single') throw new Error('The graph answers in one piece');
    const { data, errors } = body.singleResult;
    if (errors) throw new GraphRefusal(errors.map(({ message }) => message));
    return data as Data;
  };
  const { imports } = await importRegistry(ask, { apply: true, onPage: () => undefined });
  return imports.filter(lacksAnything).map(({ tenant }) => tenant.slug);
}
