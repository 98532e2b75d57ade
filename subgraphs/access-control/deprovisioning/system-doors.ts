import { isOutage } from '../../../shared/errors/coded-error';
import { provisioningViewer } from '../../../shared/identity/viewer';
import type { SubgraphName } from '../../../shared/subgraph/names';
import type { SubgraphCall, SubgraphTransport } from '../../../shared/subgraph/transport';
import { askSystem } from '../provisioning/ask-system';
import type { RegistryEntry } from '../registry/tenant-registry.entity';
import type { FormerKey } from './former-keys';

/** A tenant whose data the systems are asked for, and on whose behalf. */
export interface TenantToRemove {
  tenantId: string;
  /** `null` for one that the registry never had. */
  entry: RegistryEntry | null;
  formerKeys: readonly FormerKey[];
  onBehalfOf: string;
}

/** A row as a system exports it. */
export interface ExportedRow {
  /** With its schema: `crm.customer`. */
  table: string;
  row: object;
}

/**
 * How Access Control exports what a system has of one tenant, and removes it. Both are asked for part by part, and throw an error
 * whose message begins with the system's name when it refuses or does not answer.
 */
export interface SystemDoor {
  name: SubgraphName;
  /** One part of the rows; `next` goes into `after` for the next part, `null` after the last. */
  exportRows(after: string | null): Promise<{ rows: ExportedRow[]; next: string | null }>;
  /** Removes some rows, children first. */
  removeRows(): Promise<{ removed: number; done: boolean }>;
}

const ROWS_A_CALL = 500;

interface System {
  name: SubgraphName;
  door: string;
  /** Its own key for the tenant, where it does not go by the UUID: as its door calls it, and as the registry does. */
  own?: { argument: string; column: FormerKey['column'] };
}

/** In the order in which they are emptied. */
const systems: readonly System[] = [
  { name: 'crm', door: 'Crm' },
  {
    name: 'messaging',
    door: 'Messaging',
    own: { argument: 'messagingTenantId', column: 'messagingTenantId' },
  },
  { name: 'teetime', door: 'TeeTime' },
  { name: 'scl', door: 'Scl', own: { argument: 'code', column: 'sclTenantCode' } },
];

/** The names of a door's arguments with their types in GraphQL. */
const ARGUMENTS: Record<string, string> = {
  tenantId: 'ID!',
  messagingTenantId: 'String!',
  code: 'String!',
  madeByRuns: '[ID!]',
};

/** The doors of those systems that may have something of the tenant; `callOf` makes the call for each part. */
export function doorsOf(
  subgraphs: Record<SubgraphName, SubgraphTransport>,
  tenant: TenantToRemove,
  callOf: () => SubgraphCall,
): SystemDoor[] {
  return systems.flatMap((system) =>
    keysIn(system, tenant).map((keys) =>
      createDoor(system, subgraphs[system.name], {
        tenant,
        variables: { tenantId: tenant.tenantId, ...keys },
        callOf,
      }),
    ),
  );
}

/** By what else a system is asked for the tenant: nothing, or its present key and the former ones. */
function keysIn({ own }: System, { entry, formerKeys }: TenantToRemove): Record<string, unknown>[] {
  if (!own) return [{}];
  const present = entry?.[own.column] ?? null;
  const former = formerKeys.filter(({ column, key }) => column === own.column && key !== present);
  return [
    ...(present === null ? [] : [{ [own.argument]: present }]),
    ...former.map(({ key, runIds }) => ({ [own.argument]: key, madeByRuns: runIds })),
  ];
}

function createDoor(
  { name, door }: System,
  subgraph: SubgraphTransport,
  {
    tenant,
    variables,
    callOf,
  }: { tenant: TenantToRemove; variables: Record<string, unknown>; callOf: () => SubgraphCall },
): SystemDoor {
  const declared = Object.keys(variables)
    .map((key) => `$${key}: ${ARGUMENTS[key]}`)
    .join(', ');
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
    try {
      return await askSystem<Answer>(subgraph, { query, variables: { ...variables, ...more } }, call);
    } catch (cause) {
      const reason = isOutage(cause) ? 'the system does not answer' : (cause as Error).message;
      throw new Error(`${name}: ${reason}`, { cause });
    }
  }

  return { name, exportRows: (after) => ask(exportQuery, { after }), removeRows: () => ask(removal) };
}
