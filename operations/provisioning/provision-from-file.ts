import { setTimeout as sleep } from 'node:timers/promises';
import { type AskGraph, GraphRefusal } from './ask-graph';

export interface Plan {
  tenant: { id: string; slug: string } | null;
  steps: { system: string; name: string; action: 'CREATE' | 'UPDATE' | 'NOTHING' }[];
  conflicts: { path: string; code: string; message: string }[];
}

export interface RunStep {
  system: string;
  name: string;
  status: string;
  attempts: number;
  error: { code: string; message: string } | null;
}

export interface Run {
  id: string;
  status: 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED';
  tenant: { id: string; slug: string };
  steps: RunStep[];
}

/** What came of it. `PLANNED` is what a plan alone answers, `RUNNING` a run that was not waited for. */
export type Outcome = 'PLANNED' | 'CONFLICTS' | 'NOTHING_TO_DO' | Exclude<Run['status'], 'PENDING'>;

export interface ProvisioningReport {
  outcome: Outcome;
  plan: Plan;
  run: Run | null;
}

const RUN = 'id status tenant { id slug } steps { system name status attempts error { code message } }';
const PLAN_QUERY = `query Plan($input: ProvisionTenantInput!) {
  provisioningPlan(input: $input) {
    tenant { id slug } steps { system name action } conflicts { path code message }
  }
}`;
const PROVISION = `mutation Provision($input: ProvisionTenantInput!) { provisionTenant(input: $input) { ${RUN} } }`;
const LOOK = `query Run($id: ID!) { provisioningRun(id: $id) { ${RUN} } }`;
const BETWEEN_LOOKS_MS = 500;

export interface ProvisioningOptions {
  input: object;
  /** Stop after the plan. */
  planOnly: boolean;
  /** Look at the run until it has ended. */
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

  let { provisionTenant: run } = await ask<{ provisionTenant: Run }>(PROVISION, { input });
  const reported = new Map<string, string>();
  for (;;) {
    reportSteps(run, reported, onStep);
    if (!wait || run.status === 'COMPLETED' || run.status === 'FAILED') break;
    await sleep(BETWEEN_LOOKS_MS);
    const { provisioningRun: now } = await ask<{ provisioningRun: Run | null }>(LOOK, { id: run.id });
    if (now === null) throw new GraphRefusal([`Run ${run.id} is gone, and its tenant with it`]);
    run = now;
  }
  return { outcome: run.status === 'PENDING' ? 'RUNNING' : run.status, plan, run };
}

function reportSteps(run: Run, reported: Map<string, string>, onStep: (step: RunStep) => void): void {
  for (const step of run.steps) {
    const key = `${step.system} ${step.name}`;
    if (reported.get(key) === step.status) continue;
    reported.set(key, step.status);
    onStep(step);
  }
}
