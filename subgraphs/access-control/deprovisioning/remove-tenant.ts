import type { Logger } from 'pino';
import sql from 'sql-template-tag';
import type { Database, DatabasePool, Transaction } from '../../../shared/database/database';
import { isDatabaseUnavailable, postgresErrorOf } from '../../../shared/database/postgres-errors';
import type { DeprovisioningSettings } from '../../../shared/deprovisioning-settings';
import { isOutage } from '../../../shared/errors/coded-error';
import type { SubgraphName } from '../../../shared/subgraph/names';
import { type SubgraphTransport, systemCall } from '../../../shared/subgraph/transport';
import type { TenantDirectory } from '../../../shared/tenancy/tenant-directory';
import { forgetChangedTenants } from '../forget-changed-tenants';
import { forgetWhatRunsSetUp } from '../provisioning/forget-what-runs-set-up';
import { readEntry } from '../registry/registry-reads';
import { lockTenant } from '../tenants/tenant-store';
import { TenantDeprovisioning } from './deprovisioning.entity';
import { lockDeprovisioning } from './deprovisioning-store';
import { type ExportedTenant, exportTenant } from './export-tenant';
import { readFormerKeys } from './former-keys';
import { REMOVAL_QUEUE, removalJob } from './removal-job';
import { doorsOf, type ExportedRow, type TenantToRemove } from './system-doors';

/** Until a removal is looked at again that may not begin today, that waits for a run, or that met a system without an answer. */
const AGAIN_AFTER_CAP_MS = 3_600_000;
const AGAIN_AFTER_RUN_MS = 5_000;
const AGAIN_AFTER_FAILURE_MS = 60_000;
const WRITES_MAY_TAKE_MS = 60_000;

export interface RemovalDependencies {
  database: DatabasePool;
  /** Forgets the tenants that are removed. */
  tenants: TenantDirectory;
  subgraphs: Record<SubgraphName, SubgraphTransport>;
  settings: DeprovisioningSettings;
  logger: Logger;
}

/** Begins to remove tenants whose time has come, in this process; any number of processes may do so. */
export async function startRemovals(dependencies: RemovalDependencies): Promise<void> {
  await dependencies.database.jobs.work(REMOVAL_QUEUE, {
    batchSize: 1,
    concurrency: 1,
    mayTakeLong: true,
    async handle(jobs) {
      for (const { deprovisioningId } of jobs as { deprovisioningId: string }[]) {
        await removeTenant(dependencies, deprovisioningId);
      }
    },
  });
}

/**
 * Removes a tenant: exports everything, empties each system, then removes the tenant itself. What was done is not done
 * again, so whoever takes a killed process's job goes on. Nothing is removed before the export is whole.
 */
async function removeTenant(dependencies: RemovalDependencies, id: string): Promise<void> {
  const { database: pool, tenants, subgraphs, settings, logger } = dependencies;
  const requestId = `deprovisioning-${id}`;
  // Anew each time: what the systems are asked for in between may take longer than a statement.
  const database = () =>
    forgetChangedTenants(pool.forCall(systemCall(requestId, WRITES_MAY_TAKE_MS)), tenants);
  const removal = await begin(database(), id, settings.perDay);
  if (removal === null) return;
  if ('notForMs' in removal) return pool.jobs.enqueue([removalJob(id, removal.notForMs)]);

  const { tenantId, requestedBy: onBehalfOf } = removal;
  const entry = await readEntry(database(), database(), tenantId);
  const formerKeys = await readFormerKeys(database(), tenantId);
  const tenant = { tenantId, onBehalfOf, entry, formerKeys };
  const doors = doorsOf(subgraphs, tenant, () => systemCall(requestId));
  try {
    if (removal.exportFile === null) {
      const name = `${removal.tenantSlug}-${id}`;
      await exportTenant(settings.exportDirectory, {
        name,
        ownRows: await readOwnRows(database(), tenant),
        doors,
        keep: (exported, giveName) => keepExport(database(), id, exported, giveName),
      });
    }
    for (const door of doors) {
      while (!(await door.removeRows()).done);
    }
  } catch (error) {
    logger.warn({ tenantId, err: error }, 'A tenant’s removal does not go on at the moment');
    await database().transaction(({ manager }) =>
      manager.update(TenantDeprovisioning, { id, status: 'REMOVING' }, { error: reasonOf(error) }),
    );
    return pool.jobs.enqueue([removalJob(id, AGAIN_AFTER_FAILURE_MS)]);
  }
  await finish(database(), removal);
  logger.info({ tenantId, slug: removal.tenantSlug }, 'A tenant was removed');
}

/**
 * Gives the export its name, unless somebody who took the removal over has made one: that has rows which may be gone by now.
 */
async function keepExport(
  database: Database,
  id: string,
  { file, sha256 }: ExportedTenant,
  giveName: () => Promise<void>,
): Promise<void> {
  await database.transaction(async (transaction) => {
    const current = await lockDeprovisioning(database, transaction, id);
    if (current?.status !== 'REMOVING' || current.exportFile !== null) return;
    await giveName();
    await transaction.manager.update(
      TenantDeprovisioning,
      { id },
      { exportFile: file, exportSha256: sha256 },
    );
  });
}

