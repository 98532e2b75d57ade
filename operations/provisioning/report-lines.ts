import { assertNever } from '../../shared/errors/coded-error';
import type { Run, RunStep } from './follow-run';
import type { Plan, ProvisioningReport } from './provision-from-file';

const NAME_WIDTH = 14;

const words = { CREATE: 'create', UPDATE: 'update', NOTHING: 'as it is' } as const;

/** The plan for people: a line for each step, then one for each conflict and each warning. */
export function planLines({ tenant, steps, conflicts, warnings }: Plan): string[] {
  return [
    tenant ? `Plan for tenant ${tenant.slug} (${tenant.id}):` : 'Plan for a new tenant:',
    ...steps.map(({ system, name, action, existing }) => {
      const line = stepLine(words[action], system, name);
      return existing.length > 0 ? `${line} (there already: ${existing.join(', ')})` : line;
    }),
    ...[...conflicts, ...warnings].map(({ path, code, message }) => `${path}: ${message} (${code})`),
  ];
}

export function runLines({ system, name, status, error, notes }: RunStep): string[] {
  const line = stepLine(status.toLowerCase(), system, name);
  return [
    error ? `${line}: ${error.message} (${error.code})` : line,
    ...notes.map((note) => `  kept          ${note}`),
  ];
}

/** The last lines: what came of it, and how to go on where that is not all. */
export function outcomeLines({ outcome, plan, run }: ProvisioningReport): string[] {
  const conflicts = plan?.conflicts.length ?? 0;
  switch (outcome) {
    case 'PLANNED':
      return ['No conflicts. Nothing was changed.'];
    case 'CONFLICTS':
      return [`${conflicts} ${conflicts === 1 ? 'conflict' : 'conflicts'}. Nothing was changed.`];
    case 'NOTHING_TO_DO':
      return ['Nothing to do. Nothing was changed.'];
    case 'RUNNING':
      return [`Provisioning of ${subjectOf(run)} goes on; the same command with --wait follows it.`];
    case 'COMPLETED':
      return [`Provisioned ${subjectOf(run)}.`];
    case 'FAILED':
      return [
        `Provisioning of ${subjectOf(run)} failed.`,
        `When the reason is mended: npm run provision -- --retry ${run?.id} --wait`,
        `To take it back:           npm run provision -- --cancel ${run?.id} --wait`,
      ];
    case 'COMPENSATING':
      return [`Run ${run?.id} is being taken back; the same command with --wait follows it.`];
    case 'COMPENSATED':
      return [`Run ${run?.id} is taken back.`];
    default:
      return assertNever(outcome);
  }
}

function subjectOf(run: Run | null): string {
  return `${run?.tenant?.slug ?? 'the tenant'} (run ${run?.id})`;
}

function stepLine(word: string, system: string, name: string): string {
  return `  ${word.padEnd(NAME_WIDTH)}${system.padEnd(NAME_WIDTH)}  ${name}`;
}
