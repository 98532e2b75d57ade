import { assertNever } from '../../shared/errors/coded-error';
import type { Plan, ProvisioningReport, RunStep } from './provision-from-file';

const NAME_WIDTH = 14;

const words = { CREATE: 'create', UPDATE: 'update', NOTHING: 'as it is' } as const;

/** The plan for people: a line for each step, then one for each conflict. */
export function planLines({ tenant, steps, conflicts }: Plan): string[] {
  return [
    tenant ? `Plan for tenant ${tenant.slug} (${tenant.id}):` : 'Plan for a new tenant:',
    ...steps.map(({ system, name, action }) => stepLine(words[action], system, name)),
    ...conflicts.map(({ path, code, message }) => `${path}: ${message} (${code})`),
  ];
}

export function runLine({ system, name, status, error }: RunStep): string {
  const line = stepLine(status.toLowerCase(), system, name);
  return error ? `${line}: ${error.message} (${error.code})` : line;
}

/** The last line: what came of it. */
export function outcomeLine({ outcome, plan, run }: ProvisioningReport): string {
  const subject = `${run?.tenant.slug ?? plan.tenant?.slug} (run ${run?.id})`;
  switch (outcome) {
    case 'PLANNED':
      return 'No conflicts. Nothing was changed.';
    case 'CONFLICTS':
      return `${plan.conflicts.length} ${plan.conflicts.length === 1 ? 'conflict' : 'conflicts'}. Nothing was changed.`;
    case 'NOTHING_TO_DO':
      return 'Nothing to do. Nothing was changed.';
    case 'RUNNING':
      return `Provisioning of ${subject} goes on.`;
    case 'COMPLETED':
      return `Provisioned ${subject}.`;
    case 'FAILED':
      return `Provisioning of ${subject} failed.`;
    default:
      return assertNever(outcome);
  }
}

function stepLine(word: string, system: string, name: string): string {
  return `  ${word.padEnd(NAME_WIDTH)}${system.padEnd(NAME_WIDTH)}  ${name}`;
}
