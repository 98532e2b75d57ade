import type { DatabasePool } from '../shared/database/database';
import { type DemoSize, demoTenants } from '../shared/demo/demo-tenants';
import type { SubgraphName } from '../shared/subgraph/names';
import { systemCall } from '../shared/subgraph/transport';
import { loadSubgraphs } from '../subgraphs/modules';

/** A hundred thousand customers take seconds; a machine may be slow. */
const MAY_TAKE_MS = 600_000;

/**
 * Writes the demo data, each system its own share of the same tenants. Repeating it adds nothing.
 * `onProgress` hears how many rows each system wrote; systems in `except` write nothing.
 */
export async function writeDemoData(
  databases: Record<SubgraphName, DatabasePool>,
  size?: DemoSize,
  {
    onProgress = () => undefined,
    except = [],
  }: { onProgress?: (subgraph: SubgraphName, rows: number) => void; except?: readonly SubgraphName[] } = {},
): Promise<void> {
  const tenants = demoTenants(size);
  // Access Control last: a database without tenants counts as empty, so that a start that was killed is made up for.
  for (const module of (await loadSubgraphs()).reverse()) {
    if (except.includes(module.name)) continue;
    const database = databases[module.name].forCall(systemCall('demo-data', MAY_TAKE_MS));
    onProgress(module.name, await module.writeDemoData(database, tenants));
  }
}
