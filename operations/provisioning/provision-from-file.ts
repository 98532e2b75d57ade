import { type AskGraph, askPatiently } from './ask-graph';
import { followRun, RUN_FIELDS, type Run, type RunStep } from './follow-run';

export interface Plan {
  tenant: { id: string; slug: string } | null;
  steps: {
    system: string;
    name: string;
    action: 'CREATE' | 'UPDATE' | 'NOTHING';
    existing: string[];
  }[];
  conflicts: { path: string; code: string; message: string }[];
  warnings: { path: string; code: string; message: string }[];
}

/** What came of it: of a plan alone, of one that stood in the way, of a run. A run that was not waited for may go on. */
export type Outcome = 'PLANNED' | 'CONFLICTS' | 'NOTHING_TO_DO' | Exclude<Run['status'], 'PENDING'>;

export interface ProvisioningReport {
  outcome: Outcome;
  /** `null` where a run was retried or cancelled. */
  plan: Plan | null;
  run: Run | null;
}

const PLAN_QUERY = `query Plan($input: ProvisionTenantInput!) {
  provisioningPlan(input: $input) {
    tenant { id slug } steps { system name action existing }
    conflicts { path code message } warnings { path code message }
  }
}`;
const PROVISION = `mutation Provision($input: ProvisionTenantInput!) {
  provisionTenant(input: $input) { ${RUN_FIELDS} }
}`;

export interface ProvisioningOptions {
  input: object;
  /** Stop after the plan. */
  planOnly: boolean;
  /** Look at the run until it has ended, also when the graph restarts meanwhile. */
  wait: boolean;
  onPlan: (plan: Plan) => void;
  /** Called for each step whenever its status has changed. */
  onStep: (step: RunStep) => void;
}

/**
 * Plans, and unless that is all, there are conflicts, or there is nothing to do, provisions. Throws what `ask` throws.
 */
export async function provisionFromFile(
  ask: AskGraph,
  { input, planOnly, wait, onPlan, onStep }: ProvisioningOptions,
): Promise<ProvisioningReport> {
  const { provisioningPlan: plan } = await ask<{ provisioningPlan: Plan }>(PLAN_QUERY, { input });
  onPlan(plan);
  const ended = (outcome: Outcome) => ({ outcome, plan, run: null });
  if (plan.conflicts.length > 0) return ended('CONFLICTS');
  if (planOnly) return ended('PLANNED');
  if (plan.steps.every(({ action }) => action === 'NOTHING')) return ended('NOTHING_TO_DO');

  // A call that was cut off is repeated: an equal input joins the run that it began.
  const provision = wait ? askPatiently(ask) : ask;
  const { provisionTenant } = await provision<{ provisionTenant: Run }>(PROVISION, { input });
  const run = await followRun(ask, provisionTenant, { wait, onStep });
  return { outcome: outcomeOf(run), plan, run };
}

export function outcomeOf({ status }: Run): Outcome {
  return status === 'PENDING' ? 'RUNNING' : status;
}
