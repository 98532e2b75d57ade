import type { Database } from '../shared/database/database';
import { type DemoSize, demoTenants } from '../shared/demo/demo-tenants';
import type { SubgraphName } from '../shared/subgraph/names';
import { loadSubgraphs } from '../subgraphs/modules';

/**
 * Writes the demo data, each system its own share of the same tenants. Repeating it adds nothing.
 * Returns the number of rows that each system wrote.
 */
export async function writeDemoData(
  databases: Record<SubgraphName, Database>,
  size?: DemoSize,
  onProgress: (subgraph: SubgraphName, rows: number) => void = () => undefined,
): Promise<void> {
  const tenants = demoTenants(size);
  // Access Control last: a database without tenants counts as empty, so that a start that was killed is made up for.
  for (const module of (await loadSubgraphs()).reverse()) {
    onProgress(module.name, await module.writeDemoData(databases[module.name], tenants));
  }
}
