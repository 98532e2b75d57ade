import { provisioningViewer } from '../../../shared/identity/viewer';
import type { SubgraphName } from '../../../shared/subgraph/names';
import type { SubgraphCall, SubgraphTransport } from '../../../shared/subgraph/transport';
import type { RegistryEntry } from '../registry/tenant-registry.entity';

/** A tenant whose data the systems are asked for, and on whose behalf. */
export interface TenantToRemove {
  tenantId: string;
  /** `null` for one that the registry never had. */
  entry: RegistryEntry | null;
  onBehalfOf: string;
}

/** A row as a system exports it. */
export interface ExportedRow {
  /** With its schema: `crm.customer`. */
  table: string;
  row: object;
}

/** How Access Control exports what a system has of one tenant, and removes it. Both are asked for part by part. */
export interface SystemDoor {
  name: SubgraphName;
  /** One part of the rows; `next` goes into `after` for the next part, `null` after the last. */
  exportRows(after: string | null): Promise<{ rows: ExportedRow[]; next: string | null }>;
  /** Removes some rows, children first. */
  removeRows(): Promise<{ removed: number; done: boolean }>;
}

const ROWS_A_CALL = 500;

/** The systems in the order in which they are emptied, with the key of its own by which one knows the tenant, if any. */
const systems = [
  { name: 'crm', door: 'Crm' },
  { name: 'messaging', door: 'Messaging', key: 'messagingTenantId', column: 'messagingTenantId' },
  { name: 'teetime', door: 'TeeTime' },
  { name: 'scl', door: 'Scl', key: 'code', column: 'sclTenantCode' },
] as const;

/** The doors of those systems that may have something of the tenant; `callOf` makes the call for each part. */
export function doorsOf(
  subgraphs: Record<SubgraphName, SubgraphTransport>,
  tenant: TenantToRemove,
  callOf: () => SubgraphCall,
): SystemDoor[] {
  return systems.flatMap((system) => {
    const ownKey = 'key' in system ? { [system.key]: tenant.entry?.[system.column] ?? null } : {};
    if (Object.values(ownKey).includes(null)) return [];
    const variables = { tenantId: tenant.tenantId, ...ownKey };
    return [createDoor(system, subgraphs[system.name], { tenant, variables, callOf })];
  });
}

function createDoor(
  { name, door }: (typeof systems)[number],
  subgraph: SubgraphTransport,
  {
    tenant,
    variables,
    callOf,
  }: { tenant: TenantToRemove; variables: Record<string, unknown>; callOf: () => SubgraphCall },
): SystemDoor {
  const ownKeys = Object.keys(variables).filter((key) => key !== 'tenantId');
  const declared = ['$tenantId: ID!', ...ownKeys.map((key) => `$${key}: String!`)].join(', ');
  const given = Object.keys(variables)
    .map((key) => `${key}: $${key}`)
    .join(', ');
  const exportQuery = `query Export(${declared}, $after: String) {
    answer: exportFrom${door}(${given}, first: ${ROWS_A_CALL}, after: $after) { rows next }
  }`;
  const removal = `mutation Remove(${declared}) {
    answer: removeFrom${door}(${given}, limit: ${ROWS_A_CALL}) { removed done }
  }`;

  async function ask<Answer>(query: string, more: Record<string, unknown> = {}): Promise<Answer> {
    const viewer = provisioningViewer(tenant.tenantId, tenant.onBehalfOf);
    const call = { ...callOf(), viewer };
    const { data, errors } = await subgraph.execute({ query, variables: { ...variables, ...more } }, call);
    if (errors?.[0] || !data) throw new Error(`${name}: ${errors?.[0]?.message ?? 'no answer'}`);
    return data['answer'] as Answer;
  }

  return { name, exportRows: (after) => ask(exportQuery, { after }), removeRows: () => ask(removal) };
}
