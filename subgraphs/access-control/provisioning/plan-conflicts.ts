import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import type { ErrorCode } from '../../../shared/errors/catalogue';
import { type CodedError, conflict, type FieldProblem } from '../../../shared/errors/coded-error';
import type { UniqueKey } from '../registry/claimed-keys';
import { tooManyClubs } from '../registry/registry-writes';
import { clubKeysOf, readTakenKeys, registryConflicts, takenKeyConflicts } from '../registry/taken-keys';
import type { RegistryEntry } from '../registry/tenant-registry.entity';
import { keysToTake, type TenantSetUp } from './tenant-set-up';

/** One reason for which `provisionTenant` would refuse the input. */
export interface PlanConflict {
  path: string;
  code: ErrorCode;
  message: string;
}

/** What the caller should know before, and for which `provisionTenant` would not refuse. */
export interface PlanWarning {
  path: string;
  code: 'SUBGRAPH_UNAVAILABLE' | 'KEY_REPLACED';
  message: string;
}

/** An error of the mutation as the plan lists it. */
export function asConflict(error: CodedError): PlanConflict {
  const [field] = (error.extensions['fields'] as FieldProblem[] | undefined) ?? [];
  return { path: field?.path ?? 'input', code: error.code, message: field?.message ?? error.message };
}

/** For whom the keys should be; `entry` is what the registry has of the tenant. */
export interface Claimant {
  /** `null` where the tenant is new and its UUID not decided. */
  tenantId: string | null;
  isNewTenant: boolean;
  entry: RegistryEntry | null;
}

/** What TeeTime says of the clubs that are to be set up. */
export interface ClubsInTeeTime {
  /** Those that it has for another tenant. */
  foreign: UniqueKey[];
  /** Those that it has for the tenant under the codes that are given. */
  adopted: { id: string; clubCode: string }[];
  /** How many it is still to make. */
  toMake: number;
}

const NOT_ASKED: ClubsInTeeTime = { foreign: [], adopted: [], toMake: 0 };

/**
 * What stands against giving the tenant its keys: those that another tenant has in the registry or claims, whether the
 * viewer reaches that tenant or not, and clubs beyond what one tenant can have. A club that is given by its code is taken too
 * where another tenant has the id that it has in TeeTime. `everyTenant` reads all tenants' rows.
 */
export async function keyConflicts(
  everyTenant: SqlRunner,
  { tenantId, isNewTenant, entry }: Claimant,
  setUp: TenantSetUp,
  inTeeTime = NOT_ASKED,
): Promise<CodedError[]> {
  const { foreign, adopted } = inTeeTime;
  const adoptedKeys = clubKeysOf(adopted.map(({ id }) => id));
  const taken = await readTakenKeys(everyTenant, tenantId, [...keysToTake(setUp), ...adoptedKeys]);
  const takesCrmId = setUp.crm?.enabled || (entry === null && !isNewTenant);
  const crmId = takesCrmId && !entry?.crmTenantId ? tenantId : null;
  const isCrmIdTaken = crmId !== null && (await hasCrmId(everyTenant, tenantId, crmId));
  const { path, message } = registryConflicts.tenant_registry_crm_tenant_id_key;
  const clubIds = setUp.teeTime?.clubIds ?? [];
  const tooMany = tooManyClubs(
    clubIds.length > 0 ? 'input.teeTime.clubIds' : 'input.teeTime.clubs',
    new Set([...(entry?.teeTimeClubIds ?? []), ...clubIds]).size + inTeeTime.toMake,
  );
  return [
    ...takenKeyConflicts(distinctKeys([...asGiven(taken, setUp, adopted), ...foreign])),
    ...(tooMany && setUp.teeTime ? [tooMany] : []),
    ...(isCrmIdTaken ? [conflict(path, message)] : []),
  ];
}

/** Ids that the input does not have stand for the codes by which it names their clubs. */
function asGiven(
  taken: readonly UniqueKey[],
  { teeTime }: TenantSetUp,
  adopted: ClubsInTeeTime['adopted'],
): UniqueKey[] {
  return taken.flatMap((each): UniqueKey[] => {
    if (each.kind !== 'CLUB_ID' || teeTime?.clubIds.includes(each.key)) return [each];
    const ofId = adopted.filter(({ id }) => id === each.key);
    return ofId.map(({ clubCode }) => ({ kind: 'CLUB_CODE', key: clubCode }));
  });
}

function distinctKeys(keys: readonly UniqueKey[]): UniqueKey[] {
  return [...new Map(keys.map((each) => [`${each.kind} ${each.key}`, each])).values()];
}

async function hasCrmId(everyTenant: SqlRunner, tenantId: string | null, crmId: string): Promise<boolean> {
  const other = await everyTenant.row(sql`
    SELECT FROM access_control.tenant_registry r
    WHERE r.crm_tenant_id = ${crmId} AND r.tenant_id IS DISTINCT FROM ${tenantId}::uuid`);
  return other !== null;
}

/** The slug of a tenant to be created is another tenant's, or its id. */
export async function identityConflicts(
  everyTenant: SqlRunner,
  { id, slug }: { id: string | null; slug: string },
): Promise<PlanConflict[]> {
  const other = await everyTenant.row<{ id: string }>(
    sql`SELECT t.id FROM access_control.tenant t WHERE t.slug = ${slug} OR t.id = ${id}::uuid LIMIT 1`,
  );
  return other ? [asConflict(conflict('input.tenant.slug', 'the tenant with this slug has another id'))] : [];
}
