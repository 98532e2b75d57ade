import sql from 'sql-template-tag';
import type { Database } from '../../../shared/database/database';
import type { ErrorCode } from '../../../shared/errors/catalogue';
import { type CodedError, conflict, type FieldProblem } from '../../../shared/errors/coded-error';
import type { TenantProvisionConfig } from '../registry/provision-config';
import { registryConflicts, takenClubs, tooManyClubs } from '../registry/registry-writes';
import type { RegistryEntry } from '../registry/tenant-registry.entity';

/** One reason for which `provisionTenant` would refuse the input. */
export interface PlanConflict {
  path: string;
  code: ErrorCode;
  message: string;
}

/** An error of the mutation as the plan lists it. */
export function asConflict(error: CodedError): PlanConflict {
  const [field] = (error.extensions['fields'] as FieldProblem[] | undefined) ?? [];
  return { path: field?.path ?? 'input', code: error.code, message: field?.message ?? error.message };
}

/** For whom the keys should be; `entry` is what the registry has of the tenant. */
interface Claimant {
  /** `null` where the tenant is new and its UUID not decided. */
  tenantId: string | null;
  isNewTenant: boolean;
  entry: RegistryEntry | null;
}

interface Taken {
  isCodeTaken: boolean;
  isMessagingIdTaken: boolean;
  isCrmIdTaken: boolean;
  clubIds: string[];
}

/**
 * Every key of the configuration that another tenant has in the registry, whether the viewer reaches that tenant or not,
 * as the mutation would say it; and clubs beyond what one tenant can have. `everyTenant` reads all tenants' rows.
 */
export async function registryConflictsOf(
  everyTenant: Database,
  { tenantId, isNewTenant, entry }: Claimant,
  { scl, teeTime, messaging, crm }: TenantProvisionConfig,
): Promise<PlanConflict[]> {
  const clubIds = teeTime?.clubIds ?? [];
  const takesCrmId = crm?.enabled || (entry === null && !isNewTenant);
  const crmId = takesCrmId && !entry?.crmTenantId ? tenantId : null;
  const isOther = sql`r.tenant_id IS DISTINCT FROM ${tenantId}::uuid`;
  const taken = await everyTenant.row<Taken>(sql`
    SELECT
      EXISTS (SELECT FROM access_control.tenant_registry r
        WHERE r.scl_tenant_code = ${scl?.code ?? null}::text AND ${isOther}) AS "isCodeTaken",
      EXISTS (SELECT FROM access_control.tenant_registry r
        WHERE r.messaging_tenant_id = ${messaging?.tenantId ?? null}::text AND ${isOther}) AS "isMessagingIdTaken",
      EXISTS (SELECT FROM access_control.tenant_registry r
        WHERE r.crm_tenant_id = ${crmId}::text AND ${isOther}) AS "isCrmIdTaken",
      ARRAY (SELECT r.club_id FROM unnest(${clubIds}::uuid[]) WITH ORDINALITY AS given(club_id, place)
        JOIN access_control.tenant_registry_club r USING (club_id)
        WHERE ${isOther} ORDER BY given.place) AS "clubIds"`);

  const conflicts: PlanConflict[] = [];
  const add = (isTaken: boolean | undefined, constraint: keyof typeof registryConflicts) => {
    if (isTaken) conflicts.push({ code: 'CONFLICT', ...registryConflicts[constraint] });
  };
  add(taken?.isCodeTaken, 'tenant_registry_scl_tenant_code_key');
  if (taken && taken.clubIds.length > 0) {
    conflicts.push(asConflict(takenClubs('input.teeTime.clubIds', taken.clubIds)));
  }
  const problem = tooManyClubs('input.teeTime.clubIds', clubsAfter(entry, clubIds));
  if (clubIds.length > 0 && problem) conflicts.push(asConflict(problem));
  add(taken?.isMessagingIdTaken, 'tenant_registry_messaging_tenant_id_key');
  add(taken?.isCrmIdTaken, 'tenant_registry_crm_tenant_id_key');
  return conflicts;
}

function clubsAfter(entry: RegistryEntry | null, clubIds: string[]): number {
  return new Set([...(entry?.teeTimeClubIds ?? []), ...clubIds.map((id) => id.toLowerCase())]).size;
}

/** The slug of a tenant to be created is another tenant's, or its id. */
export async function identityConflicts(
  everyTenant: Database,
  { id, slug }: { id: string | null; slug: string },
): Promise<PlanConflict[]> {
  const other = await everyTenant.row<{ id: string }>(
    sql`SELECT t.id FROM access_control.tenant t WHERE t.slug = ${slug} OR t.id = ${id}::uuid LIMIT 1`,
  );
  return other ? [asConflict(conflict('input.tenant.slug', 'the tenant with this slug has another id'))] : [];
}
