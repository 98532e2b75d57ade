import type { Context } from '../context';
import { isUnfinished, type ProvisioningRun } from './provisioning-run.entity';
import { findRunById } from './provisioning-store';

const WAIT_MS = 5_000;
/** What is left of the call's time for its answer. */
const TO_ANSWER_MS = 1_500;
/** How soon the end of a run is seen that another process works on. */
const LOOK_EVERY_MS = 250;

/**
 * The run when it has ended, or as it is after five seconds or shortly before the call's deadline. No connection is held
 * meanwhile. What the call had read before is forgotten.
 */
export async function awaitEnd(context: Context, { id }: ProvisioningRun): Promise<ProvisioningRun> {
  const { database, runBells, tenants, registry, steps } = context;
  const until = Math.min(Date.now() + WAIT_MS, context.deadline - TO_ANSWER_MS);
  const bell = runBells.listen(id);
  try {
    for (;;) {
      const run = await findRunById(database, id);
      if (run === null) throw new Error(`Run ${id} is gone`);
      const left = until - Date.now();
      if (!isUnfinished(run) || left <= 0) {
        tenants.forget();
        registry.forget();
        steps.clear(id);
        return run;
      }
      await bell.next(Math.min(LOOK_EVERY_MS, left));
    }
  } finally {
    bell.close();
  }
}
