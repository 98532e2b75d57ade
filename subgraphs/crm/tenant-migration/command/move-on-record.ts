import { auditStatement } from '../../../../shared/audit/record-change';
import type { SqlRunner } from '../../../../shared/database/database';
import { systemCall } from '../../../../shared/subgraph/transport';
import type { PhaseMove } from '../phases/move-tenant';
import { type MoveAction, recordOfMove } from '../phases/record-of-move';
import type { Owner } from '../schema/owner';

/** Makes a move of a tenant together with its entry in the audit trail, whose actor is the operator. */
export function moveOnRecord(
  owner: Owner,
  { by, ...record }: MoveAction & { by: string },
  move: (tx: SqlRunner) => Promise<PhaseMove>,
): Promise<PhaseMove> {
  return owner.transaction(async (tx) => {
    const moved = await move(tx);
    if (!moved.isChanged) return moved;
    const call = systemCall('crm:tenancy');
    const viewer = { ...call.viewer, subject: by };
    await tx.rows(auditStatement('crm', { ...call, viewer }, recordOfMove(moved, record)));
    return moved;
  });
}
