import { provisioningViewer } from '../../../shared/identity/viewer';
import type { SubgraphName } from '../../../shared/subgraph/names';
import type { SubgraphTransport } from '../../../shared/subgraph/transport';
import { systemCall } from '../../../shared/subgraph/transport';
import type { RegistryEntry } from '../registry/tenant-registry.entity';

/** A tenant whose data the systems are asked for, and on whose behalf. */
export interface TenantToRemove {
  tenantId: string;
  /** `null` for one that the registry never had. */
  entry: RegistryEntry | null;
  onBehalfOf: string;
  requestId: string;
}

/** A row as a system exports it. */
export interface ExportedRow {
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

/** The systems in the order in which they are emptied, with the argument by which each knows the tenant. */
const systems = [
  { name: 'crm', field: 'Crm', argument: 'tenantId: ID!', keyOf: ({ tenantId }: TenantToRemove) => tenantId },
  {
    name: 'messaging',
    field: 'Messaging',
    argument: 'messagingTenantId: String!',
    keyOf: ({ entry }: TenantToRemove) => entry?.messagingTenantId ?? null,
  },
  {
    name: 'teetime',
    field: 'TeeTime',
    argument: 'tenantId: ID!',
    keyOf: ({ tenantId }: TenantToRemove) => tenantId,
  },
  {
    name: 'scl',
    field: 'Scl',
    argument: 'code: String!',
    keyOf: ({ entry }: TenantToRemove) => entry?.sclTenantCode ?? null,
  },
] as const;

/** The doors of those systems that may have something of the tenant. */
export function doorsOf(
  subgraphs: Record<SubgraphName, SubgraphTransport>,
  tenant: TenantToRemove,
): SystemDoor[] {
  return systems.flatMap(({ name, field, argument, keyOf }) => {
    const key = keyOf(tenant);
    if (key === null) return [];
    const [argumentName = ''] = argument.split(':');
    const ask = async <Answer>(query: string, variables: object): Promise<Answer> => {
      const call = {
        ...systemCall(tenant.requestId),
        viewer: provisioningViewer(tenant.tenantId, tenant.onBehalfOf),
      };
      const { data, errors } = await subgraphs[name].execute(
        { query, variables: { [argumentName]: key, ...variables } },
        call,
      );
      if (errors?.[0] || !data) throw new Error(`${name}: ${errors?.[0]?.message ?? 'no answer'}`);
      return Object.values(data)[0] as Answer;
    };
    return [
      {
        name,
        exportRows: (after) =>
          ask(
            `query Export($${argument}, $after: String) {
              exportFrom${field}(${argumentName}: $${argumentName}, first: ${ROWS_A_CALL}, after: $after) { rows next }
            }`,
            { after },
          ),
        removeRows: () =>
          ask(
            `mutation Remove($${argument}) {
              removeFrom${field}(${argumentName}: $${argumentName}, limit: ${ROWS_A_CALL}) { removed done }
            }`,
            {},
          ),
      },
    ];
  });
}
