import { auditStatement, type RecordedChange } from '../../../../shared/audit/record-change';
import type { SqlRunner } from '../../../../shared/database/database';
import { systemCall } from '../../../../shared/subgraph/transport';
import type { PhaseMove } from '../phases/move-tenant';
import { type MoveAction, recordOfMove } from '../phases/record-of-move';
import type { Owner } from '../schema/owner';

/** Appends a change that an operator makes by the command to CRM's audit trail; `tx` is the transaction of the change. */
export async function recordAs(by: string, tx: SqlRunner, change: RecordedChange): Promise<void> {
  const call = systemCall('crm:tenancy');
  await tx.rows(auditStatement('crm', { ...call, viewer: { ...call.viewer, subject: by } }, change));
}

/** Makes a move of a tenant together with its entry in the audit trail, whose actor is the operator. */
export function moveOnRecord(
  owner: Owner,
  { by, ...record }: MoveAction & { by: string },
  move: (tx: SqlRunner) => Promise<PhaseMove>,
): Promise<PhaseMove> {
  return owner.transaction(async (tx) => {
    const moved = await move(tx);
    if (moved.isChanged) await recordAs(by, tx, recordOfMove(moved, record));
    return moved;
  });
}
