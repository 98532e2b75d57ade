import { JSONObjectResolver } from 'graphql-scalars';
import sql, { raw, type Sql } from 'sql-template-tag';
import type { Database } from '../database/database';
import { parseUuid } from '../input/parse-input';
import { type Connection, type PageArguments, parsePage } from '../pagination/connection';
import { readConnection } from '../pagination/keyset-list';
import { type SubgraphName, schemaOf } from '../subgraph/names';
import type { SubgraphCall } from '../subgraph/transport';
import { tenantKeyType } from './tenant-key-type';

/** One entry as the graph answers it. */
export interface AuditEntry {
  id: string;
  system: string;
  position: number;
  occurredAt: Date;
  actor: string;
  onBehalfOf: string | null;
  action: string;
  recordType: string;
  recordId: string;
  before: object | null;
  after: object | null;
  requestId: string;
  address: string | null;
  hash: string;
}

export interface AuditFilter {
  system?: string | null;
  action?: string | null;
  recordType?: string | null;
  recordId?: string | null;
  actor?: string | null;
  requestId?: string | null;
  since?: Date | null;
  until?: Date | null;
}

export interface AuditArguments extends PageArguments {
  tenantId: string;
  filter?: AuditFilter | null;
}

/** The system's name in `AuditSystem`. */
export function auditSystemOf(name: SubgraphName): string {
  return schemaOf(name).toUpperCase();
}

/**
 * A system's own part of a tenant's audit trail, newest first. The cursors of all systems are of one list, so that one can go on where another ended.
 * Throws `BAD_USER_INPUT` when the cursor is not one of this tenant's.
 */
function readAuditEntries(
  database: Database,
  name: SubgraphName,
  tenantKeys: readonly string[],
  args: AuditArguments,
): Promise<Connection<AuditEntry>> {
  const tenantId = parseUuid(args.tenantId, 'tenantId');
  const list = {
    name: `auditEntries:${tenantId}`,
    from: `${schemaOf(name)}.audit_entry e`,
    columns: `'${auditSystemOf(name)}' AS "system", ${COLUMNS}`,
    id: 'e.id',
    sort: { column: 'e.occurred_at', property: 'occurredAt', type: 'timestamptz', direction: 'DESC' },
  } as const;
  const where = [
    sql`e.tenant_key = ANY (${[...tenantKeys]}::${raw(tenantKeyType(name))}[])`,
    ...conditionsOf(name, args.filter ?? {}),
  ];
  return readConnection<AuditEntry>(database, list, parsePage(args), where);
}

const COLUMNS = `e.id, e.position::int, e.occurred_at AS "occurredAt", e.actor, e.on_behalf_of AS "onBehalfOf", e.action,
  e.record_type AS "recordType", e.record_id AS "recordId", e.before, e.after, e.request_id AS "requestId", e.address,
  encode(e.hash, 'hex') AS hash`;

function conditionsOf(name: SubgraphName, filter: AuditFilter): Sql[] {
  const conditions: Sql[] = [];
  const equal = { action: filter.action, record_type: filter.recordType, record_id: filter.recordId };
  const by = { ...equal, actor: filter.actor, request_id: filter.requestId };
  for (const [column, value] of Object.entries(by)) {
    if (value) conditions.push(sql`e.${raw(column)} = ${value}`);
  }
  if (filter.since) conditions.push(sql`e.occurred_at >= ${filter.since}`);
  if (filter.until) conditions.push(sql`e.occurred_at < ${filter.until}`);
  if (filter.system && filter.system !== auditSystemOf(name)) conditions.push(raw('false'));
  return conditions;
}

interface AuditContext extends SubgraphCall {
  database: Database;
}

/**
 * The resolvers of what every subgraph has of the audit trail. A system with keys of its own for tenants says with
 * `tenantKeysOf` which they are; any other knows a tenant by its UUID.
 */
export function auditResolvers(
  name: SubgraphName,
  tenantKeysOf?: (tenantId: string, call: SubgraphCall) => Promise<readonly string[]>,
) {
  return {
    JSONObject: JSONObjectResolver,
    Query: {
      async auditEntriesOfSystem(_root: unknown, args: AuditArguments, context: AuditContext) {
        const tenantId = parseUuid(args.tenantId, 'tenantId');
        const tenantKeys = tenantKeysOf ? await tenantKeysOf(tenantId, context) : [tenantId];
        return readAuditEntries(context.database, name, tenantKeys, args);
      },
    },
  };
}
