import { createHash } from 'node:crypto';
import sql from 'sql-template-tag';
import type { SqlRunner, Transaction } from '../../../shared/database/database';
import { groupBy } from '../../../shared/group-by';
import type { RegistryDriftKind, TenantSystem } from '../graphql.generated';
import type { Tenant } from '../tenants/tenant.entity';
import type { RegistryDrift } from './drift';

/** What one look found of one kind in one system. */
export interface DriftGroup {
  system: TenantSystem;
  kind: RegistryDriftKind;
  digest: string;
  count: number;
}

/** How many differences of a kind the last looks found in a system, over all tenants. */
export interface DriftCount {
  system: TenantSystem;
  kind: RegistryDriftKind;
  count: number;
}

/** What the looks before found of the tenants, by tenant. */
export async function readSeen(
  database: SqlRunner,
  tenantIds: readonly string[],
): Promise<Map<string, DriftGroup[]>> {
  const rows = await database.rows<DriftGroup & { tenantId: string }>(sql`
    SELECT s.tenant_id AS "tenantId", s.system, s.kind, s.digest, s.count
    FROM access_control.registry_drift_seen s WHERE s.tenant_id = ANY (${[...tenantIds]}::uuid[])`);
  return groupBy(rows, ({ tenantId }) => tenantId);
}

/** Whether a look found what the one before did; a system that did not answer counts as it is remembered. */
export function isAsSeen(drifts: readonly RegistryDrift[], seen: readonly DriftGroup[]): boolean {
  const silent = silentIn(drifts);
  const nameOf = ({ system, kind, digest }: DriftGroup) => `${system} ${kind} ${digest}`;
  const remembered = seen.filter(({ system }) => !silent.includes(system)).map(nameOf);
  return groupsOf(drifts).map(nameOf).sort().join() === remembered.sort().join();
}

/**
 * Remembers what a look at a tenant found, and publishes each kind that is not as the look before left it. A system that did
 * not answer stays as it was remembered.
 */
export async function rememberDrift(
  transaction: Transaction,
  tenant: Pick<Tenant, 'id' | 'slug'>,
  drifts: readonly RegistryDrift[],
): Promise<void> {
  const silent = silentIn(drifts);
  const groups = groupsOf(drifts);
  const names = groups.map(({ system, kind }) => `${system} ${kind}`);
  await transaction.rows(sql`
    DELETE FROM access_control.registry_drift_seen s
    WHERE s.tenant_id = ${tenant.id} AND s.system <> ALL (${silent}::text[])
      AND s.system || ' ' || s.kind <> ALL (${names}::text[])`);
  const changed = await transaction.rows<DriftCount>(sql`
    INSERT INTO access_control.registry_drift_seen AS seen (tenant_id, system, kind, digest, count)
    SELECT ${tenant.id}::uuid, found.* FROM unnest(
      ${groups.map(({ system }) => system)}::text[],
      ${groups.map(({ kind }) => kind)}::text[],
      ${groups.map(({ digest }) => digest)}::text[],
      ${groups.map(({ count }) => count)}::int[]
    ) AS found
    ON CONFLICT (tenant_id, system, kind) DO UPDATE
    SET digest = excluded.digest, count = excluded.count, seen_at = now()
    WHERE seen.digest <> excluded.digest
    RETURNING seen.system, seen.kind, seen.count`);
  for (const { system, kind, count } of changed) {
    await transaction.publish({
      type: 'tenant.registry.drift.found',
      tenantKey: tenant.id,
      tenant,
      payload: { system, kind, count },
    });
  }
}

/** What the last looks found of each kind in each system. */
export function countSeen(database: SqlRunner): Promise<DriftCount[]> {
  return database.rows<DriftCount>(sql`
    SELECT s.system, s.kind, sum(s.count)::int AS count FROM access_control.registry_drift_seen s GROUP BY 1, 2`);
}

function silentIn(drifts: readonly RegistryDrift[]): TenantSystem[] {
  return drifts.filter(({ kind }) => kind === 'UNKNOWN').map(({ system }) => system);
}

function groupsOf(drifts: readonly RegistryDrift[]): DriftGroup[] {
  const known = drifts.filter(({ kind }) => kind !== 'UNKNOWN');
  const groups = groupBy(known, ({ system, kind }) => `${system} ${kind}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const ids = group.map(({ id }) => id).sort();
    const digest = createHash('sha256').update(ids.join()).digest('hex');
    return [{ system: first.system, kind: first.kind, digest, count: group.length }];
  });
}
