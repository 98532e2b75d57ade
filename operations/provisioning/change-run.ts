import { type AskGraph, askPatiently } from './ask-graph';
import { followRun, RUN_FIELDS, type Run, type RunStep } from './follow-run';
import { outcomeOf, type ProvisioningReport } from './provision-from-file';

const mutations = {
  retry: `mutation Retry($id: ID!) { run: retryProvisioning(runId: $id) { ${RUN_FIELDS} } }`,
  cancel: `mutation Cancel($id: ID!) { run: cancelProvisioning(runId: $id) { ${RUN_FIELDS} } }`,
};

/** Goes on with a run that failed, or takes one back. Throws what `ask` throws. */
export async function changeRun(
  ask: AskGraph,
  { change, runId }: { change: keyof typeof mutations; runId: string },
  { wait, onStep }: { wait: boolean; onStep: (step: RunStep) => void },
): Promise<ProvisioningReport> {
  const send = wait ? askPatiently(ask) : ask;
  const { run: begun } = await send<{ run: Run }>(mutations[change], { id: runId });
  const run = await followRun(ask, begun, { wait, onStep });
  return { outcome: outcomeOf(run), plan: null, run };
}
