import sql, { raw, type Sql } from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import { storableJson } from '../database/storable-json';
import type { SubgraphCall } from '../subgraph/transport';

/** One change of one record, for the audit trail. */
export interface RecordedChange {
  /** The use case: the mutation's name. */
  action: string;
  /** The key by which this system knows the tenant whose record it is. */
  tenantKey: string;
  /** The record's type in the graph, and its id there. */
  recordType: string;
  recordId: string;
  /** The record as it was; `null` where it is new. */
  before: object | null;
  /** The record as it is; `null` where it is gone. */
  after: object | null;
}

/** The statement that appends a change to the schema's audit trail; the database numbers, times and chains it. */
export function auditStatement(
  schema: string,
  { viewer, requestId, address }: SubgraphCall,
  change: RecordedChange,
): Sql {
  return sql`
    INSERT INTO ${raw(schema)}.audit_entry
      (id, tenant_key, actor, on_behalf_of, action, record_type, record_id, before, after, request_id, address)
    VALUES (${uuid7()}, ${change.tenantKey}, ${viewer.subject}, ${viewer.onBehalfOf}, ${change.action},
      ${change.recordType}, ${change.recordId}, ${change.before && storableJson(change.before)}, ${change.after && storableJson(change.after)}, ${requestId}, ${address})`;
}
