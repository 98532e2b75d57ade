import type { Database } from '../../../shared/database/database';
import type { SubgraphName } from '../../../shared/subgraph/names';
import type { SubgraphCall, SubgraphTransport } from '../../../shared/subgraph/transport';
import type { ProvisioningSystem } from '../graphql.generated';
import { readEntry } from '../registry/registry-reads';
import { doorsOf, type SystemDoor } from './system-doors';

/** Beyond so many rows a system's are not counted on. */
const COUNTED_ROWS = 10_000;

const systemOf: Record<string, ProvisioningSystem> = {
  crm: 'CRM',
  teetime: 'TEETIME',
  scl: 'SCL',
  messaging: 'MESSAGING',
};

/** How many rows each system has of the tenant, 10 000 at most; `null` for one that does not answer in the call's time. */
export async function countHoldings(
  database: Database,
  subgraphs: Record<SubgraphName, SubgraphTransport>,
  of: { tenantId: string; onBehalfOf: string; call: SubgraphCall },
): Promise<{ system: ProvisioningSystem; rows: number | null }[]> {
  const { tenantId, onBehalfOf, call } = of;
  const entry = await readEntry(database, database, tenantId);
  return Promise.all(
    doorsOf(subgraphs, { tenantId, onBehalfOf, entry }, () => call).map(async (door) => ({
      system: systemOf[door.name] ?? 'ACCESS_CONTROL',
      rows: await countRows(door).catch(() => null),
    })),
  );
}

async function countRows(door: SystemDoor): Promise<number> {
  let count = 0;
  let after: string | null = null;
  do {
    const { rows, next } = await door.exportRows(after);
    count += rows.length;
    after = next;
  } while (after !== null && count < COUNTED_ROWS);
  return count;
}
