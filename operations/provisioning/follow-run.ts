import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../../shared/start-error';
import { type AskGraph, askPatiently, GraphRefusal } from './ask-graph';

export interface RunStep {
  system: string;
  name: string;
  status: string;
  attempts: number;
  error: { code: string; message: string } | null;
  notes: string[];
}

export interface Run {
  id: string;
  status: 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'COMPENSATING' | 'COMPENSATED';
  /** `null` where it is gone. */
  tenant: { id: string; slug: string } | null;
  steps: RunStep[];
}

export const RUN_FIELDS =
  'id status tenant { id slug } steps { system name status attempts notes error { code message } }';
const LOOK = `query Run($id: ID!) { provisioningRun(id: $id) { ${RUN_FIELDS} } }`;
const BETWEEN_LOOKS_MS = 500;

interface Following {
  /** Look until it has ended. */
  wait: boolean;
  /** Called for each step whenever its status or its error has changed. */
  onStep: (step: RunStep) => void;
}

/** The run as it is or, with `wait`, when it has ended. A graph that restarts meanwhile is waited for, for a minute. */
export async function followRun(ask: AskGraph, begun: Run, { wait, onStep }: Following): Promise<Run> {
  const look = askPatiently(ask);
  const reported = new Map<number, string>();
  for (let run = begun; ; ) {
    for (const [position, step] of run.steps.entries()) {
      const state = `${step.status} ${step.error?.message ?? ''}`;
      if (reported.get(position) === state) continue;
      reported.set(position, state);
      onStep(step);
    }
    if (!wait || !['PENDING', 'RUNNING', 'COMPENSATING'].includes(run.status)) return run;
    await sleep(BETWEEN_LOOKS_MS);
    const { provisioningRun: now } = await look<{ provisioningRun: Run | null }>(LOOK, {
      id: run.id,
    }).catch((error: Error) => {
      if (!(error instanceof StartError)) throw error;
      throw new GraphRefusal([`${error.message}. Run ${run.id} goes on when the graph is back.`]);
    });
    if (now === null) throw new GraphRefusal([`Run ${run.id} is gone, and its tenant with it`]);
    run = now;
  }
}
