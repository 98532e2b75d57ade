import type { Logger } from 'pino';
import { CodedError } from '../../../../shared/errors/coded-error';
import { maySucceedLater } from '../ask-system';
import type { Attempt } from './run-at-work';

/** Warns that an attempt did not succeed. What a system refused, its sentence says; an outage or a defect has its stack. */
export function logFailedStep(
  logger: Logger,
  { run, system, number }: Pick<Attempt, 'system' | 'number'> & { run: { id: string; tenantId: string } },
  error: unknown,
): void {
  const isRefusal = error instanceof CodedError && !maySucceedLater(error);
  const reason = isRefusal ? { code: error.code, reason: error.message } : { err: error };
  const about = { runId: run.id, tenantId: run.tenantId, system, attempt: number };
  logger.warn({ ...about, ...reason }, 'A step of provisioning did not succeed');
}
