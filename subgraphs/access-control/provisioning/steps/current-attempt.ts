import sql from 'sql-template-tag';
import type { Transaction } from '../../../../shared/database/database';
import { nextStepJob } from './provisioning-queue';
import type { Attempt } from './run-at-work';

/**
 * Locks the run and says whether the attempt is still the one that counts: nobody has begun another, and the run goes in
 * the attempt's direction. One that a cancellation overtook leaves its step to be taken back. Whoever is told no has
 * nothing more to do.
 */
export async function isCurrent(
  transaction: Transaction,
  { run, position, number, direction }: Attempt,
  { mayTakeEffectLater = false }: { mayTakeEffectLater?: boolean } = {},
): Promise<boolean> {
  const now = await transaction.row<{ status: string; attempts: number }>(sql`
    SELECT r.status, s.attempts FROM access_control.provisioning_run r
    JOIN access_control.provisioning_step s ON s.run_id = r.id AND s.position = ${position}
    WHERE r.id = ${run.id} FOR UPDATE OF r`);
  if (now?.attempts !== number) return false;
  if (direction === 'back') return now.status === 'COMPENSATING';
  if (now.status !== 'COMPENSATING') return true;
  if (!mayTakeEffectLater) {
    await transaction.rows(sql`
      UPDATE access_control.provisioning_step SET busy_until = NULL
      WHERE run_id = ${run.id} AND position = ${position}`);
  }
  await transaction.enqueue(nextStepJob(run.id));
  return false;
}
