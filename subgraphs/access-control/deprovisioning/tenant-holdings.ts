import type { Database } from '../../../shared/database/database';
import { groupBy } from '../../../shared/group-by';
import { innerCall } from '../../../shared/subgraph/deadline';
import type { SubgraphName } from '../../../shared/subgraph/names';
import type { SubgraphCall, SubgraphTransport } from '../../../shared/subgraph/transport';
import type { ProvisioningSystem } from '../graphql.generated';
import { readEntry } from '../registry/registry-reads';
import { readFormerKeys } from './former-keys';
import { doorsOf, type SystemDoor } from './system-doors';

/** Beyond so many rows a system's are not counted on. */
const COUNTED_ROWS = 10_000;

const systemOf: Record<string, ProvisioningSystem> = {
  crm: 'CRM',
  teetime: 'TEETIME',
  scl: 'SCL',
  messaging: 'MESSAGING',
};

/**
 * How many rows each system has of the tenant, 10 000 at most; `null` for one that does not answer while the call has time to
 * say so.
 */
export async function countHoldings(
  { database, everyTenant }: { database: Database; everyTenant: Database },
  subgraphs: Record<SubgraphName, SubgraphTransport>,
  of: { tenantId: string; onBehalfOf: string; call: SubgraphCall },
): Promise<{ system: ProvisioningSystem; rows: number | null }[]> {
  const { tenantId, onBehalfOf, call } = of;
  const entry = await readEntry(database, database, tenantId);
  const formerKeys = await readFormerKeys(everyTenant, tenantId);
  const asked = innerCall(call);
  const doors = doorsOf(subgraphs, { tenantId, onBehalfOf, entry, formerKeys }, () => asked);
  return Promise.all(
    [...groupBy(doors, ({ name }) => name)].map(async ([name, ofSystem]) => ({
      system: systemOf[name] ?? 'ACCESS_CONTROL',
      rows: await countAll(ofSystem).catch(() => null),
    })),
  );
}

async function countAll(doors: readonly SystemDoor[]): Promise<number> {
  const counts = await Promise.all(doors.map(countRows));
  return counts.reduce((sum, count) => sum + count, 0);
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
