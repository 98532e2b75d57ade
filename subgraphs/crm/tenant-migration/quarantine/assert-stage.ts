import type { SqlRunner } from '../../../../shared/database/database';
import { CodedError } from '../../../../shared/errors/coded-error';
import { readStage, type Stage } from '../schema/stage';

/** Throws `TENANCY_STAGE_WRONG` unless CRM's schema is in one of the stages in which the change can be made. */
export async function assertStage(runner: SqlRunner, ...possible: Stage[]): Promise<Stage> {
  const stage = await readStage(runner);
  if (possible.includes(stage)) return stage;
  throw new CodedError(
    'TENANCY_STAGE_WRONG',
    `CRM's schema is in the stage ${stage}; this is for the stage ${possible.join(' or ')}`,
  );
}
