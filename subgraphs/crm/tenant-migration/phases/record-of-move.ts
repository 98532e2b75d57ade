import type { RecordedChange } from '../../../../shared/audit/record-change';
import type { PhaseMove } from './move-tenant';

/** How a tenant is moved; `override` is why gates are passed that were closed. */
export interface MoveAction {
  action: 'advanceCrmTenant' | 'takeCrmTenantBack';
  override?: string;
}

/** What the audit trail says of a tenant's move, whoever makes it in whichever way. */
export function recordOfMove(
  { tenantId, from, to }: PhaseMove,
  { action, override }: MoveAction,
): RecordedChange {
  return {
    action,
    tenantKey: tenantId,
    recordType: 'CrmTenancyTenant',
    recordId: tenantId,
    before: { phase: from },
    after: { phase: to, ...(override === undefined ? {} : { override }) },
  };
}
