import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';

/** A key of a system's own under which runs have set a tenant up. */
export interface FormerKey {
  /** As the registry calls it. */
  column: 'sclTenantCode' | 'messagingTenantId';
  key: string;
  /** The runs that did. What none of them made was there before them, and is not the tenant's for certain. */
  runIds: string[];
}

/** More than a tenant gets in its life. */
const MAX_KEYS = 200;

/**
 * The keys under which runs have set the tenant up in SCL and Messaging, whether the registry still says so or not: those of
 * a run that was taken back, that failed, or that another gave a new key. Those that are another tenant's by now are not among
 * them, so `database` must reach all tenants.
 */
export function readFormerKeys(database: SqlRunner, tenantId: string): Promise<FormerKey[]> {
  return database.rows<FormerKey>(sql`
    SELECT held.name AS "column", held.key, array_agg(r.id) AS "runIds"
    FROM access_control.provisioning_run r
    CROSS JOIN LATERAL (VALUES
      ('sclTenantCode', r.set_up #>> '{scl,code}'),
      ('messagingTenantId', r.set_up #>> '{messaging,tenantId}')
    ) AS held(name, key)
    WHERE r.tenant_id = ${tenantId} AND held.key IS NOT NULL AND NOT EXISTS (
      SELECT FROM access_control.tenant_registry other WHERE other.tenant_id <> r.tenant_id
        AND CASE held.name WHEN 'sclTenantCode' THEN other.scl_tenant_code ELSE other.messaging_tenant_id END = held.key)
    GROUP BY held.name, held.key ORDER BY held.name, held.key LIMIT ${MAX_KEYS}`);
}
