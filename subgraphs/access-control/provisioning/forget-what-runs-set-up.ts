import sql from 'sql-template-tag';
import type { Transaction } from '../../../shared/database/database';

/**
 * Takes everything that tells of the tenant out of its runs, which stay as the record of who provisioned when. None of them
 * goes on, can be retried, or can be taken back; a step at which one was has failed as the run has.
 */
export async function forgetWhatRunsSetUp(transaction: Transaction, tenantId: string): Promise<void> {
  await transaction.rows(sql`
    UPDATE access_control.provisioning_step SET entry_before = NULL, entry_after = NULL, notes = '{}', error_message = NULL,
      status = CASE WHEN status IN ('RUNNING', 'COMPENSATING') THEN 'FAILED' ELSE status END,
      finished_at = CASE WHEN status IN ('RUNNING', 'COMPENSATING') THEN now() ELSE finished_at END,
      retry_at = NULL, busy_until = NULL
    WHERE run_id IN (SELECT id FROM access_control.provisioning_run WHERE tenant_id = ${tenantId})`);
  await transaction.rows(sql`
    UPDATE access_control.provisioning_run SET set_up = NULL, asked_by = NULL, request_id = NULL,
      status = CASE WHEN status IN ('PENDING', 'RUNNING', 'COMPENSATING') THEN 'FAILED' ELSE status END,
      finished_at = coalesce(finished_at, now())
    WHERE tenant_id = ${tenantId}`);
}
