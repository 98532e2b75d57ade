import { assertNever, CodedError } from '../../../../shared/errors/coded-error';
import type { Stage } from '../schema/stage';
import type { TenantPhase } from './phase';

/** What must be zero before a tenant, or the schema, goes a step forward. */
export type GateName =
  | 'STAGE'
  | 'TENANTS_BEHIND'
  | 'TENANTS_AHEAD'
  | 'ROWS_WITHOUT_UUID'
  | 'ROWS_DISAGREEING'
  | 'ORPHANS'
  | 'UNMAPPED_SLUGS'
  | 'DUPLICATES'
  | 'QUARANTINED_ROWS'
  | 'READ_MISMATCHES'
  | 'LEGACY_CALLERS';

/** What was counted at a gate. It is open at zero. */
export interface Finding {
  name: GateName;
  count: number;
  /** At most three, for people. */
  examples: readonly string[];
}

export interface Gate extends Finding {
  /** The command that mends what keeps it closed. */
  mend: string;
}

/** A step that a gate does not let through. `gates` has all that are closed; each is one of `extensions.fields`. */
export class GateRefusal extends CodedError {
  constructor(
    readonly what: string,
    readonly gates: readonly Gate[],
  ) {
    const fields = gates.map((gate) => ({ path: 'to', constraint: gate.name, message: gateText(gate) }));
    super('TENANCY_GATE_CLOSED', `${what}: ${fields.map(({ message }) => message).join('; ')}`, { fields });
    this.name = 'GateRefusal';
  }
}

/** A gate for people, in one line. */
export function gateText({ name, count, examples, mend }: Gate): string {
  if (name === 'STAGE') return `STAGE: ${examples.join(', ')}. Mend: ${mend}`;
  const such = examples.length > 0 ? `, such as ${examples.join(', ')}` : '';
  return `${name} ${count}${such}. Mend: ${mend}`;
}

export function isClosed({ count }: Finding): boolean {
  return count > 0;
}

/** Whether a reason of the operator's may open the gate: where the schema lacks what the step needs, none does. */
export function canBeOverridden({ name }: Finding): boolean {
  return name !== 'STAGE';
}

const OF_ROWS: readonly GateName[] = [
  'ROWS_WITHOUT_UUID',
  'ROWS_DISAGREEING',
  'ORPHANS',
  'UNMAPPED_SLUGS',
  'READ_MISMATCHES',
];

/** The gates that a tenant passes on its way into `phase`, beside the one of the schema's stage. */
export function gatesInto(phase: TenantPhase): readonly GateName[] {
  switch (phase) {
    case 'LEGACY':
      return [];
    case 'DUAL_WRITE':
      return ['ROWS_DISAGREEING'];
    case 'CUTOVER':
      return OF_ROWS;
    case 'COMPLETE':
      return [...OF_ROWS, 'LEGACY_CALLERS'];
    default:
      return assertNever(phase);
  }
}

export const COMMAND = 'npm run crm:tenancy --';

/** The finding with the command that mends it, which may be a better one than the gate's own. */
export function withMend(finding: Finding, mend = mendOf(finding.name)): Gate {
  return { ...finding, mend: `${COMMAND} ${mend}` };
}

/** What was counted of the rows of all tenants, as gates of the schema's stage. */
export function gatesOfAllRows(stage: Stage, findings: readonly Finding[]): Gate[] {
  const countOf = (gate: GateName) => findings.find(({ name }) => name === gate)?.count ?? 0;
  // What is left to rows by slugs of nobody, no backfill can fill.
  const waitsForPeople = countOf('ROWS_WITHOUT_UUID') <= countOf('UNMAPPED_SLUGS');
  const mendOfUuids = stage === 'LEGACY' ? 'expand' : waitsForPeople ? 'quarantine' : 'backfill';
  return findings.map((finding) =>
    withMend(finding, finding.name === 'ROWS_WITHOUT_UUID' ? mendOfUuids : mendOf(finding.name)),
  );
}

function mendOf(gate: GateName): string {
  switch (gate) {
    case 'STAGE':
      return 'plan';
    case 'TENANTS_BEHIND':
      return 'advance --all';
    case 'TENANTS_AHEAD':
      return 'back --all';
    case 'ROWS_WITHOUT_UUID':
      return 'backfill';
    case 'ROWS_DISAGREEING':
      return 'agree';
    case 'ORPHANS':
      return 'quarantine --detach-orphans';
    case 'DUPLICATES':
      return 'quarantine --mend-duplicates';
    case 'UNMAPPED_SLUGS':
    case 'QUARANTINED_ROWS':
      return 'quarantine';
    case 'READ_MISMATCHES':
      return 'mismatches';
    case 'LEGACY_CALLERS':
      return 'ledger';
    default:
      return assertNever(gate);
  }
}
