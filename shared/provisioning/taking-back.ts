import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../database/database';
import { type SubgraphName, schemaOf } from '../subgraph/names';

/** What taking back leaves where it is, and why. */
export interface KeptRecord {
  id: string;
  reason: string;
}

export const CHANGED_SINCE = 'it was changed since';

/** Whether somebody changed a record after it was made. */
export function wasChanged({ createdAt, updatedAt }: { createdAt: Date; updatedAt: Date }): boolean {
  return updatedAt.getTime() !== createdAt.getTime();
}

/** Records of one type, as the set-up of a system made them. */
interface MadeRecords<Record> {
  system: SubgraphName;
  tenantKey: string;
  /** The set-up's mutation. */
  action: string;
  recordType: string;
  /** The id that the run gives to such a record. */
  idOfRun: (made: Record) => string;
}

/**
 * The ids of the records that a run made, also of those that have another name by now: the audit trail has them as they
 * were made, and from that their ids follow.
 */
export async function idsMadeByRun<Record>(
  transaction: SqlRunner,
  { system, tenantKey, action, recordType, idOfRun }: MadeRecords<Record>,
): Promise<Set<string>> {
  const made = await transaction.rows<{ id: string; record: Record }>(sql`
    SELECT e.record_id AS id, e.after AS record FROM ${raw(schemaOf(system))}.audit_entry e
    WHERE e.tenant_key = ${tenantKey} AND e.action = ${action} AND e.record_type = ${recordType} AND e.before IS NULL`);
  return new Set(made.filter(({ id, record }) => idOfRun(record) === id).map(({ id }) => id));
}
