import sql, { raw } from 'sql-template-tag';
import type { Database, SqlRunner } from '../../../shared/database/database';
import { stateConflict } from '../../../shared/errors/coded-error';
import type { Connection, PageRequest } from '../../../shared/pagination/connection';
import { readConnection } from '../../../shared/pagination/keyset-list';
import { TenantDeprovisioning } from './deprovisioning.entity';

/** The removal by its id, locked until the transaction ends, or `null`. */
export function lockDeprovisioning(
  database: Database,
  transaction: SqlRunner,
  id: string,
): Promise<TenantDeprovisioning | null> {
  return transaction.row<TenantDeprovisioning>(
    sql`SELECT ${raw(database.columns(TenantDeprovisioning, 'd'))} FROM access_control.tenant_deprovisioning d
        WHERE d.id = ${id} FOR UPDATE`,
  );
}

/** The tenant's newest removal as `runner` sees it, or `null`. */
export function findNewest(
  database: Database,
  runner: SqlRunner,
  tenantId: string,
): Promise<TenantDeprovisioning | null> {
  return runner.row<TenantDeprovisioning>(
    sql`SELECT ${raw(database.columns(TenantDeprovisioning, 'd'))} FROM access_control.tenant_deprovisioning d
        WHERE d.tenant_id = ${tenantId} ORDER BY d.requested_at DESC, d.id DESC LIMIT 1`,
  );
}

/**
 * The tenant's removal that is scheduled or runs, or `null`. Whoever holds the tenant's lock knows that none is asked for
 * meanwhile.
 */
export async function findUnfinished(
  database: Database,
  runner: SqlRunner,
  tenantId: string,
): Promise<TenantDeprovisioning | null> {
  const newest = await findNewest(database, runner, tenantId);
  return newest?.status === 'SCHEDULED' || newest?.status === 'REMOVING' ? newest : null;
}

/** Throws `CONFLICT` at `path` for a tenant that is to be removed. */
export async function assertStays(
  database: Database,
  runner: SqlRunner,
  { tenantId, path }: { tenantId: string; path: string },
): Promise<void> {
  if ((await findUnfinished(database, runner, tenantId)) === null) return;
  throw stateConflict(path, 'the tenant is to be removed; call that off with cancelDeprovisioning first');
}

/** Removals, newest first, of one tenant or of all. */
export function listDeprovisionings(
  database: Database,
  page: PageRequest,
  tenantId: string | null,
): Promise<Connection<TenantDeprovisioning>> {
  const list = {
    name: `tenantDeprovisionings:${tenantId ?? ''}`,
    from: 'access_control.tenant_deprovisioning d',
    columns: database.columns(TenantDeprovisioning, 'd'),
    id: 'd.id',
    sort: { column: 'd.requested_at', property: 'requestedAt', type: 'timestamptz', direction: 'DESC' },
  } as const;
  return readConnection(database, list, page, tenantId === null ? [] : [sql`d.tenant_id = ${tenantId}`]);
}