/** For whoever may remove tenants: which system or folder is in the way, and nothing of the database's words. */
function reasonOf(error: unknown): string {
  if (isOutage(error) || isDatabaseUnavailable(error) || postgresErrorOf(error)) {
    return 'access-control: its database refused the work; the log says why';
  }
  if (isOfFile(error)) return `access-control: the folder of exports cannot be written (${error.code})`;
  return (error as Error).message;
}

function isOfFile(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'syscall' in error;
}

/** The removal, begun now or before, or how long it is to wait; `null` when there is nothing to do. */
async function begin(
  database: Database,
  id: string,
  perDay: number,
): Promise<TenantDeprovisioning | { notForMs: number } | null> {
  return database.transaction(async (transaction) => {
    // One at a time, so that the count holds.
    await transaction.rows(
      sql`SELECT pg_advisory_xact_lock(hashtext('access_control.tenant_deprovisioning'))`,
    );
    const removal = await lockDeprovisioning(database, transaction, id);
    if (removal?.status === 'REMOVING') return removal;
    if (removal?.status !== 'SCHEDULED') return null;
    if (await isSetUpNow(transaction, removal.tenantId)) {
      const error = 'a provisioning run of the tenant has not ended';
      await transaction.manager.update(TenantDeprovisioning, { id }, { error });
      return { notForMs: AGAIN_AFTER_RUN_MS };
    }
    const begun = await transaction.row<{ count: number }>(sql`
      SELECT count(*)::int AS count FROM access_control.tenant_deprovisioning
      WHERE started_at > now() - interval '24 hours'`);
    if ((begun?.count ?? 0) >= perDay) return { notForMs: AGAIN_AFTER_CAP_MS };
    const stamped = { status: 'REMOVING', startedAt: new Date(), error: null } as const;
    await transaction.manager.update(TenantDeprovisioning, { id }, stamped);
    const after = { ...removal, ...stamped };
    await transaction.record({
      action: 'removeTenant',
      tenantKey: removal.tenantId,
      recordType: 'TenantDeprovisioning',
      recordId: id,
      before: removal,
      after,
    });
    return after;
  });
}

/** Whether a run may still set something up: it has not ended, or a step of it may take effect later. */
async function isSetUpNow(transaction: Transaction, tenantId: string): Promise<boolean> {
  const row = await transaction.row(sql`
    SELECT FROM access_control.provisioning_run r
    LEFT JOIN access_control.provisioning_step s ON s.run_id = r.id AND s.busy_until > clock_timestamp()
    WHERE r.tenant_id = ${tenantId}
      AND (r.status IN ('PENDING', 'RUNNING', 'COMPENSATING') OR s.run_id IS NOT NULL) LIMIT 1`);
  return row !== null;
}

async function readOwnRows(database: Database, { tenantId }: TenantToRemove): Promise<ExportedRow[]> {
  return database.rows<ExportedRow>(sql`
    SELECT 'access_control.tenant' AS table, to_jsonb(t) AS row FROM access_control.tenant t WHERE t.id = ${tenantId}
    UNION ALL
    SELECT 'access_control.tenant_registry', to_jsonb(r) FROM access_control.tenant_registry r WHERE r.tenant_id = ${tenantId}
    UNION ALL
    SELECT 'access_control.tenant_registry_club', to_jsonb(c) FROM access_control.tenant_registry_club c
      WHERE c.tenant_id = ${tenantId}
    UNION ALL
    SELECT 'access_control.provisioning_run', to_jsonb(p) FROM access_control.provisioning_run p WHERE p.tenant_id = ${tenantId}
    UNION ALL
    SELECT 'access_control.provisioning_step', to_jsonb(s) FROM access_control.provisioning_step s
      JOIN access_control.provisioning_run p ON p.id = s.run_id WHERE p.tenant_id = ${tenantId}
    UNION ALL
    SELECT 'access_control.webhook_subscription', to_jsonb(w) FROM access_control.webhook_subscription w
      WHERE w.tenant_id = ${tenantId}`);
}

/** Removes the tenant itself, with its registry entry. */
async function finish(database: Database, removal: TenantDeprovisioning): Promise<void> {
  await database.transaction(async (transaction) => {
    const { id, tenantId } = removal;
    const tenant = await lockTenant(database, transaction, { id: tenantId });
    const current = await lockDeprovisioning(database, transaction, id);
    if (current?.status !== 'REMOVING') return;
    const stamped = { status: 'COMPLETED', finishedAt: new Date(), error: null } as const;
    await transaction.manager.update(TenantDeprovisioning, { id }, stamped);
    // Whoever took its run back removed it already, and told of that.
    if (tenant === null) return;
    const entry = await readEntry(database, transaction, tenantId);
    await deleteOwnRows(transaction, tenantId);
    await transaction.record({
      action: 'removeTenant',
      tenantKey: tenantId,
      recordType: 'Tenant',
      recordId: tenantId,
      before: { ...tenant, registry: entry },
      after: null,
    });
    await transaction.publish({
      type: 'tenant.deprovisioning.completed',
      tenantKey: tenantId,
      tenant,
      payload: { deprovisioningId: id },
    });
  });
}

async function deleteOwnRows(transaction: Transaction, tenantId: string): Promise<void> {
  await forgetWhatRunsSetUp(transaction, tenantId);
  // Registry entry, clubs, claims and webhook subscriptions go with it.
  await transaction.rows(sql`DELETE FROM access_control.tenant WHERE id = ${tenantId}`);
}
