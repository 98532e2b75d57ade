import type { Logger } from 'pino';
import sql from 'sql-template-tag';
import type { DatabasePool } from '../../../../shared/database/database';
import { addressPrefix } from '../../../../shared/network-address';
import { type SubgraphCall, systemCall } from '../../../../shared/subgraph/transport';
import { createUseCounter } from '../../../../shared/use-counter';

/** Counts who still names a tenant by its slug where the UUID is asked for. Source: A40. */
export interface LegacyCallers {
  count(call: Pick<SubgraphCall, 'viewer' | 'userAgent' | 'address'>, tenantId: string): void;
  /** Writes down what is not written yet. */
  stop(): Promise<void>;
}

/** Who called, and for which tenant. */
interface LegacyCaller {
  clientId: string;
  userAgent: string;
  addressPrefix: string;
  tenantId: string;
}

/** Callers that a process counts one by one within a minute, and that the ledger has for each tenant; the rest is `others`. */
const MAX_COUNTED = 5_000;
const MAX_KEPT = 500;

/** Writes the first use of each caller down at once, what follows once a minute. */
export function createLegacyCallers(
  { pool, logger }: { pool: DatabasePool; logger: Logger },
  everyMs?: number,
): LegacyCallers {
  const uses = createUseCounter<LegacyCaller>({
    everyMs,
    keyOf: (caller) => JSON.stringify(caller),
    write: (caller, { uses, lastUsedAt }) =>
      pool.forCall(systemCall('crm-tenancy')).rows(writtenUses(caller, uses, lastUsedAt)),
    onError: (error, { clientId }) =>
      logger.warn({ err: error, clientId }, 'Uses of slugs as tenantId could not be written down yet'),
  });
  return {
    count({ viewer, userAgent, address }, tenantId) {
      const isCrowded = uses.size() >= MAX_COUNTED;
      uses.count({
        clientId: viewer.subject,
        userAgent: isCrowded ? 'others' : (userAgent ?? 'unknown'),
        addressPrefix: isCrowded ? 'others' : addressPrefix(address),
        tenantId,
      });
    },
    stop: () => uses.stop(),
  };
}

/** A caller that the ledger has no place for is counted among the tenant's others: user agents are whatever callers say. */
function writtenUses({ clientId, userAgent, addressPrefix, tenantId }: LegacyCaller, uses: number, at: Date) {
  return sql`
    WITH caller AS (
      SELECT ${clientId}::text AS client_id, ${userAgent}::text AS user_agent, ${addressPrefix}::text AS address_prefix,
        ${tenantId}::uuid AS tenant_id
    ), place AS (
      SELECT (SELECT count(*) FROM crm_tenancy.legacy_caller k WHERE k.tenant_id = c.tenant_id) < ${MAX_KEPT}
        OR EXISTS (SELECT FROM crm_tenancy.legacy_caller k WHERE (k.client_id, k.user_agent, k.address_prefix, k.tenant_id)
          = (c.client_id, c.user_agent, c.address_prefix, c.tenant_id)) AS is_there FROM caller c
    )
    INSERT INTO crm_tenancy.legacy_caller AS k
      (client_id, user_agent, address_prefix, tenant_id, uses, first_used_at, last_used_at)
    SELECT CASE WHEN is_there THEN client_id ELSE 'others' END, CASE WHEN is_there THEN user_agent ELSE 'others' END,
      CASE WHEN is_there THEN address_prefix ELSE 'others' END, tenant_id, ${uses}::bigint,
      ${at.toISOString()}::timestamptz, ${at.toISOString()}::timestamptz
    FROM caller CROSS JOIN place
    ON CONFLICT (client_id, user_agent, address_prefix, tenant_id) DO UPDATE
    SET uses = k.uses + excluded.uses, last_used_at = greatest(k.last_used_at, excluded.last_used_at)`;
}
