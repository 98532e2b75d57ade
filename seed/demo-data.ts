import type { DatabasePool } from '../shared/database/database';
import { type DemoSize, demoTenants } from '../shared/demo/demo-tenants';
import type { SubgraphName } from '../shared/subgraph/names';
import { systemCall } from '../shared/subgraph/transport';
import { loadSubgraphs } from '../subgraphs/modules';

/** A hundred thousand customers take seconds; a machine may be slow. */
const MAY_TAKE_MS = 600_000;

/**
 * Writes the demo data, each system its own share of the same tenants. Repeating it adds nothing.
 * Returns the number of rows that each system wrote.
 */
export async function writeDemoData(
  databases: Record<SubgraphName, DatabasePool>,
  size?: DemoSize,
  onProgress: (subgraph: SubgraphName, rows: number) => void = () => undefined,
): Promise<void> {
  const tenants = demoTenants(size);
  // Access Control last: a database without tenants counts as empty, so that a start that was killed is made up for.
  for (const module of (await loadSubgraphs()).reverse()) {
    const database = databases[module.name].forCall(systemCall('demo-data', MAY_TAKE_MS));
    onProgress(module.name, await module.writeDemoData(database, tenants));
  }
}
