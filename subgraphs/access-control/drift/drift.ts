import { badInput } from '../../../shared/errors/coded-error';
import { asUuid } from '../../../shared/input/uuid';
import type {
  RegistryDriftKind as DriftKind,
  RegistryRepairAction as RepairAction,
  TenantSystem,
} from '../graphql.generated';

/** What tells a drift from every other one. */
export interface DriftName {
  tenantId: string;
  system: TenantSystem;
  kind: DriftKind;
  /** The code, the id, or the id of the club; where a system does not answer, the tenant's UUID. */
  key: string;
}

/** One difference between a tenant's registry entry and a system. */
export interface RegistryDrift extends DriftName {
  id: string;
  description: string;
  /** What would mend it; `null` where a person must decide. */
  repair: RepairAction | null;
}

const SYSTEMS: readonly string[] = ['SCL', 'TEETIME', 'MESSAGING', 'CRM'] satisfies TenantSystem[];
const KINDS: readonly string[] = ['MISSING', 'ORPHANED', 'DISAGREEING', 'UNKNOWN'] satisfies DriftKind[];

/** The id by which a drift can be named later: it says what it is of, and nothing else. */
export function driftIdOf({ tenantId, system, kind, key }: DriftName): string {
  return Buffer.from(JSON.stringify([tenantId, system, kind, key])).toString('base64url');
}

/** Reads the id of a drift. Throws `BAD_USER_INPUT`. */
export function parseDriftId(id: string, path: string): DriftName {
  const [tenant, system, kind, key] = partsOf(id);
  const tenantId = asUuid(tenant);
  const isName = isOneOf<TenantSystem>(system, SYSTEMS) && isOneOf<DriftKind>(kind, KINDS);
  if (tenantId === null || !isName || typeof key !== 'string')
    throw badInput(path, 'drift', 'must be ids that registryDrift answered');
  return { tenantId, system, kind, key };
}

function isOneOf<Name extends string>(value: unknown, names: readonly string[]): value is Name {
  return typeof value === 'string' && names.includes(value);
}

function partsOf(id: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(id, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
